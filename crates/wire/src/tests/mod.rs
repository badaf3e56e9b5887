//! Tests over every message in every version.

mod frames;
mod golden;
mod hostile;
mod hostile_pack;
mod memory;
mod records;
mod roundtrip;

use bytes::Bytes;

use crate::message::Message;
use crate::sample::{Sample, Visitor, sample, visit_messages, visit_records};
use crate::writer::Writer;

/// Lets the visitor see every message there is.
fn visit_all(visitor: &mut impl Visitor) {
    visit_messages(visitor);
    visit_records(visitor);
}

fn encoded<M: Message>(message: &M, version: i16) -> Bytes {
    let mut writer = Writer::new();
    message
        .encode(&mut writer, version)
        .unwrap_or_else(|error| panic!("{} {version}: {error}: {}", M::NAME, std::any::type_name::<M>()));
    writer.into_bytes()
}
