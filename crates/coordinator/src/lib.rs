//! Groups and offsets: pure state machines.
