//! One partition on disk: segments, indexes, recovery, retention, producer state.
//!
//! The files are Apache Kafka's own, byte for byte where Kafka or one of its tools reads them. Nothing here is async
//! and nothing reads a clock: time comes in with the call. A [`Log`] is shared between threads; appending is cheap and
//! goes to the page cache, [`Log::sync`] makes it durable for everybody who waits. The broker keeps the directory around the
//! partitions and the threads that sync.

pub mod checkpoint;
mod clean;
mod config;
pub mod disk;
mod error;
mod files;
#[cfg(test)]
mod fixture;
mod index;
mod indexes;
mod leader_epoch;
mod log;
mod order;
mod producer;
mod producer_snapshot;
mod recovery;
mod segment;
mod txn_index;
mod walk;

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use clean::{CleanError, CleanOptions, Cleaned, Dirt};
pub use config::{Cleanup, LogConfig};
pub use error::{AppendError, OpenError, Poisoned, ProducerError, ReadError, WriteError};
pub use log::{
    AppendOptions, Appended, Departure, FileView, Listing, Log, LogSlice, OpenOptions, Origin, Outlook,
    ProducerView, ReadLimits, Reason, SegmentListing, SegmentView, TimestampOffset, TimestampQuery,
};
pub use txn_index::AbortedTransaction;

// A thread that panicked while it held a lock has not left anything half-changed that a later one could mistake:
// every state behind these locks is changed by single assignments after the I/O has succeeded.

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read_lock<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write_lock<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
