//! The binary as a user types it: flags, errors, exit codes, addresses, clean stop.

mod binary;
mod flags;
mod start;
