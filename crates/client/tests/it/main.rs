//! The client against a broker whose every answer is written in the test.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod connection;
mod group;
mod metadata;
mod produce;
mod scripted_broker;
