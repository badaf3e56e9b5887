//! The hash by which a group sees that a topic of its has changed (KIP-1101): Kafka's, bit for bit, because it is
//! kept in the group's record and a broker that starts on the directory compares it with its own.

use millstream_wire::Uuid;
use xxhash_rust::xxh3::Xxh3;

/// The version of the way to hash.
const MAGIC: u8 = 0;

/// The hash of one topic. Brokers without racks add nothing to a partition's number.
pub(crate) fn of_topic(id: Uuid, name: &str, partitions: i32) -> u64 {
    let mut hasher = Xxh3::new();
    hasher.update(&[MAGIC]);
    let (high, low) = id.as_bytes().split_at(8);
    for half in [high, low] {
        let little_endian: Vec<u8> = half.iter().rev().copied().collect();
        hasher.update(&little_endian);
    }
    let mut length = 0i32;
    for unit in name.encode_utf16() {
        hasher.update(&unit.to_le_bytes());
        length = length.saturating_add(1);
    }
    hasher.update(&length.to_le_bytes());
    hasher.update(&partitions.to_le_bytes());
    for partition in 0..partitions {
        hasher.update(&partition.to_le_bytes());
    }
    hasher.digest()
}

/// The hash of a group's topics, which come by name.
pub(crate) fn of_group(topics: impl IntoIterator<Item = u64>) -> i64 {
    let mut hasher = Xxh3::new();
    let mut any = false;
    for topic in topics {
        any = true;
        hasher.update(&topic.to_le_bytes());
    }
    if any { hasher.digest().cast_signed() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_kafka_computes() {
        // Worked out with Apache Kafka 4.3.1's own classes.
        let id = Uuid::from_bytes([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
        let one = of_topic(id, "clicks", 3);
        let two = of_topic(id, "a-long-name-for-a-topic-with-many-partitions", 100);
        assert_eq!(one.cast_signed(), -5_263_677_534_358_617_687);
        assert_eq!(two.cast_signed(), 6_788_847_947_054_837_709);
        assert_eq!(of_group([one, two]), -1_847_467_680_786_902_666);
        assert_eq!(of_group([]), 0);
    }
}
