//! How the commands of administrators reach the cluster. Apache Kafka's may ask a controller instead of a broker; here
//! both are one process, and the broker answers for it.

use std::path::PathBuf;

use millstream_client::Client;

use crate::bootstrap::{Bootstrap, Settings};
use crate::failure::Failure;

/// `--bootstrap-server`, `--bootstrap-controller` and `--command-config`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Administrator {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A controller's address; here the controller is the broker
    #[arg(long, value_name = "HOST:PORT", hide = true)]
    bootstrap_controller: Option<String>,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
}

impl Administrator {
    /// Connects as Kafka's commands do; a controller's door is refused, for there is none.
    pub(crate) async fn connect(&self) -> Result<Client, Failure> {
        if self.bootstrap_controller.is_some() {
            return Err(no_controller());
        }
        let settings = Settings::read(self.command_config.as_ref(), &[], &[])?;
        self.bootstrap.connect("adminclient-1", &settings).await
    }
}

/// Why `--bootstrap-controller` is refused.
pub(crate) fn no_controller() -> Failure {
    Failure::with_way_out(
        "--bootstrap-controller: the quorum of one is inside of the broker",
        "Ask the broker: --bootstrap-server localhost:9092",
    )
}
