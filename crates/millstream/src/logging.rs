//! Log lines: to stderr, levels by `MILLSTREAM_LOG` (the `tracing` filter notation, for instance
//! `info,millstream_broker=debug`), as text for a reader or as JSON for a collector (`--log-format`,
//! `MILLSTREAM_LOG_FORMAT`). Either way a line carries its fields: topic, partition, peer and the like.

mod json;

use crate::error::CommandError;
use clap::ValueEnum;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// The variable that says how log lines look when no flag does.
const FORMAT: &str = "MILLSTREAM_LOG_FORMAT";

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For a reader
    Text,
    /// One JSON object a line: timestamp, level, target, message and the line's fields
    Json,
}

impl LogFormat {
    /// What the flag says, or else the environment.
    ///
    /// # Errors
    /// The variable holds neither.
    pub fn resolve(flag: Option<Self>) -> Result<Self, CommandError> {
        let Some(value) = std::env::var_os(FORMAT).filter(|_| flag.is_none()) else {
            return Ok(flag.unwrap_or(Self::Text));
        };
        let value = value.to_string_lossy();
        Self::from_str(&value, false)
            .map_err(|_| CommandError::usage(format!("{FORMAT} '{value}': expected text or json")))
    }
}

/// Starts logging. A server tells what it does (`info`); the other commands speak only when something is wrong.
/// The RabbitMQ library is silent: it logs whole messages, and its errors are told by who runs into them.
pub fn start(is_server: bool, format: LogFormat) {
    let default = if is_server { "info,datafusion=warn,lapin=off" } else { "warn,lapin=off" };
    let filter = EnvFilter::try_from_env("MILLSTREAM_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => lines.with_ansi(false).event_format(json::JsonLines).init(),
    }
}
