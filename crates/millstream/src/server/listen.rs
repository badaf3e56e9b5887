//! Listening for the Spark door and the page: on loopback, both families on one port.
//!
//! `localhost` resolves to 127.0.0.1 or ::1, depending on the program that asks, so a loopback address means both.
//! Anything beyond loopback is what the user asked for, to the letter, and is said loudly.

use crate::error::CommandError;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::{TcpListener, lookup_host};

/// The listeners of one door; the first one's address is the one to print.
#[derive(Debug)]
pub struct Listening {
    /// One listener for each address family that could be had.
    pub listeners: Vec<TcpListener>,
    /// The address that users are told.
    pub address: SocketAddr,
}

/// Binds `host:port` for the flag `flag` (such as `--console`). Port 0 takes a free one, the same for both families.
pub async fn bind(flag: &str, host: &str, port: u16) -> Result<Listening, CommandError> {
    let refused = |error: &io::Error| refusal(flag, host, port, error);
    if !is_loopback(host) {
        let found = lookup_host((host, port)).await.map_err(|error| refused(&error))?.next();
        let address = found.ok_or_else(|| refused(&io::ErrorKind::NotFound.into()))?;
        let listener = TcpListener::bind(address).await.map_err(|error| refused(&error))?;
        let address = listener.local_addr().map_err(|error| refused(&error))?;
        tracing::warn!("{flag} listens on {address}, beyond this machine, and asks nobody who they are");
        return Ok(Listening { listeners: vec![listener], address });
    }
    let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| refused(&error))?;
    let address = v4.local_addr().map_err(|error| refused(&error))?;
    let mut listeners = vec![v4];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await {
        Ok(v6) => listeners.push(v6),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && port != 0 => return Err(refused(&error)),
        Err(error) => tracing::info!("{flag} listens on IPv4 only: [::1]:{} {error}", address.port()),
    }
    Ok(Listening { listeners, address })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn refusal(flag: &str, host: &str, port: u16, error: &io::Error) -> CommandError {
    let (what, way_out) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            format!("{flag} {host}:{port}: another program listens there"),
            format!("stop it, or give {flag} another port (0 takes a free one, off closes this door)"),
        ),
        _ => (
            format!("{flag} {host}:{port}: cannot listen there: {error}"),
            format!("give {flag} an address of this machine, such as 127.0.0.1:{port}"),
        ),
    };
    CommandError::with_way_out(what, way_out)
}
