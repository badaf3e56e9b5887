//! The engine from outside: sources in, sinks out.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on shall fail"
)]

mod beside_spark;
mod checkpoints;
mod click_stream;
mod errors;
mod feed;
mod files;
mod names;
mod restart;
mod restart_joins;
mod rig;
mod sinks;
mod sql;
mod triggers;
mod windows;
mod word_count;
