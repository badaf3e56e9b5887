//! Tests over every message in every version.

mod frames;
mod golden;
mod hostile;
mod hostile_pack;
mod records;
mod roundtrip;
pub(crate) mod sample;

use bytes::Bytes;

use crate::message::Message;
use crate::writer::Writer;
use sample::{Sample, Source};

/// Something done with the type of every message.
pub(crate) trait Visitor {
    fn visit<M: Message + Sample + PartialEq + std::fmt::Debug>(&mut self);
}

/// Lets the visitor see every message there is.
fn visit_all(visitor: &mut impl Visitor) {
    crate::messages::visit(visitor);
    crate::header::visit(visitor);
    crate::consumer_protocol::visit(visitor);
    crate::coordinator_records::visit(visitor);
    crate::metadata::visit(visitor);
    crate::raft::visit(visitor);
    crate::transaction_records::visit(visitor);
}

fn sample<M: Message + Sample>(source: &mut Source, version: i16) -> M {
    let at = crate::value::At { version, flexible: M::is_flexible(version) };
    M::sample(source, at)
}

fn encoded<M: Message>(message: &M, version: i16) -> Bytes {
    let mut writer = Writer::new();
    message
        .encode(&mut writer, version)
        .unwrap_or_else(|error| panic!("{} {version}: {error}: {}", M::NAME, std::any::type_name::<M>()));
    writer.into_bytes()
}
