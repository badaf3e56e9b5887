//! What is written is read again, for every message in every version.

use proptest::prelude::*;

use super::{Sample, Visitor, encoded, sample, visit_all};
use crate::message::Message;
use crate::reader::Reader;
use crate::sample::Source;

struct RoundTrip {
    seed: u64,
}

impl Visitor for RoundTrip {
    fn visit<M: Message + Sample + PartialEq + std::fmt::Debug>(&mut self) {
        for version in M::VERSIONS.iter() {
            let message: M = sample(&mut Source::Random(self.seed), version);
            let mut reader = Reader::new(encoded(&message, version));
            let decoded = M::decode(&mut reader, version).unwrap();
            assert_eq!(decoded, message, "{} {version}", M::NAME);
            assert_eq!(reader.finish(), Ok(()), "{} {version}", M::NAME);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn every_message_survives_the_wire(seed: u64) {
        visit_all(&mut RoundTrip { seed });
    }
}

struct Defaults;

impl Visitor for Defaults {
    /// A default message can be written in every version, except where a field that can be null by default
    /// must be given.
    fn visit<M: Message + Sample + PartialEq + std::fmt::Debug>(&mut self) {
        for version in M::VERSIONS.iter() {
            let mut reader = Reader::new(encoded(&M::default(), version));
            assert_eq!(M::decode(&mut reader, version), Ok(M::default()), "{} {version}", M::NAME);
        }
    }
}

#[test]
fn a_default_message_is_valid_in_every_version() {
    visit_all(&mut Defaults);
}
