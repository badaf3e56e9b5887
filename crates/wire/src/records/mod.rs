//! Record batches and message sets: Kafka's log entries of magic 0, 1 and 2.
//!
//! Everything here works on bytes that were sent by somebody: nothing panics, and what is allocated is bounded by the
//! bytes given or by a [`Budget`]. The log keeps magic 2 only; magic 0 and 1 exist at the door
//! (validation on the way in, down-conversion on the way out).

pub mod batch;
mod budget;
mod codec;
mod compression;
pub mod down_convert;
mod end_marker;
mod error;
#[cfg(test)]
mod golden;
pub mod message_set;
pub mod validate;
mod varint;

pub use batch::{BadBatch, BatchBuilder, BatchHeader, Batches, Header, Record, RecordBatch, Records};
pub use budget::Budget;
pub use codec::{Codec, TimestampType};
pub use end_marker::EndMarker;
pub use error::RecordsError;
