//! The binary as a user types it: flags, errors, exit codes, addresses, clean stop.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod binary;
mod flags;
mod start;
