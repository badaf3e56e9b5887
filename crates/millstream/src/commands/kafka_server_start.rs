//! `kafka-server-start [-daemon] server.properties [--override KEY=VALUE]...`: the server, configured by Kafka's file.
//!
//! Kafka's keys keep their names and meaning; which of them have none here is said once, at the start.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;
use millstream_broker::{BrokerConfig, SettingError};
use millstream_tools::{PropertiesError, Running, ServerProperties};

use crate::commands::start::print_summary;
use crate::data_dir::DataDir;
use crate::error::CommandError;
use crate::server::{Doors, Server, ServerOptions};
use crate::signals;

/// How long a server in the background may take until it serves.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Run the server as Kafka's script does.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  bin/kafka-server-start.sh config/server.properties
  bin/kafka-server-start.sh -daemon config/server.properties --override num.partitions=3

With -daemon the server runs in the background, writes to logs/kafkaServer.out, and kafka-server-stop stops it.")]
pub struct KafkaServerStart {
    /// Kafka's configuration file; `millstream install-names DIR` writes one
    #[arg(value_name = "SERVER.PROPERTIES")]
    properties: PathBuf,
    /// A key of the file with another value; may be given more than once
    #[arg(long = "override", value_name = "KEY=VALUE", value_parser = key_value)]
    overrides: Vec<(String, String)>,
    /// Run in the background
    #[arg(long)]
    daemon: bool,
    /// This is the process in the background: leave the terminal
    #[arg(long, hide = true)]
    detached: bool,
}

impl KafkaServerStart {
    /// Serves until a signal; with `-daemon`, until the process in the background does.
    pub async fn run(self) -> Result<(), CommandError> {
        let properties = ServerProperties::read(&self.properties, &self.overrides).map_err(not_taken)?;
        if self.daemon {
            return self.start_in_background();
        }
        if self.detached {
            // It fails for the leader of a process group, which has left the terminal already.
            let _ = rustix::process::setsid();
        }
        properties.remarks.iter().for_each(|remark| tracing::warn!("{remark}"));
        // From here on: who is told that the server runs may stop it at once.
        let stop = tokio::spawn(signals::stop_requested());
        let server = Box::pin(Server::start(options(&properties)?)).await?;
        let running = Running::announce(&properties.log_dir, properties.node_id)
            .inspect_err(|error| tracing::warn!("kafka-server-stop will not find this server: {error}"));
        print_summary(&server.summary(), false);
        tracing::info!("Kafka Server started");
        // It ends with a signal; that it could fail is no reason to go on.
        let _ = stop.await;
        tracing::info!("stopping");
        server.stop().await;
        drop(running);
        Ok(())
    }

    fn start_in_background(&self) -> Result<(), CommandError> {
        let path = log_file()?;
        let failed = |what: &Path| {
            let what = what.display().to_string();
            move |error: std::io::Error| CommandError::failed(format!("{what}: {error}"))
        };
        let log = File::options().create(true).append(true).open(&path).map_err(failed(&path))?;
        let start = log.metadata().map_or(0, |metadata| metadata.len());
        let binary = std::env::current_exe().map_err(failed(Path::new("this binary")))?;
        let mut command = Command::new(&binary);
        command.arg("kafka-server-start").arg("--detached").arg(&self.properties);
        self.overrides.iter().for_each(|(key, value)| {
            command.arg("--override").arg(format!("{key}={value}"));
        });
        command.stdin(Stdio::null()).stdout(log.try_clone().map_err(failed(&path))?).stderr(log);
        wait_until_it_serves(command.spawn().map_err(failed(&binary))?, &path, start)
    }
}

fn wait_until_it_serves(mut child: Child, log: &Path, start: u64) -> Result<(), CommandError> {
    let deadline = Instant::now() + PATIENCE;
    while !Running::is_announced(child.id()) {
        if let Ok(Some(status)) = child.try_wait() {
            let reason = last_line(log, start).unwrap_or_else(|| status.to_string());
            let more = format!("{} has more", log.display());
            return Err(CommandError::with_way_out(format!("the server did not start: {reason}"), more));
        }
        if Instant::now() >= deadline {
            let waited = PATIENCE.as_secs();
            return Err(CommandError::failed(format!(
                "the server (process {}) is still starting after {waited} s: see {}",
                child.id(),
                log.display()
            )));
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

/// The error that the server has written into its log, which begins at byte `start`.
fn last_line(log: &Path, start: u64) -> Option<String> {
    let text = std::fs::read(log).ok()?;
    let text = String::from_utf8_lossy(text.get(usize::try_from(start).ok()?..)?).into_owned();
    text.lines().rev().find_map(|line| line.strip_prefix("error: ")).map(str::to_owned)
}

/// Where Kafka's script writes to: `$LOG_DIR`, or `logs` beside the `bin` that was called, or here.
fn log_file() -> Result<PathBuf, CommandError> {
    let called = PathBuf::from(std::env::args_os().next().unwrap_or_default());
    let bin = called.parent().filter(|folder| folder.file_name().is_some_and(|name| name == "bin"));
    let home = bin.and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let folder = std::env::var_os("LOG_DIR").map_or_else(|| home.join("logs"), PathBuf::from);
    std::fs::create_dir_all(&folder)
        .map_err(|error| CommandError::failed(format!("{}: {error}", folder.display())))?;
    Ok(folder.join("kafkaServer.out"))
}

/// What the file says, as a server is started.
pub(crate) fn options(properties: &ServerProperties) -> Result<ServerOptions, CommandError> {
    let absolute = |path: PathBuf| {
        std::path::absolute(&path)
            .map_err(|error| CommandError::usage(format!("log.dirs={}: {error}", path.display())))
    };
    let data = DataDir::beside(absolute(properties.log_dir.clone())?, absolute(properties.engine_dir())?);
    let (overrides, idle) = taken(properties)?;
    if !idle.is_empty() {
        tracing::info!("no effect here: {}", idle.join(", "));
    }
    Ok(ServerOptions {
        data,
        doors: Doors {
            kafka: properties.kafka.clone(),
            spark: properties.spark.clone(),
            console: properties.console.clone(),
        },
        cluster_id: None,
        overrides,
    })
}

/// Names of the broker's settings, with their values.
type Settings = Vec<(String, String)>;

/// The settings that the broker takes, and the names of those that it has no use for.
fn taken(properties: &ServerProperties) -> Result<(Settings, Vec<&str>), CommandError> {
    let mut trial = BrokerConfig::new(&properties.log_dir);
    let mut taken = vec![("node.id".to_owned(), properties.node_id.to_string())];
    let mut idle = Vec::new();
    for (key, value) in &properties.settings {
        match trial.set(key, value) {
            Ok(()) => taken.push((key.clone(), value.clone())),
            Err(SettingError::Unknown { .. }) => idle.push(key.as_str()),
            Err(error) => return Err(CommandError::failed(error.to_string())),
        }
    }
    Ok((taken, idle))
}

pub(crate) fn not_taken(error: PropertiesError) -> CommandError {
    let message = error.to_string();
    match error {
        PropertiesError::Io { .. } => CommandError::with_way_out(
            message,
            "`millstream install-names DIR` writes DIR/config/server.properties",
        ),
        _ => CommandError::failed(message),
    }
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("expected KEY=VALUE, such as num.partitions=3".into()),
    }
}
