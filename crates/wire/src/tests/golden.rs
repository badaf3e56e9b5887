//! Every message in every version against bytes that other encoders made.
//!
//! `golden/messages.txt` has the length and checksum of each counted sample, made by a separate program straight from
//! Apache Kafka's own schema files, and compared with kafka-python 3.0.12's encoder for the messages that it has.

use std::fmt::Write;

use expect_test::expect_file;

use super::{Sample, Visitor, encoded, sample, visit_all};
use crate::message::Message;
use crate::sample::Source;

#[derive(Default)]
struct Lines(String);

impl Visitor for Lines {
    fn visit<M: Message + Sample>(&mut self) {
        for version in M::VERSIONS.iter() {
            let message: M = sample(&mut Source::Counted(0), version);
            let bytes = encoded(&message, version);
            let checksum = crc32fast::hash(&bytes);
            let _ = writeln!(self.0, "{} {version}: {} bytes, crc32 {checksum:08x}", M::NAME, bytes.len());
        }
    }
}

#[test]
fn every_message_has_the_bytes_that_other_encoders_give_it() {
    let mut lines = Lines::default();
    visit_all(&mut lines);
    expect_file!["../../golden/messages.txt"].assert_eq(&lines.0);
}
