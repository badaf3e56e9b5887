//! The service from the outside: a gRPC client against the server, with workers that speak PySpark's protocol without
//! PySpark (`fake_daemon.py`, which needs only `python3`).

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may panic; clippy knows this only of the functions marked as tests"
)]

mod context;
mod driver;
mod hostile;
mod jobs;
mod streams;
