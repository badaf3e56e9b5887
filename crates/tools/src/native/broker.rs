//! The broker that a command talks to.

use millstream_client::{Client, ClientError, ClientOptions};
use std::time::Duration;

use crate::failure::Failure;

/// `--bootstrap-server`, as in Kafka's own tools.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Broker {
    /// The broker; several may be given, separated by commas
    #[arg(short, long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    bootstrap_server: String,
}

impl Broker {
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let options = ClientOptions { retry_for: Duration::from_secs(10), ..ClientOptions::default() };
        Client::connect_with(&self.bootstrap_server, options).await.map_err(|error| match error {
            ClientError::Connect { .. } => Failure::with_way_out(
                error.to_string(),
                "Is a broker running there? `millstream start` starts one; -b HOST:PORT names another.",
            ),
            error => Failure::new(error.to_string()),
        })
    }
}
