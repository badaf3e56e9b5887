//! Listening for the Spark door and the page, as the Kafka door does: both loopback families on one port.
//!
//! Anything beyond loopback is what the user asked for, to the letter, and is said loudly.

use crate::error::CommandError;
use millstream_broker::{ListenAddress, SocketOptions, StartError};
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The listeners of one door.
#[derive(Debug)]
pub struct Listening {
    /// One listener for each address family that could be had.
    pub listeners: Vec<TcpListener>,
    /// The address that users are told.
    pub address: SocketAddr,
}

/// Listens for the flag `flag` (such as `--console`). Port 0 takes a free one, the same for both families.
pub async fn bind(flag: &str, host: &str, port: u16) -> Result<Listening, CommandError> {
    let asked = ListenAddress::new(host, port);
    let listeners = millstream_broker::bind(&asked, SocketOptions::OF_THE_SYSTEM).await;
    let listeners = listeners.map_err(|error| refusal(flag, &error))?;
    let address = listeners.first().and_then(|listener| listener.local_addr().ok());
    let address = address.ok_or_else(|| CommandError::failed(format!("{flag} {host}:{port}: no address")))?;
    warn_beyond_loopback(flag, address);
    Ok(Listening { listeners, address })
}

/// Says loudly when a door is open to other machines.
pub fn warn_beyond_loopback(flag: &str, address: SocketAddr) {
    if !address.ip().is_loopback() {
        tracing::warn!("{flag} listens on {address}, beyond this machine, and asks nobody who they are");
    }
}

/// The reason, with the flag that leads out.
pub fn refusal(flag: &str, error: &StartError) -> CommandError {
    let key = match flag {
        "--kafka" => "listeners",
        "--spark" => "millstream.spark.listener",
        _ => "millstream.console.listener",
    };
    CommandError::with_way_out(
        error.to_string(),
        format!("the flag for that is {flag} HOST:PORT, or {flag} off; in a server.properties it is {key}"),
    )
}
