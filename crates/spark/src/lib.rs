//! The Spark door: Spark Connect messages to plans, sessions.

pub mod proto;
