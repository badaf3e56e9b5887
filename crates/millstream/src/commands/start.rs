//! `millstream start`: the server until Ctrl-C.

use crate::commands::doors::DoorFlags;
use crate::data_dir::DataDir;
use crate::error::CommandError;
use crate::server::{Server, Summary};
use crate::signals;
use clap::Args;

/// Run the broker, the Spark Connect server and the page until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream start
  millstream start --data-dir ./data --kafka 0.0.0.0:9092 --override advertised.listeners=PLAINTEXT://my-host:9092
  millstream start --kafka 127.0.0.1:0 --spark off --console off --json")]
pub struct Start {
    #[command(flatten)]
    doors: DoorFlags,
}

impl Start {
    /// Starts all doors, prints where they are, serves until a signal, stops cleanly.
    pub async fn run(self) -> Result<(), CommandError> {
        let data = DataDir::resolve(self.doors.data_dir.as_deref())?;
        // From here on: who is told that the server runs may stop it at once.
        let stop = tokio::spawn(signals::stop_requested());
        let server = Box::pin(Server::start(self.doors.server_options(data)?)).await?;
        print_summary(&server.summary(), self.doors.json);
        // It ends with a signal; that it could fail is no reason to go on.
        let _ = stop.await;
        tracing::info!("stopping");
        server.stop().await;
        Ok(())
    }
}

/// Says where the doors are.
#[expect(clippy::print_stdout, reason = "the addresses are the command's result")]
pub fn print_summary(summary: &Summary, json: bool) {
    if json {
        println!("{}", serde_json::json!(summary));
        return;
    }
    let door = |address: &Option<String>| address.clone().unwrap_or_else(|| "off".into());
    println!("Kafka    {}", door(&summary.kafka));
    println!("Spark    {}", summary.spark.as_ref().map_or("off".into(), |address| format!("sc://{address}")));
    println!(
        "Page     {}",
        summary.console.as_ref().map_or("off".into(), |address| format!("http://{address}"))
    );
    println!("Data     {}", summary.data_dir);
    println!("Cluster  {}", summary.cluster_id);
    println!("Ctrl-C stops.");
}
