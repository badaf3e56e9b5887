//! Hashes and binary codes of values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha224, Sha256, Sha384, Sha512};

use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};

pub(super) static TABLE: &[RowFunction] = &[
    row(&["sha2"], &[Kind::Bytes, Kind::Int], Gives::Text, sha2),
    row(&["crc32"], &[Kind::Bytes], Gives::Int64, crc32),
    row(&["base64"], &[Kind::Bytes], Gives::Text, base64),
    row(&["unbase64"], &[Kind::Text], Gives::Bytes, unbase64),
    row(&["hash"], &[Kind::Any], Gives::Int32, hash).and_more(Kind::Any),
];

fn sha2(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Bytes(bytes), Value::Int(bits)] = args else { return Ok(None) };
    let digest = match bits {
        224 => Sha224::digest(bytes).to_vec(),
        0 | 256 => Sha256::digest(bytes).to_vec(),
        384 => Sha384::digest(bytes).to_vec(),
        512 => Sha512::digest(bytes).to_vec(),
        _ => return Ok(None),
    };
    Ok(Some(Out::Text(digest.iter().map(|byte| format!("{byte:02x}")).collect())))
}

fn crc32(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Bytes(bytes)] = args else { return Ok(None) };
    Ok(Some(Out::Int(i64::from(crc32fast::hash(bytes)))))
}

fn base64(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Bytes(bytes)] = args else { return Ok(None) };
    Ok(Some(Out::Text(STANDARD.encode(bytes))))
}

fn unbase64(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text)] = args else { return Ok(None) };
    Ok(STANDARD.decode(text.trim()).ok().map(Out::Bytes))
}

/// Spark's 32-bit Murmur3 over the columns, seed 42; nulls change nothing.
fn hash(_: &Context, args: &[Value<'_>]) -> Answer {
    let mut seed = 42_u32;
    for value in args {
        seed = match value {
            Value::Null => seed,
            Value::Bool(b) => murmur_words(&[u32::from(*b)], 4, seed),
            Value::Date(days) => murmur_words(&[days.cast_unsigned()], 4, seed),
            // Whole numbers of up to 32 bits hash as such in Spark; their width is not known here any more.
            Value::Int(n) => match i32::try_from(*n) {
                Ok(small) => murmur_words(&[small.cast_unsigned()], 4, seed),
                Err(_) => murmur_long(n.cast_unsigned(), seed),
            },
            Value::Time(us) => murmur_long(us.cast_unsigned(), seed),
            Value::Double(x) => murmur_long(if *x == 0.0 { 0 } else { x.to_bits() }, seed),
            Value::Text(text) => murmur_bytes(text.as_bytes(), seed),
            Value::Bytes(bytes) => murmur_bytes(bytes, seed),
        };
    }
    Ok(Some(Out::Int(i64::from(seed.cast_signed()))))
}

fn mix(seed: u32, word: u32) -> u32 {
    let word = word.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
    (seed ^ word).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
}

fn murmur_words(words: &[u32], length: u32, seed: u32) -> u32 {
    let mut hash = words.iter().fold(seed, |seed, word| mix(seed, *word)) ^ length;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of a long")]
fn murmur_long(value: u64, seed: u32) -> u32 {
    murmur_words(&[value as u32, (value >> 32) as u32], 8, seed)
}

/// Whole words, then each byte that is left as a word of its own: Spark's `hashUnsafeBytes`.
fn murmur_bytes(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let words = words.iter().map(|word| u32::from_le_bytes(*word));
    let rest = rest.iter().map(|byte| i32::from(byte.cast_signed()).cast_unsigned());
    let words: Vec<u32> = words.chain(rest).collect();
    murmur_words(&words, u32::try_from(bytes.len()).unwrap_or(u32::MAX), seed)
}
