//! Which partition a record goes to, as Kafka's own producer decides.

/// The partition of a record with a key: the same one that Kafka's Java producer picks. `count` is at least 1.
pub fn partition_for_key(key: &[u8], count: usize) -> i32 {
    let positive = murmur2(key) & 0x7fff_ffff;
    let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
    i32::try_from(positive % count).unwrap_or_default()
}

/// The 32-bit MurmurHash2 of Kafka, which starts from a seed of its own.
pub fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const FACTOR: u32 = 0x5bd1_e995;
    let mut hash = SEED ^ u32::try_from(data.len() & 0xffff_ffff).unwrap_or_default();
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut mixed = u32::from_le_bytes(*word).wrapping_mul(FACTOR);
        mixed ^= mixed >> 24;
        hash = hash.wrapping_mul(FACTOR) ^ mixed.wrapping_mul(FACTOR);
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(FACTOR);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(FACTOR);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_the_java_client() {
        // The first five are in the Java client's tests; all are what kafka-python computes.
        let cases: [(&[u8], u32); 9] = [
            (b"21", 0xc5f2_f8ec),
            (b"foobar", 0xd0e4_7bbe),
            (b"a-little-bit-long-string", 0xc53b_1da0),
            (b"a-little-bit-longer-string", 0xa768_c9c3),
            (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 0xfc7d_49cd),
            (b"", 0x106e_08d9),
            (b"a", 0xa2d0_b27c),
            (b"ab", 0x12d8_262a),
            (b"abc", 0x1c94_221b),
        ];
        for (key, hash) in cases {
            assert_eq!(murmur2(key), hash, "{}", key.escape_ascii());
        }
    }

    #[test]
    fn a_key_has_one_partition() {
        assert_eq!(partition_for_key(b"foobar", 1), 0);
        assert_eq!(partition_for_key(b"foobar", 10), i32::try_from(0x50e4_7bbe_u32 % 10).unwrap());
    }
}
