//! The checkpoint directory, in Spark's shape: metadata, offsets, commits, state.
