//! Log lines: to stderr, levels by `MILLSTREAM_LOG` (the `tracing` filter notation, for instance
//! `info,millstream_broker=debug`), as text for a reader or as JSON for a collector (`--log-format`,
//! `MILLSTREAM_LOG_FORMAT`). Either way a line carries its fields: topic, partition, peer and the like. While a server
//! runs, `kafka-configs --broker-logger` changes the levels.

mod json;
mod levels;
mod loggers;

use std::io::IsTerminal;
use std::sync::{Arc, OnceLock};

use clap::ValueEnum;
use millstream_broker::Loggers;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::error::CommandError;
use loggers::{ProcessLoggers, Seen};

/// The levels of what is written belong to the process, as its log does.
static LOGGERS: OnceLock<Arc<ProcessLoggers>> = OnceLock::new();

/// The variable that says how log lines look when no flag does.
const FORMAT: &str = "MILLSTREAM_LOG_FORMAT";

/// The variable that says what is logged.
const FILTER: &str = "MILLSTREAM_LOG";

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
    let given = std::env::var(FILTER).ok().and_then(|text| Some((EnvFilter::try_new(&text).ok()?, text)));
    let (filter, directives) = given.unwrap_or_else(|| (EnvFilter::new(default), default.to_owned()));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let seen = Seen::default();
    let loggers = match format {
        LogFormat::Text => {
            let lines = lines.with_ansi(std::io::stderr().is_terminal()).with_target(false);
            let lines = lines.with_filter_reloading();
            let handle = lines.reload_handle();
            lines.finish().with(seen.clone()).init();
            ProcessLoggers::new(&directives, seen, Box::new(move |filter| handle.reload(filter).is_ok()))
        }
        LogFormat::Json => {
            let lines = lines.with_ansi(false).event_format(json::JsonLines).with_filter_reloading();
            let handle = lines.reload_handle();
            lines.finish().with(seen.clone()).init();
            ProcessLoggers::new(&directives, seen, Box::new(move |filter| handle.reload(filter).is_ok()))
        }
    };
    // It is called once in a process.
    let _ = LOGGERS.set(Arc::new(loggers));
}

/// The loggers of this process, once logging was started.
pub fn process_loggers() -> Option<Arc<dyn Loggers>> {
    LOGGERS.get().map(|loggers| Arc::clone(loggers) as Arc<dyn Loggers>)
}
