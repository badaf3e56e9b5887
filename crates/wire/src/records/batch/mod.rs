//! Record batches: magic 2, the only format that the log keeps (KIP-98).

mod batches;
mod builder;
mod compacted;
mod header;
mod record;
mod records;
mod walk;

pub use batches::{BadBatch, Batches, RecordBatch};
pub use builder::BatchBuilder;
pub(crate) use builder::replace_payload;
pub use compacted::compacted;
pub(crate) use header::magic;
pub use header::{
    Attributes, BatchHeader, HEADER_SIZE, LENGTH_PREFIX, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE,
    NO_TIMESTAMP, assign_offset, sequence_after, set_log_append_time, set_max_timestamp,
};
pub use record::{Header, Record};
pub use records::Records;
pub(crate) use walk::Walk;

#[cfg(test)]
mod tests;
