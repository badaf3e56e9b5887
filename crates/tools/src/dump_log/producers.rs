//! `.snapshot`, the state of producers, and `.txnindex`, the transactions that were aborted.

use std::path::Path;

use bytes::Buf;

use super::read;
use crate::command_line::remark;
use crate::failure::Failure;
use crate::output::Output;

/// The bytes of an aborted transaction: version, producer, first and last offset, last stable offset.
const ABORTED: usize = 34;
/// The bytes in front of the producers: version, checksum, count.
const HEAD: usize = 10;
const CHECKED_FROM: usize = 6;
/// The bytes of a producer.
const PRODUCER: usize = 46;

pub(super) fn aborted(path: &Path, output: &mut Output) -> Result<(), Failure> {
    for mut entry in read(path)?.chunks_exact(ABORTED) {
        output.line(format!(
            "version: {} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
            entry.get_i16(),
            entry.get_i64(),
            entry.get_i64(),
            entry.get_i64(),
            entry.get_i64()
        ))?;
    }
    Ok(())
}

pub(super) fn snapshot(path: &Path, output: &mut Output) -> Result<(), Failure> {
    let bytes = read(path)?;
    let damaged = |why: String| {
        remark(format!("Snapshot failed schema validation: {}: {why}", path.display()));
        Ok(())
    };
    let Some((mut head, producers)) = bytes.split_at_checked(HEAD) else {
        return damaged(format!("{} bytes are no snapshot", bytes.len()));
    };
    let (version, crc, count) = (head.get_i16(), head.get_u32(), head.get_i32());
    if !matches!(version, 1 | 2) {
        return damaged(format!("version {version} is not known"));
    }
    if version == 2 {
        return damaged("version 2 is Kafka's of the future".into());
    }
    let found = crc32c::crc32c(bytes.get(CHECKED_FROM..).unwrap_or_default());
    if found != crc {
        return damaged(format!("the checksum is {found}, not {crc}"));
    }
    if usize::try_from(count).ok().and_then(|count| count.checked_mul(PRODUCER)) != Some(producers.len()) {
        return damaged(format!("{count} producers do not fill {} bytes", producers.len()));
    }
    for mut entry in producers.chunks_exact(PRODUCER) {
        output.line(producer(&mut entry))?;
    }
    Ok(())
}

fn producer(entry: &mut &[u8]) -> String {
    let (id, epoch) = (entry.get_i64(), entry.get_i16());
    let (last_sequence, last_offset, delta) = (entry.get_i32(), entry.get_i64(), entry.get_i32());
    let (timestamp, coordinator, transaction) = (entry.get_i64(), entry.get_i32(), entry.get_i64());
    let transaction = match transaction {
        ..0 => "OptionalLong.empty".to_owned(),
        first => format!("OptionalLong[{first}]"),
    };
    let mut line = format!(
        "producerId: {id} producerEpoch: {epoch} coordinatorEpoch: {coordinator} currentTxnFirstOffset: {transaction} \
         lastTimestamp: {timestamp}"
    );
    if last_offset >= 0 {
        let first_sequence = match last_sequence.checked_sub(delta) {
            Some(first) if first >= 0 => first,
            _ => last_sequence.wrapping_sub(delta).wrapping_add(i32::MAX).wrapping_add(1),
        };
        line.push_str(&format!(
            " firstSequence: {first_sequence} lastSequence: {last_sequence} lastOffset: {last_offset} \
             offsetDelta: {delta} timestamp: {timestamp}"
        ));
    }
    line
}
