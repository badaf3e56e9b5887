//! The broker that a command talks to.

use std::time::Duration;

use millstream_client::{Client, ClientOptions};

use super::ended::Ended;

/// `--bootstrap-server`, as in Kafka's own tools.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Bootstrap {
    /// The broker; several may be given, separated by commas
    #[arg(short, long, value_name = "HOST:PORT", default_value = "127.0.0.1:9092")]
    bootstrap_server: String,
}

impl Bootstrap {
    /// Connects to it.
    pub(crate) async fn connect(&self) -> Result<Client, Ended> {
        let options = ClientOptions { retry_for: Duration::from_secs(10), ..ClientOptions::default() };
        Ok(Client::connect_with(&self.bootstrap_server, options).await?)
    }
}
