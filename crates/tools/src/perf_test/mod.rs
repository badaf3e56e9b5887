//! `kafka-producer-perf-test` and `kafka-consumer-perf-test`: how fast records go in and out.

pub(crate) mod consumer;
pub(crate) mod latencies;
pub(crate) mod payload;
pub(crate) mod producer;
mod transactions;

/// Bytes as MB of 1024 x 1024 bytes.
#[expect(clippy::cast_precision_loss, reason = "it is printed with few digits")]
pub(crate) fn mega(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}
