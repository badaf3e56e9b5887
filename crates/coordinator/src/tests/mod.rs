//! Whole stories: events in, effects out, as text.

mod consumers;
mod kafka_records;
mod offsets;
mod random;
mod static_members;
mod trace;
