//! The broker over real sockets: raw wire messages in, raw wire messages out.

#![allow(
    clippy::cast_possible_wrap,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic; clippy knows this only of the functions marked as tests"
)]

mod client;
mod cluster;
mod configs;
mod consumer_groups;
mod coverage;
mod damage;
mod delete_records;
mod fetch_sessions;
mod groups;
mod hostile;
mod idempotence;
mod limits;
mod one_node;
mod produce_fetch;
mod recovery;
mod repeated;
mod restart;
mod sendfile;
mod shutdown;
mod topics;
mod transactions;
mod watched;
