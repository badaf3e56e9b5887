//! gzip (RFC 1952), members one after another read as one stream, as Java does.

use std::io::{self, Write};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::Stream;

pub(super) fn open(input: &[u8]) -> Stream<'_> {
    Box::new(MultiGzDecoder::new(input))
}

pub(super) fn compress(input: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(input)?;
    encoder.finish()
}
