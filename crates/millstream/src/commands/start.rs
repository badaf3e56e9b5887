//! `millstream start`: the server until Ctrl-C.

use crate::commands::doors::DoorFlags;
use crate::commands::kafka_server_start;
use crate::data_dir::DataDir;
use crate::error::CommandError;
use crate::logging::LogFormat;
use crate::server::{Doors, Server, ServerOptions, Summary};
use crate::signals;
use clap::Args;
use millstream_tools::{ServerProperties, settings_of_environment};
use std::path::PathBuf;

/// Run the broker, the Spark Connect server and the page until Ctrl-C.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream start
  millstream start server.properties
  KAFKA_NUM_PARTITIONS=3 millstream start
  millstream start --data-dir ./data --kafka 0.0.0.0:9092 --override advertised.listeners=PLAINTEXT://my-host:9092
  millstream start --kafka 127.0.0.1:0 --spark off --console off --json

Log lines go to stderr. MILLSTREAM_LOG sets their levels, for instance info,millstream_broker=debug; --log-format json
makes each an object with timestamp, level, target, message and fields.

Environment variables are settings as for Apache Kafka's container image: KAFKA_LOG_DIRS is log.dirs. They stand above
the file, and --override above both.")]
pub struct Start {
    /// Kafka's configuration file; its log.dirs and listeners then take the place of --data-dir and the doors' flags
    #[arg(value_name = "SERVER.PROPERTIES", conflicts_with_all = ["data_dir", "kafka", "spark", "console"])]
    properties: Option<PathBuf>,
    #[command(flatten)]
    doors: DoorFlags,
}

impl Start {
    /// Starts all doors, prints where they are, serves until a signal, stops cleanly.
    pub async fn run(self) -> Result<(), CommandError> {
        let options = self.options()?;
        // From here on: who is told that the server runs may stop it at once.
        let stop = tokio::spawn(signals::stop_requested());
        let server = Box::pin(Server::start(options)).await?;
        print_summary(&server.summary(), self.doors.json);
        // It ends with a signal; that it could fail is no reason to go on.
        let _ = stop.await;
        tracing::info!("stopping");
        server.stop().await;
        Ok(())
    }
}

impl Start {
    /// What its flag says of log lines.
    pub fn log_format(&self) -> Option<LogFormat> {
        self.doors.log_format
    }

    /// What flags, file and environment say together.
    fn options(&self) -> Result<ServerOptions, CommandError> {
        let flags = |doors: &DoorFlags| -> Result<ServerOptions, CommandError> {
            doors.server_options(DataDir::resolve(doors.data_dir.as_deref())?)
        };
        // A variable whose name or value is no text is no setting.
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let environment = settings_of_environment(variables);
        if self.properties.is_none() && environment.is_empty() {
            return flags(&self.doors);
        }
        let overrides = self.doors.overrides()?;
        let properties = ServerProperties::gather(self.properties.as_deref(), &environment, &overrides)
            .map_err(kafka_server_start::not_taken)?;
        properties.remarks.iter().for_each(|remark| tracing::warn!("{remark}"));
        let mut options = kafka_server_start::options(&properties)?;
        options.cluster_id.clone_from(&self.doors.cluster_id);
        if self.properties.is_none() {
            let flags = flags(&self.doors)?;
            let kafka = if properties.names_listener { options.doors.kafka } else { flags.doors.kafka };
            options.doors = Doors { kafka, ..flags.doors };
            if !properties.names_log_dir {
                options.data = flags.data;
            }
        }
        Ok(options)
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
