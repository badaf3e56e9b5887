//! Which partition of `__consumer_offsets` keeps a group.

/// The topic of groups and offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Its partitions (`offsets.topic.num.partitions`).
pub const OFFSETS_TOPIC_PARTITIONS: i32 = 50;

/// The partition of a group: Java's `String.hashCode` without its sign bit's meaning, modulo `partitions`.
///
/// Kafka takes the absolute value, except that `i32::MIN` becomes 0.
pub fn partition_for(group_id: &str, partitions: i32) -> i32 {
    let hash =
        group_id.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % partitions.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_java_string_hash() {
        // (group, abs(hashCode) % 50), worked out with the JDK.
        let table =
            [("", 0), ("g1", 42), ("console-consumer-1", 24), ("polygenelubricants", 0), ("grüße", 23)];
        for (group, expected) in table {
            assert_eq!(partition_for(group, OFFSETS_TOPIC_PARTITIONS), expected, "{group}");
        }
    }
}
