//! One partition on disk: segments, indexes, recovery, retention, producer state.
//!
//! The files are Apache Kafka's own, byte for byte where Kafka or one of its tools reads them. Nothing here is async
//! and nothing reads a clock: time comes in with the call. A [`Log`] is shared between threads; appending is cheap and
//! goes to the page cache, [`Log::sync`] makes it durable for everybody who waits, and [`Flusher`] does that on threads
//! of its own.

mod config;
pub mod disk;
mod error;
mod log;

pub use config::{Cleanup, LogConfig};
pub use error::{AppendError, OpenError, Poisoned, ProducerError, ReadError};
pub use log::{
    AppendOptions, Appended, Log, OpenOptions, Origin, ReadLimits, TimestampOffset, TimestampQuery,
};
