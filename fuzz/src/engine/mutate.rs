//! New inputs from old ones.
//!
//! The formats here are lengths, counts, checksums and text. So besides flipping bits the mutators write extreme
//! numbers in all widths (big-endian, and as variable-length integers), write the distance to the end where a length
//! may stand, move pieces about, and splice two inputs.

use super::corpus::Corpus;
use crate::random::Random;

/// Numbers at the edges of something.
const EDGES: [i64; 20] = [
    0,
    1,
    -1,
    2,
    -2,
    7,
    61,
    127,
    128,
    255,
    256,
    0x7fff,
    -0x8000,
    0xffff,
    0x7fff_ffff,
    -0x8000_0000,
    0xffff_ffff,
    i64::MAX,
    i64::MIN,
    1 << 40,
];

/// A changed input of at most `longest` bytes.
pub fn next(corpus: &Corpus, random: &mut Random, longest: usize) -> Vec<u8> {
    let mut input = corpus.pick(random).to_vec();
    for _ in 0..1 + random.small(6) {
        change(&mut input, corpus, random);
    }
    input.truncate(longest);
    input
}

fn change(input: &mut Vec<u8>, corpus: &Corpus, random: &mut Random) {
    let at = random.below(input.len());
    match random.below(14) {
        0 | 1 => with(input, at, |byte| *byte ^= 1 << random.below(8)),
        2 => with(input, at, |byte| *byte = random.byte()),
        3 => with(input, at, |byte| *byte = byte.wrapping_add_signed(one_of(&[1, -1, 16, -16], random))),
        4 => overwrite(input, at, random),
        5 => varint(input, at, random),
        6 => length(input, at, random),
        7 => {
            let end = (at + 1 + random.small(64)).min(input.len());
            input.drain(at..end);
        }
        8 => repeat(input, at, random),
        9 => {
            let bytes: Vec<u8> = (0..1 + random.small(16)).map(|_| random.byte()).collect();
            input.splice(at..at, bytes);
        }
        10 => splice(input, at, corpus, random),
        11 => input.truncate(at),
        12 => input.extend(std::iter::repeat_n(random.byte() & 1, 1 + random.small(256))),
        _ => exchange(input, at, random),
    }
}

fn with(input: &mut [u8], at: usize, change: impl FnOnce(&mut u8)) {
    input.get_mut(at).into_iter().for_each(change_of(change));
}

/// One of these numbers.
fn one_of<T: Copy + Default>(numbers: &[T], random: &mut Random) -> T {
    random.pick(numbers).copied().unwrap_or_default()
}

/// Lets a closure that may be called once stand where one that may be called often is wanted.
fn change_of(change: impl FnOnce(&mut u8)) -> impl FnMut(&mut u8) {
    let mut change = Some(change);
    move |byte| {
        if let Some(change) = change.take() {
            change(byte);
        }
    }
}

/// An edge in 2, 4 or 8 bytes.
fn overwrite(input: &mut [u8], at: usize, random: &mut Random) {
    let edge = one_of(&EDGES, random).wrapping_add(one_of(&[0, 1, -1], random));
    put(input, at, edge, one_of(&[1, 2, 4, 8], random));
}

/// The bytes that are left behind a length, or about as many.
fn length(input: &mut [u8], at: usize, random: &mut Random) {
    let width = one_of(&[1, 2, 4], random);
    let left = i64::try_from(input.len().saturating_sub(at + width)).unwrap_or_default();
    put(input, at, left + one_of(&[0, 1, -1, -8], random), width);
}

/// Writes the lowest `width` bytes of a number, the highest of them first.
fn put(input: &mut [u8], at: usize, number: i64, width: usize) {
    let bytes = number.to_be_bytes();
    let low = bytes.get(bytes.len() - width..).unwrap_or_default();
    if let Some(place) = input.get_mut(at..at + width) {
        place.copy_from_slice(low);
    }
}

/// A variable-length integer in place of a byte.
fn varint(input: &mut Vec<u8>, at: usize, random: &mut Random) {
    let edge = one_of(&EDGES, random);
    let mut rest = edge.cast_unsigned() >> random.below(3);
    let mut bytes = Vec::new();
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        bytes.push(if rest == 0 { low & 0x7f } else { low | 0x80 });
        if rest == 0 || bytes.len() > 11 {
            break;
        }
    }
    let end = (at + 1).min(input.len());
    input.splice(at..end, bytes);
}

/// A piece once more, or many times.
fn repeat(input: &mut Vec<u8>, at: usize, random: &mut Random) {
    let end = (at + 1 + random.small(64)).min(input.len());
    let piece: Vec<u8> = input.get(at..end).unwrap_or_default().to_vec();
    let times = if random.one_in(8) { random.below(200) } else { 1 };
    for _ in 0..times {
        input.splice(at..at, piece.iter().copied());
    }
}

/// What follows a place is taken from another input.
fn splice(input: &mut Vec<u8>, at: usize, corpus: &Corpus, random: &mut Random) {
    let other = corpus.pick(random);
    let from = if random.one_in(2) { at.min(other.len()) } else { random.below(other.len()) };
    let to = (from + 1 + random.below(other.len())).min(other.len());
    let piece = other.get(from..to).unwrap_or_default();
    let end = if random.one_in(2) { input.len() } else { (at + piece.len()).min(input.len()) };
    input.splice(at..end, piece.iter().copied());
}

/// Two pieces change places.
fn exchange(input: &mut [u8], at: usize, random: &mut Random) {
    let other = random.below(input.len());
    let length = 1 + random.small(8);
    for step in 0..length {
        if at.max(other) + step < input.len() {
            input.swap(at + step, other + step);
        }
    }
}
