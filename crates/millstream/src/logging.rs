//! Log lines: to stderr, levels by `MILLSTREAM_LOG` (the `tracing` filter notation, for instance
//! `info,millstream_broker=debug`).

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts logging. A server tells what it does (`info`); the other commands speak only when something is wrong.
/// The RabbitMQ library is silent: it logs whole messages, and its errors are told by who runs into them.
pub fn start(is_server: bool) {
    let default = if is_server { "info,datafusion=warn,lapin=off" } else { "warn,lapin=off" };
    let filter = EnvFilter::try_from_env("MILLSTREAM_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
