//! RDDs and DStreams for PySpark programs.
//!
//! The driver (the user's Python process) describes a graph of nodes and runs jobs over it; this crate keeps the data,
//! shuffles, owns the batch clock, the receivers and the checkpoints. The functions themselves run in worker processes
//! of the user's own interpreter, which speak PySpark's worker protocol. Pickles are never looked into.
//!
//! A job's way: `service` (a call) -> `graph` (nodes) -> `compute` (partitions, shuffles) -> `worker` (a task in a
//! process) -> `block` (its frames) -> the driver. A batch's way: `streaming` (clock, receivers) -> the driver, which
//! runs jobs and acknowledges.

mod block;
mod checkpoint;
mod compute;
mod context;
mod error;
mod graph;
mod limits;
pub mod proto;
mod service;
mod streaming;
mod text;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use proto::dstream_server::{Dstream, DstreamServer};

use crate::context::Contexts;
use crate::service::Service;

/// RDDs and DStreams of one server. Clones share their contexts.
#[derive(Debug, Clone)]
pub struct Rdds {
    service: Service,
}

impl Rdds {
    /// A server without contexts. Blocks that do not fit into memory go to files below `spill_directory`.
    #[must_use]
    pub fn new(spill_directory: PathBuf) -> Self {
        Self { service: Service { contexts: Arc::new(Contexts::default()), spill_directory } }
    }

    /// The service, for a gRPC server.
    #[must_use]
    pub fn service(&self) -> DstreamServer<impl Dstream> {
        DstreamServer::new(self.service.clone())
            .max_decoding_message_size(limits::MESSAGE)
            .max_encoding_message_size(limits::MESSAGE)
    }

    /// Ends all contexts: their streams finish, their workers are killed.
    pub async fn end(&self) {
        self.service.contexts.end_all().await;
    }
}
