//! Kafka's protocol as data: schemas, messages, record batches, codecs.
//!
//! The tables under `schemas/` become Rust types when the crate is built: [`messages`] holds the requests and
//! responses, [`metadata`] the records of `__cluster_metadata`, [`coordinator_records`] those of
//! `__consumer_offsets`, [`transaction_records`] those of `__transaction_state`, [`consumer_protocol`] what group
//! members tell each other, [`raft`] the control records.
//! [`Reader`] and [`Writer`] turn them into bytes and back; [`frame`] puts a length and a header around them.
//!
//! Invariants: no I/O, no panic; what decoding allocates is bounded by the bytes given (see [`Reader`]).

mod api_key;
mod code_counts;
pub mod consumer_protocol;
pub mod coordinator_records;
mod error;
mod error_code;
pub mod frame;
pub mod header;
mod json;
mod message;
pub mod messages;
pub mod metadata;
pub mod raft;
mod reader;
mod record_set;
pub mod records;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
mod text;
pub mod transaction_records;
mod uuid;
mod value;
mod versions;
mod writer;

pub use api_key::ApiKey;
pub use code_counts::CodeCounts;
pub use error::{DecodeError, EncodeError};
pub use error_code::ErrorCode;
pub use json::{Describe, Json, ToJson};
pub use message::{Message, Request, decode_prefixed, encode_prefixed};
pub use reader::Reader;
pub use record_set::{Chunk, Place, RecordSet};
pub use text::Str;
pub use uuid::{InvalidUuid, Uuid};
pub use versions::Versions;
pub use writer::{TagWriter, Writer};

#[cfg(test)]
mod tests;
