//! Record batches: magic 2, the only format that the log keeps (KIP-98).

mod batches;
mod header;

pub use batches::{BadBatch, Batches, RecordBatch};
pub use header::{
    Attributes, BatchHeader, HEADER_SIZE, LENGTH_PREFIX, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE,
    NO_TIMESTAMP, assign_offset, sequence_after, set_log_append_time, set_max_timestamp,
};
