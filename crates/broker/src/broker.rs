//! A running broker: what starts it, what it tells about itself, what stops it.

use std::net::SocketAddr;

use crate::activity::Activity;
use crate::config::BrokerConfig;
use crate::error::StartError;
use crate::inside::Topics;

/// A broker that serves Kafka clients until [`Broker::shutdown`].
#[derive(Debug)]
pub struct Broker {}

impl Broker {
    /// Opens (or makes) the data directory, recovers it, listens and serves. Must run inside a Tokio runtime.
    pub async fn start(config: BrokerConfig) -> Result<Self, StartError> {
        let _ = config;
        unimplemented!()
    }

    /// Where it listens: on loopback usually two addresses with one port, IPv4 first.
    pub fn addresses(&self) -> &[SocketAddr] {
        unimplemented!()
    }

    /// The cluster id, from `meta.properties`.
    pub fn cluster_id(&self) -> &str {
        unimplemented!()
    }

    /// The topics, for the rest of the process.
    pub fn topics(&self) -> Topics {
        unimplemented!()
    }

    /// Traffic, connections and groups, for the rest of the process.
    pub fn activity(&self) -> Activity {
        unimplemented!()
    }

    /// Stops accepting, answers what is in flight, flushes, and marks the directory as cleanly closed.
    pub async fn shutdown(self) {
        unimplemented!()
    }
}
