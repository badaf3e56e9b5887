//! `.log` and the metadata's `.checkpoint`: a line for each batch, and one, behind a bar, for each record.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Bytes;
use millstream_wire::raft::{
    ControlRecordType, EndTxnMarker, KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord,
    SnapshotHeaderRecord, VotersRecord, control,
};
use millstream_wire::records::batch::HEADER_SIZE;
use millstream_wire::records::{BatchHeader, Budget, Record, RecordBatch, TimestampType};
use millstream_wire::{Describe, Message, decode_prefixed};

use super::decoder::Decoder;
use super::{Complaints, DumpLog, base_offset, failed};
use crate::failure::Failure;
use crate::output::Output;

/// A batch whose length is larger is no batch.
const MAX_BATCH: u64 = 1 << 30;
/// The bytes up to and with a batch's length.
const LENGTH_END: u64 = 12;
/// The bytes up to and with a batch's magic.
const MAGIC_END: u64 = 17;
const MAGIC_AT: usize = 16;

/// A `.log` file and how far it goes.
pub(crate) struct Segment {
    file: File,
    end: u64,
}

/// What lies at a position.
pub(crate) enum At {
    /// A whole batch, its header read.
    Batch(BatchHeader),
    /// Nothing, or the beginning of a batch.
    End,
}

impl Segment {
    pub(crate) fn open(path: &Path, most: Option<u64>) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, end: most.map_or(length, |most| most.min(length)) })
    }

    /// The batch that starts here.
    pub(crate) fn at(&self, position: u64) -> Result<At, Failure> {
        if position + MAGIC_END > self.end {
            return Ok(At::End);
        }
        let mut head = [0; HEADER_SIZE];
        let room = usize::try_from(self.end - position).unwrap_or(usize::MAX).min(HEADER_SIZE);
        let head = head.get_mut(..room).unwrap_or_default();
        self.file.read_exact_at(head, position).map_err(|error| Failure::new(error.to_string()))?;
        let length = head.get(8..12).and_then(|bytes| bytes.try_into().ok()).map_or(0, i32::from_be_bytes);
        let size = LENGTH_END + u64::try_from(length).unwrap_or(0);
        if length < 14 || size > MAX_BATCH {
            return Err(Failure::new(format!(
                "at position {position} a batch of {length} bytes is announced, which is none: the file is damaged \
                 from there on"
            )));
        }
        if position + size > self.end {
            return Ok(At::End);
        }
        let magic = head.get(MAGIC_AT).copied().unwrap_or_default();
        if magic < 2 {
            return Err(Failure::with_way_out(
                format!("at position {position} there is a message of format {magic}"),
                "This command reads format 2, which Kafka has written since 0.11; Apache Kafka's own reads the older ones.",
            ));
        }
        let header = BatchHeader::parse(head);
        header.map(At::Batch).map_err(|error| {
            Failure::new(format!("at position {position}: the batch cannot be read: {error}"))
        })
    }

    /// The length of the file, or as much of it as is looked at.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The bytes of a batch.
    pub(crate) fn bytes(&self, position: u64, header: &BatchHeader) -> io::Result<Bytes> {
        let mut bytes = vec![0; header.size_in_bytes()];
        self.file.read_exact_at(&mut bytes, position)?;
        Ok(bytes.into())
    }

    /// The records of a batch.
    pub(crate) fn records(&self, position: u64, header: &BatchHeader) -> Result<Vec<Record>, Failure> {
        let wrong = |why: String| Failure::new(format!("at position {position}: {why}"));
        let bytes = self.bytes(position, header).map_err(|error| wrong(error.to_string()))?;
        records(&bytes).map_err(wrong)
    }
}

