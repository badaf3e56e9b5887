//! `.snapshot`: the producers' state just before an offset, in Kafka's form (version 1, CRC-32C).
//!
//! Of the five batches of a producer only the last is kept, as Kafka does.

use bytes::{Buf, BufMut};

use crate::producer::{PastBatch, Producer, Producers};

const VERSION: i16 = 1;
const ENTRIES_AT: usize = 6;
const ENTRY_SIZE: usize = 46;

/// The file's bytes.
pub(crate) fn encode(producers: &Producers) -> Vec<u8> {
    let mut out = Vec::with_capacity(ENTRIES_AT + 4 + producers.iter().len() * ENTRY_SIZE);
    out.put_i16(VERSION);
    out.put_u32(0);
    out.put_i32(i32::try_from(producers.iter().len()).unwrap_or(i32::MAX));
    for (id, producer) in producers.iter().take(i32::MAX as usize) {
        let last = producer.batches.last();
        out.put_i64(id);
        out.put_i16(producer.epoch);
        out.put_i32(last.map_or(-1, |batch| batch.last_sequence));
        out.put_i64(last.map_or(-1, |batch| batch.last_offset));
        out.put_i32(last.map_or(0, |batch| batch.offset_delta));
        out.put_i64(producer.last_timestamp);
        out.put_i32(producer.coordinator_epoch);
        out.put_i64(producer.transaction.unwrap_or(-1));
    }
    let crc = crc32c::crc32c(out.get(ENTRIES_AT..).unwrap_or_default());
    if let Some(place) = out.get_mut(2..ENTRIES_AT) {
        place.copy_from_slice(&crc.to_be_bytes());
    }
    out
}

/// Reads a file's bytes; `None` when they are damaged or of an unknown version: the state is in the log too.
pub(crate) fn decode(bytes: &[u8]) -> Option<Producers> {
    let mut head = bytes.get(..ENTRIES_AT)?;
    let (version, crc) = (head.get_i16(), head.get_u32());
    let (mut count, entries) = bytes.get(ENTRIES_AT..)?.split_at_checked(4)?;
    let count = usize::try_from(count.get_i32()).ok()?;
    let whole = entries.len() == count.checked_mul(ENTRY_SIZE)?;
    if version != VERSION || !whole || crc32c::crc32c(bytes.get(ENTRIES_AT..)?) != crc {
        return None;
    }
    let mut producers = Producers::default();
    for mut entry in entries.chunks_exact(ENTRY_SIZE) {
        let (id, producer) = read_entry(&mut entry);
        producers.load(id, producer);
    }
    Some(producers)
}

/// `entry` holds [`ENTRY_SIZE`] bytes.
fn read_entry(entry: &mut &[u8]) -> (i64, Producer) {
    let (id, epoch) = (entry.get_i64(), entry.get_i16());
    let last = PastBatch {
        last_sequence: entry.get_i32(),
        last_offset: entry.get_i64(),
        offset_delta: entry.get_i32(),
    };
    let (last_timestamp, coordinator_epoch) = (entry.get_i64(), entry.get_i32());
    let transaction = Some(entry.get_i64()).filter(|offset| *offset >= 0);
    let batches = if last.last_offset >= 0 { vec![last] } else { Vec::new() };
    (id, Producer { epoch, coordinator_epoch, last_timestamp, transaction, batches, seen_ms: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn producers() -> Producers {
        let mut producers = Producers::default();
        let batches = vec![PastBatch { last_sequence: 41, last_offset: 1041, offset_delta: 4 }];
        let producer = Producer {
            epoch: 3,
            coordinator_epoch: -1,
            last_timestamp: 1_700_000_000_000,
            transaction: None,
            batches,
            seen_ms: 0,
        };
        producers.load(4000, producer);
        producers
    }

    #[test]
    fn the_bytes_are_kafkas() {
        let hex: String = encode(&producers()).iter().map(|byte| format!("{byte:02x}")).collect();
        let fields = [
            "0001",             // version
            "########",         // crc
            "00000001",         // count
            "0000000000000fa0", // producer id
            "0003",             // epoch
            "00000029",         // last sequence
            "0000000000000411", // last offset
            "00000004",         // offset delta
            "0000018bcfe56800", // timestamp
            "ffffffff",         // coordinator epoch
            "ffffffffffffffff", // first offset of the open transaction
        ];
        let masked = format!("{}########{}", &hex[..4], &hex[12..]);
        assert_eq!(masked, fields.concat());
    }

    #[test]
    fn there_and_back_and_no_flipped_bit_goes_unseen() {
        let bytes = encode(&producers());
        let back = decode(&bytes).unwrap();
        assert_eq!(back.iter().collect::<Vec<_>>(), producers().iter().collect::<Vec<_>>());
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&damaged).is_none(), "bit {bit}");
        }
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_none(), "{len} bytes");
        }
    }
}
