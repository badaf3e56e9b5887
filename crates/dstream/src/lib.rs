//! RDDs and DStreams for PySpark programs.
//!
//! The driver (the user's Python process) describes a graph of nodes and runs jobs over it; this crate keeps the data,
//! shuffles, owns the batch clock, the receivers and the checkpoints. The functions themselves run in worker processes
//! of the user's own interpreter, which speak PySpark's worker protocol. Pickles are never looked into.

pub mod proto;