fn records(bytes: &Bytes) -> Result<Vec<Record>, String> {
    let batch = RecordBatch::parse(bytes).map_err(|error| error.to_string())?;
    let records = batch.records(Budget::default()).map_err(|error| error.to_string())?;
    records.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

pub(super) fn dump(
    command: &DumpLog,
    path: &Path,
    decoder: Option<Decoder>,
    complaints: &mut Complaints,
    output: &mut Output,
) -> Result<(), Failure> {
    output.line(headline(path)?)?;
    let named = |failure: Failure| failure.after(&format!("{}: ", path.display()));
    let segment = Segment::open(path, command.max_bytes).map_err(failed(path))?;
    let is_deep = command.deep_iteration || decoder.is_some();
    let (mut position, mut last) = (0, -1);
    while let At::Batch(header) = segment.at(position).map_err(named)? {
        let bytes = segment.bytes(position, &header).map_err(failed(path))?;
        output.line(batch_line(&header, position, &bytes))?;
        if is_deep {
            let records = records(&bytes);
            let records = records
                .map_err(|why| Failure::new(format!("{}: at position {position}: {why}", path.display())))?;
            for record in &records {
                if record.offset != last + 1 {
                    let title = format!("Non-consecutive offsets in {}", path.display());
                    complaints.note(title, format!("  {last} is followed by {}", record.offset));
                }
                last = record.offset;
                let (line, decoded) = record_line(command, &header, record, decoder);
                output.line(line)?;
                decoded?;
            }
        }
        position += header.size_in_bytes() as u64;
    }
    if position < segment.end && command.max_bytes.is_none() {
        let name = path.file_name().unwrap_or_default().display();
        output.line(format!("Found {} invalid bytes at the end of {name}", segment.end - position))?;
    }
    Ok(())
}

fn headline(path: &Path) -> Result<String, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if name == "bootstrap.checkpoint" {
        return Ok("KRaft bootstrap snapshot".into());
    }
    let Some(snapshot) = name.strip_suffix(".checkpoint") else {
        return Ok(format!("Log starting offset: {}", base_offset(path)?));
    };
    let parts = snapshot.split_once('-');
    match parts.and_then(|(offset, epoch)| Some((offset.parse::<i64>().ok()?, epoch.parse::<i32>().ok()?))) {
        Some((offset, epoch)) => Ok(format!("Snapshot end offset: {offset}, epoch: {epoch}")),
        None => Err(Failure::new(format!("{}: a snapshot is named OFFSET-EPOCH.checkpoint", path.display()))),
    }
}

fn batch_line(header: &BatchHeader, position: u64, bytes: &[u8]) -> String {
    let attributes = header.attributes;
    let last_sequence = match header.base_sequence {
        base if base < 0 => -1,
        base => sequence_at(base, header.last_offset_delta),
    };
    let horizon = match attributes.has_delete_horizon() {
        true => format!("OptionalLong[{}]", header.base_timestamp),
        false => "OptionalLong.empty".to_owned(),
    };
    let codec = attributes.codec().map_or("unknown", |codec| codec.name());
    format!(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {last_sequence} producerId: {} \
         producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} deleteHorizonMs: {horizon} \
         position: {position} {}: {} size: {} magic: 2 compresscodec: {codec} crc: {} isvalid: {}",
        header.base_offset,
        header.base_offset.saturating_add(header.last_offset_delta.into()),
        header.record_count,
        header.base_sequence,
        header.producer_id,
        header.producer_epoch,
        header.partition_leader_epoch,
        attributes.is_transactional(),
        attributes.is_control(),
        kind(attributes.timestamp_type()),
        header.max_timestamp,
        header.size_in_bytes(),
        header.crc,
        header.verify_crc(bytes).is_ok(),
    )
}

/// Sequence numbers go from the largest int32 to 0.
fn sequence_at(base: i32, delta: i32) -> i32 {
    base.checked_add(delta).unwrap_or_else(|| {
        let beyond = i64::from(base) + i64::from(delta) - i64::from(i32::MAX) - 1;
        i32::try_from(beyond).unwrap_or(i32::MAX)
    })
}

