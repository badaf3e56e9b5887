//! RabbitMQ as a source and a sink of streaming queries, and a bridge between its queues and topics.
//!
//! AMQP 0.9.1 through `lapin`; this crate adds what a streaming query needs on top: rows in Arrow columns, messages
//! that stay unacknowledged until the batch is committed, a server that is waited for, and limits on what it sends.
//!
//! What holds, in one sentence each:
//! - A queue forgets what is acknowledged, so a message is acknowledged only after its batch is in the commit log.
//!   After a crash the server delivers again what was not: at least once, never less.
//! - A stream (`x-queue-type: stream`) keeps its messages, and their offsets are the query's offsets: a batch can be
//!   read again.
//! - Prefetch bounds what is unacknowledged; a number of bytes bounds what is kept in memory.
//!
//! Start with [`RabbitMq`], the connector; then `source.rs`, `receiver.rs` (the task that owns the connection) and
//! `waiting.rs` (what it received).

mod bridge;
mod columns;
mod connection;
mod connector;
mod error;
mod frame_guard;
mod guarded_tcp;
mod headers;
mod options;
mod position;
mod publisher;
mod receiver;
mod sink;
mod source;
mod waiting;

pub use bridge::{BridgeError, Counts, queue_to_topic, topic_to_queue};
pub use connector::RabbitMq;
pub use error::RabbitError;
pub use frame_guard::Violation;
pub use options::{Origin, ReaderOptions, ServerOptions, Starting, WriterOptions};
