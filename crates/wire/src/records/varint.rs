//! Variable-length integers as records of magic 2 use them: base 128, low group first, zigzag for the sign.

use bytes::BufMut;

/// Most bytes of a 64-bit integer.
pub(crate) const LONGEST: usize = 10;

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

/// Reads from the front of `bytes`: the value and how many bytes it took. `None`: it ends early or is longer than
/// 64 bits.
#[inline]
pub(crate) fn read(bytes: &[u8]) -> Option<(i64, usize)> {
    // Nearly all numbers in records are this small.
    match bytes {
        [one, ..] if *one < 0x80 => Some((unzigzag(u64::from(*one)), 1)),
        [one, two, ..] if *two < 0x80 => Some((unzigzag(u64::from(one & 0x7f) | u64::from(*two) << 7), 2)),
        _ => read_any(bytes),
    }
}

fn read_any(bytes: &[u8]) -> Option<(i64, usize)> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(LONGEST).enumerate() {
        let group = u64::from(byte & 0x7f);
        if index == LONGEST - 1 && group > 1 {
            return None;
        }
        value |= group << (7 * index);
        if byte & 0x80 == 0 {
            return Some((unzigzag(value), index + 1));
        }
    }
    None
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
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[0x80]), None);
        assert_eq!(read(&[0xff; 20]), None);
        assert_eq!(read(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), None);
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
