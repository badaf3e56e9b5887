//! The pack of hostile requests: of every API in every version, where the counts are, and what each does when it lies.
//!
//! `golden/hostile_pack.txt` has a line for each: API key, version, the counted sample's bytes, and the places of its
//! counts by their form (`-` for a sample without bytes). Programs that attack a running broker read it, so that no count is forgotten.

use std::fmt::Write;

use bytes::Bytes;
use expect_test::expect_file;

use super::hostile::decode;
use super::{Sample, Visitor, encoded, sample};
use crate::api_key::ApiKey;
use crate::error::DecodeError;
use crate::message::Message;
use crate::sample::Source;

/// How a count or a length is written.
struct Form {
    name: &'static str,
    /// Bytes of an honest one in a sample.
    width: usize,
    /// The largest, by which a place is found.
    largest: &'static [u8],
    lies: &'static [&'static [u8]],
}

const FORMS: [Form; 3] = [
    Form {
        name: "int16",
        width: 2,
        largest: b"\x7f\xff",
        lies: &[b"\x7f\xff", b"\xff\xfe", b"\x80\x00", b"\xff\xff"],
    },
    Form {
        name: "int32",
        width: 4,
        largest: b"\x7f\xff\xff\xff",
        lies: &[b"\x7f\xff\xff\xff", b"\xff\xff\xff\xfe", b"\x80\x00\x00\x00", b"\xff\xff\xff\xff"],
    },
    Form {
        name: "varint",
        width: 1,
        largest: b"\xff\xff\xff\xff\x0f",
        lies: &[
            b"\xff\xff\xff\xff\x0f",
            b"\xff\xff\xff\xff\x07",
            b"\x80\x80\x80\x80\x08",
            b"\x80\x80\x80\x80\x80\x80",
            b"\x00",
        ],
    },
];

#[derive(Default)]
struct Pack(String);

impl Visitor for Pack {
    fn visit<M: Message + Sample>(&mut self) {
        let Some(key) = key(M::NAME) else { return };
        for version in M::VERSIONS.iter() {
            let whole = encoded(&sample::<M>(&mut Source::Counted(0), version), version);
            let hex: String = whole.iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = write!(self.0, "{key} {version} {}", if hex.is_empty() { "-" } else { &hex });
            for form in &FORMS {
                let places = places::<M>(&whole, version, form);
                places.iter().for_each(|at| lie::<M>(&whole, version, form, *at));
                if !places.is_empty() {
                    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
                    let _ = write!(self.0, " {}@{}", form.name, places.join(","));
                }
            }
            self.0.push('\n');
        }
    }
}

/// The key of the API that this is the request of.
fn key(message: &str) -> Option<i16> {
    let api = message.strip_suffix("Request")?;
    (0..=i16::from(u8::MAX)).find(|key| ApiKey::from_code(*key).is_some_and(|known| known.name() == api))
}

fn with(whole: &Bytes, at: usize, form: &Form, lie: &[u8]) -> Option<Bytes> {
    let rest = whole.get(at + form.width..)?;
    Some([&whole[..at], lie, rest].concat().into())
}

/// Where a sample has counts of this form: the largest number there is taken for a count, and found to lie.
fn places<M: Message>(whole: &Bytes, version: i16, form: &Form) -> Vec<usize> {
    let is_count = |at: &usize| {
        let Some(bytes) = with(whole, *at, form, form.largest) else { return false };
        let behind = at + form.largest.len();
        match decode::<M>(bytes, version).map(drop) {
            Err(DecodeError::Count { at: found, count, .. }) => {
                found == behind && count > 0x7ffe && form.width != 2
            }
            Err(DecodeError::Truncated { at: found, wanted, .. }) => found == behind && wanted >= 0x7fff,
            Err(DecodeError::Tags { at: found }) => found == *at && form.width == 1,
            _ => false,
        }
    };
    (0..whole.len()).filter(is_count).collect()
}

/// Every lie at one place: an error, or a null where there may be one; never memory.
fn lie<M: Message>(whole: &Bytes, version: i16, form: &Form, at: usize) {
    for lie in form.lies {
        if let Some(bytes) = with(whole, at, form, lie) {
            let is_null = matches!(*lie, b"\xff\xff" | b"\xff\xff\xff\xff" | b"\x00");
            let decoded = decode::<M>(bytes, version).map(drop);
            assert!(decoded.is_err() || is_null, "{} {version}: {lie:02x?} at {at}", M::NAME);
        }
    }
}

#[test]
fn every_count_of_every_request_lies() {
    let mut pack = Pack::default();
    crate::messages::visit(&mut pack);
    expect_file!["../../golden/hostile_pack.txt"].assert_eq(&pack.0);
}
