//! Message sets: magic 0 and 1, what clients before 0.11 send and want to be sent.
//!
//! A message is an offset, a length, and a body under a CRC-32. A compressed set is one message, the wrapper, whose
//! value holds the others: with their own offsets in magic 0, with offsets relative to the first one in magic 1
//! (KIP-31), whose wrapper has the offset of the last one. Timestamps came with magic 1 (KIP-32).

mod builder;
mod entry;
mod messages;

pub use builder::MessageSetBuilder;
pub use entry::{Entries, Entry};
pub use messages::{Message, Messages, messages};

#[cfg(test)]
mod tests;