const fn kind(timestamp_type: TimestampType) -> &'static str {
    match timestamp_type {
        TimestampType::CreateTime => "CreateTime",
        TimestampType::LogAppendTime => "LogAppendTime",
    }
}

/// The line, and whether a decoder that was named has failed: then it says as much as is known.
fn record_line(
    command: &DumpLog,
    header: &BatchHeader,
    record: &Record,
    decoder: Option<Decoder>,
) -> (String, Result<(), Failure>) {
    let attributes = header.attributes;
    let mut line = String::new();
    if !command.skip_record_metadata {
        let size = |bytes: &Option<Bytes>| {
            bytes.as_ref().map_or(-1, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX))
        };
        let sequence = match header.base_sequence {
            base if base < 0 => -1,
            base => {
                let delta = record.offset.saturating_sub(header.base_offset);
                sequence_at(base, i32::try_from(delta).unwrap_or(i32::MAX))
            }
        };
        let keys: Vec<_> = record.headers.iter().map(|header| String::from_utf8_lossy(&header.key)).collect();
        line = format!(
            "| offset: {} {}: {} keySize: {} valueSize: {} sequence: {sequence} headerKeys: [{}]",
            record.offset,
            kind(attributes.timestamp_type()),
            record.timestamp,
            size(&record.key),
            size(&record.value),
            keys.join(","),
        );
        if attributes.is_control() {
            line.push_str(&control_text(record));
        }
    }
    if let Some(decoder) = decoder.filter(|_| !attributes.is_control()) {
        let mut lead = if command.skip_record_metadata { "| " } else { " " };
        let (key, value) = match decoder.decode(record) {
            Ok(texts) => texts,
            Err(failure) => return (line, Err(failure)),
        };
        if let Some(key) = key {
            line.push_str(&format!("{lead}key: {key}"));
            lead = " ";
        }
        if let Some(value) = value {
            line.push_str(&format!("{lead}payload: {value}"));
        }
    }
    (line, Ok(()))
}

/// What a control record says; the state that the quorum keeps is told as JSON.
fn control_text(record: &Record) -> String {
    let key = record.key.clone().unwrap_or_default();
    let value = record.value.clone().unwrap_or_default();
    let Ok((_, ControlRecordType { r#type })) = decode_prefixed::<ControlRecordType>(key) else {
        return " controlType: UNKNOWN(-1)".into();
    };
    let told = match r#type {
        control::ABORT | control::COMMIT => {
            let name = if r#type == control::COMMIT { "COMMIT" } else { "ABORT" };
            decode_prefixed::<EndTxnMarker>(value)
                .map(|(_, marker)| {
                    format!(" endTxnMarker: {name} coordinatorEpoch: {}", marker.coordinator_epoch)
                })
                .ok()
        }
        control::LEADER_CHANGE => told::<LeaderChangeMessage>(" LeaderChange: ", value),
        control::SNAPSHOT_HEADER => told::<SnapshotHeaderRecord>(" SnapshotHeader ", value),
        control::SNAPSHOT_FOOTER => told::<SnapshotFooterRecord>(" SnapshotFooter ", value),
        control::KRAFT_VERSION => told::<KRaftVersionRecord>(" KRaftVersion ", value),
        control::KRAFT_VOTERS => told::<VotersRecord>(" KRaftVoters ", value),
        other => Some(format!(" controlType: UNKNOWN({other})")),
    };
    told.unwrap_or_else(|| " (its value cannot be read)".into())
}

/// Their version stands in the first field, which is an int16 in all versions.
fn told<T: Message + Describe>(title: &str, value: Bytes) -> Option<String> {
    let version = i16::from_be_bytes(*value.first_chunk()?);
    let record = T::decode(&mut millstream_wire::Reader::new(value), version).ok()?;
    Some(format!("{title}{}", record.describe(version)))
}
