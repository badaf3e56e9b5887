//! Variable-length integers as records of magic 2 use them: base 128, low group first, zigzag for the sign.
//!
//! As in Apache Kafka, an int has at most five bytes and a long at most ten, and of the last one the bits that do not
//! fit are dropped. Both sides of a topic have to agree on what a record is, so this is no stricter than it has to be.

use bytes::BufMut;

/// Most bytes of a 64-bit integer.
pub(crate) const LONGEST: usize = 10;
/// Most bytes of a 32-bit integer.
pub(crate) const LONGEST_INT: usize = 5;

/// Appends `value`.
pub(crate) fn write(out: &mut impl BufMut, value: i64) {
    let mut rest = zigzag(value);
    while rest >= 0x80 {
        out.put_u8(low_group(rest) | 0x80);
        rest >>= 7;
    }
    out.put_u8(low_group(rest));
}

/// Bytes that [`write()`] takes for `value`.
pub(crate) fn size(value: i64) -> usize {
    let bits = u64::BITS - (zigzag(value) | 1).leading_zeros();
    usize::try_from(bits.div_ceil(7)).unwrap_or(LONGEST)
}

/// Reads a long from the front of `bytes`: the value and how many bytes it took. `None`: it ends early, or not within
/// ten bytes.
#[inline]
pub(crate) fn read(bytes: &[u8]) -> Option<(i64, usize)> {
    match short(bytes) {
        Some((raw, size)) => Some((unzigzag(raw.into()), size)),
        None => groups(bytes, LONGEST).map(|(raw, size)| (unzigzag(raw), size)),
    }
}

/// The same for an int, which ends within five bytes.
#[inline]
pub(crate) fn read_int(bytes: &[u8]) -> Option<(i32, usize)> {
    let (raw, size) = match short(bytes) {
        Some(short) => short,
        None => groups(bytes, LONGEST_INT).map(|(raw, size)| (low_half(raw), size))?,
    };
    Some(((raw >> 1).cast_signed() ^ -((raw & 1).cast_signed()), size))
}

/// One of one or two bytes: nearly all numbers in records are this small.
#[inline]
fn short(bytes: &[u8]) -> Option<(u32, usize)> {
    match bytes {
        [one, ..] if *one < 0x80 => Some((u32::from(*one), 1)),
        [one, two, ..] if *two < 0x80 => Some((u32::from(one & 0x7f) | u32::from(*two) << 7, 2)),
        _ => None,
    }
}

fn groups(bytes: &[u8], longest: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(longest).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

fn low_half(value: u64) -> u32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

fn low_group(value: u64) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low & 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_encodings() {
        for (value, bytes) in [
            (0, &[0x00][..]),
            (-1, &[0x01]),
            (1, &[0x02]),
            (63, &[0x7e]),
            (64, &[0x80, 0x01]),
            (i64::from(i32::MAX), &[0xfe, 0xff, 0xff, 0xff, 0x0f]),
            (i64::from(i32::MIN), &[0xff, 0xff, 0xff, 0xff, 0x0f]),
            (i64::MAX, &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
            (i64::MIN, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        ] {
            let mut out = Vec::new();
            write(&mut out, value);
            assert_eq!(out, bytes, "{value}");
            assert_eq!(size(value), bytes.len(), "{value}");
            assert_eq!(read(bytes), Some((value, bytes.len())));
            if let Ok(int) = i32::try_from(value) {
                assert_eq!(read_int(bytes), Some((int, bytes.len())));
            }
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0x80]), None);
        assert_eq!(read(&[0xff; 20]), None);
        assert_eq!(read_int(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x00]), None);
    }

    #[test]
    fn bits_that_do_not_fit_are_dropped() {
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), Some((i64::MIN, 10)));
        assert_eq!(read_int(&[0x82, 0x80, 0x80, 0x80, 0x70]), Some((1, 5)));
    }

    proptest::proptest! {
        #[test]
        fn round_trip(value: i64) {
            let mut out = Vec::new();
            write(&mut out, value);
            proptest::prop_assert_eq!(read(&out), Some((value, out.len())));
            proptest::prop_assert_eq!(size(value), out.len());
        }
    }
}
