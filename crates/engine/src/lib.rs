//! The streaming engine on DataFusion: epochs, watermarks, state, checkpoints.
