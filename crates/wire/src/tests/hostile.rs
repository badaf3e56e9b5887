//! Bytes that lie: counts, lengths, tags, ends.

use bytes::Bytes;

use super::{Sample, Visitor, encoded, sample, visit_all};
use crate::error::DecodeError;
use crate::message::Message;
use crate::messages::delete_topics::DeleteTopicsRequest;
use crate::messages::fetch::FetchRequest;
use crate::messages::metadata::MetadataRequest;
use crate::messages::produce::ProduceRequest;
use crate::reader::Reader;
use crate::sample::Source;

/// Decodes and checks that no more memory was asked for than `4 * input + 64 KiB`.
pub(super) fn decode<M: Message>(bytes: Bytes, version: i16) -> Result<M, DecodeError> {
    let limit = bytes.len() * 4 + 65536;
    let mut reader = Reader::new(bytes);
    let before = reader.budget();
    let result = M::decode(&mut reader, version);
    let used = before - reader.budget();
    assert!(used <= limit, "{} {version}: {used} bytes of memory", M::NAME);
    result
}

struct Truncated;

impl Visitor for Truncated {
    fn visit<M: Message + Sample>(&mut self) {
        for version in M::VERSIONS.iter() {
            let whole = encoded(&sample::<M>(&mut Source::Counted(0), version), version);
            for length in 0..whole.len() {
                let result = decode::<M>(whole.slice(..length), version);
                assert!(result.is_err(), "{} {version} cut at {length}", M::NAME);
            }
        }
    }
}

#[test]
fn a_message_cut_anywhere_is_an_error() {
    visit_all(&mut Truncated);
}

struct Overwritten;

impl Visitor for Overwritten {
    fn visit<M: Message + Sample>(&mut self) {
        for version in [M::VERSIONS.min, M::VERSIONS.max] {
            let whole = encoded(&sample::<M>(&mut Source::Counted(0), version), version);
            for lie in [
                &b"\x7f\xff\xff\xff"[..],
                b"\xff\xff\xff\xff\x07",
                b"\xff\xff\xff\xfe",
                b"\x80\x80\x80\x80\x80",
            ] {
                for start in 0..whole.len().saturating_sub(lie.len()) {
                    let mut bytes = whole.to_vec();
                    bytes[start..start + lie.len()].copy_from_slice(lie);
                    // Some places hold plain numbers, which may be anything.
                    let _ = decode::<M>(bytes.into(), version);
                }
            }
        }
    }
}

#[test]
fn a_huge_number_anywhere_costs_no_memory() {
    visit_all(&mut Overwritten);
}

#[test]
fn lies_are_named() {
    let produce = |bytes: &'static [u8]| decode::<ProduceRequest>(Bytes::from_static(bytes), 3).map(drop);
    // transactional id null, acks 1, timeout 1000, then the count of topics
    assert_eq!(
        produce(b"\xff\xff\x00\x01\x00\x00\x03\xe8\x7f\xff\xff\xff"),
        Err(DecodeError::Count { at: 12, count: 0x7fff_ffff, left: 0 })
    );
    assert_eq!(
        produce(b"\xff\xff\x00\x01\x00\x00\x03\xe8\xff\xff\xff\xfe"),
        Err(DecodeError::Count { at: 12, count: -2, left: 0 })
    );
    assert_eq!(
        produce(b"\xff\xff\x00\x01\x00\x00\x03\xe8\xff\xff\xff\xff"),
        Err(DecodeError::Null { at: 12 })
    );
    assert_eq!(produce(b"\x00\x02\xc3\x28"), Err(DecodeError::Utf8 { at: 4 }));
    assert_eq!(produce(b"\xff\xff\x00"), Err(DecodeError::Truncated { at: 2, wanted: 2, left: 1 }));
    assert_eq!(
        decode::<ProduceRequest>(Bytes::new(), 14).map(drop),
        Err(DecodeError::Version { message: "ProduceRequest", version: 14 })
    );
}

#[test]
fn millions_of_tags_are_refused() {
    // Metadata 9: null topics, three flags, then the number of tags
    let mut bytes = b"\x00\x00\x00\x00\x80\xda\xc4\x09".to_vec();
    bytes.resize(40_000_000, 0);
    assert_eq!(decode::<MetadataRequest>(bytes.into(), 9).map(drop), Err(DecodeError::Tags { at: 4 }));
}

#[test]
fn unknown_tags_are_skipped() {
    let known = decode::<MetadataRequest>(Bytes::from_static(b"\x00\x00\x00\x00\x00"), 9).unwrap();
    let tagged = decode::<MetadataRequest>(Bytes::from_static(b"\x00\x00\x00\x00\x02\x07\x01x\x2a\x00"), 9);
    assert_eq!(tagged, Ok(known));
}

#[test]
fn a_tag_that_a_version_does_not_have_is_refused() {
    // Fetch 13: numbers, no topics, no rack; tag 1 came with version 15, tag 9 is unknown in both
    let fetch = |tag: u8| [&[0; 25][..], &[1, 1, 1, 1, tag, 1, 0]].concat();
    let decoded = |tag, version| decode::<FetchRequest>(fetch(tag).into(), version).map(drop);
    assert_eq!(decoded(1, 13), Err(DecodeError::Tags { at: 31 }));
    assert_eq!(decoded(9, 13), Ok(()));
}

#[test]
fn bits_that_a_varint_cannot_hold_are_dropped() {
    // Metadata 9: a count of one more than 0, and a bit beyond the 32nd
    let decoded = decode::<MetadataRequest>(Bytes::from_static(b"\x81\x80\x80\x80\x10\0\0\0\0"), 9).unwrap();
    assert_eq!(decoded.topics, Some(Vec::new()));
}

#[test]
fn empty_elements_by_the_million_exceed_the_budget() {
    // DeleteTopics 4: ten million empty names, a byte each
    let mut bytes = b"\x81\xad\xe2\x04".to_vec();
    bytes.resize(10_000_100, 1);
    let result = DeleteTopicsRequest::decode(&mut Reader::new(bytes), 4).map(drop);
    assert_eq!(result, Err(DecodeError::Budget { at: 4 }));
}
