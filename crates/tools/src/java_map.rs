//! The order of Java's hash maps, in which Kafka's commands print what they have collected in one.

/// The items in the order in which a `HashMap` that has grown to hold them gives them back. `hash` is the key's
/// `hashCode`; of items that share a bucket, the one that came first comes first.
pub(crate) fn in_map_order<T>(items: impl IntoIterator<Item = T>, hash: impl Fn(&T) -> u32) -> Vec<T> {
    let mut ordered: Vec<_> = items.into_iter().collect();
    let mut buckets: u32 = 16;
    while ordered.len() as u64 * 4 > u64::from(buckets) * 3 {
        buckets *= 2;
    }
    ordered.sort_by_key(|item| {
        let hash = hash(item);
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
    ordered
}

/// `String.hashCode`.
pub(crate) fn hash_of_text(text: &str) -> u32 {
    text.encode_utf16().fold(0, |hash: u32, unit| hash.wrapping_mul(31).wrapping_add(unit.into()))
}

/// The hash of Kafka's `TopicPartition`.
pub(crate) fn hash_of_partition(topic: &str, partition: i32) -> u32 {
    let partition = u32::from_ne_bytes(partition.to_ne_bytes());
    31_u32.wrapping_add(partition).wrapping_mul(31).wrapping_add(hash_of_text(topic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_javas() {
        assert_eq!(hash_of_text(""), 0);
        assert_eq!(hash_of_text("hello"), 99_162_322);
        assert_eq!(hash_of_partition("t", 0), 31 * 31 + 116);
    }

    #[test]
    fn items_come_by_bucket() {
        let found = in_map_order(["b", "a", "q"], |text| hash_of_text(text));
        assert_eq!(found, ["a", "q", "b"], "a and q share the first bucket");
    }
}
