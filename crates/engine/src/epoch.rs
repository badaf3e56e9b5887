//! The micro-batch loop: offsets, batch, sink, commit.
