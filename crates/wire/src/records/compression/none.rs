//! No compression: the bytes as they are.

use super::Stream;

pub(super) fn open(input: &[u8]) -> Stream<'_> {
    Box::new(input)
}

pub(super) fn compress(input: &[u8]) -> Vec<u8> {
    input.to_vec()
}
