//! `kafka-server-stop`: stops the servers that `kafka-server-start` started.
//!
//! Unlike Kafka's own, it comes back when they have stopped, so that the next command finds their directory free.

use std::ffi::OsString;
use std::time::Duration;

use clap::Parser;
use tokio::time::{Instant, sleep};

use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::running_servers::servers;

/// How long a server may take to bring everything to disk.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Stop the servers that kafka-server-start started
#[derive(Debug, Parser)]
#[command(name = "kafka-server-stop", version)]
struct ServerStop {
    /// Only those of this role: every server here is broker and controller
    #[arg(long, value_name = "ROLE", value_parser = ["broker", "controller"])]
    process_role: Option<String>,
    /// Only the server of this node id
    #[arg(long, value_name = "ID")]
    node_id: Option<i32>,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let wanted: ServerStop = parse(arguments)?;
    let mut running = servers().map_err(|error| Failure::new(format!("the running servers: {error}")))?;
    running.retain(|server| wanted.node_id.is_none_or(|id| id == server.node_id));
    if running.is_empty() {
        return Err(Failure::with_way_out(
            "No kafka server to stop",
            "A server of `millstream start` stops with Ctrl-C in its terminal.",
        ));
    }
    for server in &running {
        remark(format!("Stopping the server of {} (process {})", server.log_dir, server.process));
        server.stop().map_err(|error| Failure::new(format!("process {}: {error}", server.process)))?;
    }
    let deadline = Instant::now() + PATIENCE;
    while let Some(server) = running.iter().find(|server| server.is_running()) {
        if Instant::now() >= deadline {
            let (process, waited) = (server.process, PATIENCE.as_secs());
            return Err(Failure::new(format!("process {process} has not stopped within {waited} s")));
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(())
}
