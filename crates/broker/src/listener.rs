//! Listening: both loopback families on one port, and how many connections may be open.
//!
//! `localhost` resolves to 127.0.0.1 or ::1, depending on the client, so loopback means both. A machine without IPv6
//! goes on with IPv4 alone.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

use crate::config::{ListenAddress, SocketOptions};
use crate::error::StartError;
use crate::limits::Limit;

/// Free ports tried until one is free in both families.
const PORT_ATTEMPTS: u32 = 16;

/// Listens on what the address stands for. The first listener's port is everybody's port.
///
/// # Errors
/// [`StartError::AddressTaken`] and [`StartError::AddressUnusable`].
pub async fn bind(address: &ListenAddress, options: SocketOptions) -> Result<Vec<TcpListener>, StartError> {
    let refused = |source: io::Error| {
        let address = shown(address);
        if source.kind() == io::ErrorKind::AddrInUse {
            StartError::AddressTaken { address }
        } else {
            StartError::AddressUnusable { address, source }
        }
    };
    if address.is_loopback() {
        return bind_loopback(address.port, options).map_err(refused);
    }
    let found = tokio::net::lookup_host((address.host.as_str(), address.port)).await.map_err(refused)?;
    let Some(first) = found.into_iter().next() else {
        return Err(refused(io::Error::other("the host name has no address")));
    };
    Ok(vec![listen(first, options).map_err(refused)?])
}

/// Both loopback families on one port; with port 0, on a port that is free in both.
fn bind_loopback(port: u16, options: SocketOptions) -> io::Result<Vec<TcpListener>> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let v4 = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), options)?;
        let chosen = v4.local_addr()?.port();
        match listen(SocketAddr::from((Ipv6Addr::LOCALHOST, chosen)), options) {
            Ok(v6) => return Ok(vec![v4, v6]),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                if port != 0 || attempt == PORT_ATTEMPTS {
                    return Err(error);
                }
            }
            Err(error) => {
                tracing::info!(%error, "no IPv6 loopback on this machine; the Kafka door listens on 127.0.0.1 only");
                return Ok(vec![v4]);
            }
        }
    }
}

fn listen(address: SocketAddr, options: SocketOptions) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    if address.is_ipv6() {
        // Each family has its own socket; a dual-stack one would collide with the IPv4 listener.
        socket.set_only_v6(address.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED))?;
    }
    // Before listening: what is accepted inherits them.
    if let Ok(bytes) = usize::try_from(options.receive_buffer) {
        socket.set_recv_buffer_size(bytes)?;
    }
    if let Ok(bytes) = usize::try_from(options.send_buffer) {
        socket.set_send_buffer_size(bytes)?;
    }
    socket.bind(&address.into())?;
    socket.listen(options.backlog)?;
    TcpListener::from_std(socket.into())
}

fn shown(address: &ListenAddress) -> String {
    if address.host.contains(':') {
        format!("[{}]:{}", address.host, address.port)
    } else {
        format!("{}:{}", address.host, address.port)
    }
}

/// `max.connections.per.ip.overrides`: counts of connections by address; `None` when the text is not of that form.
pub(crate) fn overrides(text: &str) -> Option<HashMap<IpAddr, usize>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let one = |part: &str| {
        let (address, count) = part.rsplit_once(':')?;
        let address = address.trim().trim_start_matches('[').trim_end_matches(']');
        Some((address.parse().ok()?, count.trim().parse().ok()?))
    };
    parts.map(one).collect()
}

/// `max.connections` and `max.connections.per.ip`.
#[derive(Debug, Default)]
pub(crate) struct ConnectionLimits {
    open: Mutex<OpenConnections>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place among the open connections; dropping it frees the place.
#[derive(Debug)]
pub(crate) struct Seat {
    limits: Arc<ConnectionLimits>,
    address: IpAddr,
}

impl ConnectionLimits {
    /// A seat for a client at `address`, or which of the limits, in total and for an address, is hit.
    pub(crate) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        (total, per_address): (usize, usize),
    ) -> Result<Seat, Limit> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.all >= total {
            return Err(Limit::Connections);
        }
        let here = open.by_address.entry(address).or_default();
        if *here >= per_address {
            return Err(Limit::ConnectionsPerAddress);
        }
        *here += 1;
        open.all += 1;
        Ok(Seat { limits: Arc::clone(self), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.limits.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.all = open.all.saturating_sub(1);
        if let Entry::Occupied(mut here) = open.by_address.entry(self.address) {
            *here.get_mut() = here.get().saturating_sub(1);
            if *here.get() == 0 {
                here.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn port_zero_takes_one_port_in_both_families() {
        let listeners = bind(&ListenAddress::new("localhost", 0), SocketOptions::default()).await.unwrap();
        let ports: Vec<u16> = listeners.iter().map(|l| l.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0] && *port != 0), "{ports:?}");
    }

    #[tokio::test]
    async fn a_taken_port_is_named() {
        let first = bind(&ListenAddress::new("127.0.0.1", 0), SocketOptions::default()).await.unwrap();
        let port = first[0].local_addr().unwrap().port();
        let error = bind(&ListenAddress::new("localhost", port), SocketOptions::default()).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "localhost:{port} is taken by another program: stop it, or choose another port (0 takes a free one)"
            )
        );
    }

    #[tokio::test]
    async fn a_connection_inherits_the_buffers() {
        let small = SocketOptions { send_buffer: 8192, receive_buffer: 16_384, backlog: 1 };
        let listeners = bind(&ListenAddress::new("127.0.0.1", 0), small).await.unwrap();
        let _client = std::net::TcpStream::connect(listeners[0].local_addr().unwrap()).unwrap();
        let (accepted, _) = listeners[0].accept().await.unwrap();
        let socket = socket2::SockRef::from(&accepted);
        // Linux gives twice of what is asked for: half is its own.
        let sizes = (socket.send_buffer_size().unwrap(), socket.recv_buffer_size().unwrap());
        assert!(matches!(sizes, (8192 | 16_384, 16_384 | 32_768)), "{sizes:?}");
    }

    #[test]
    fn overrides_are_addresses_and_counts() {
        let of = |text: &str| overrides(text).map(|found| found.len());
        assert_eq!(overrides("127.0.0.1:7").unwrap().get(&IpAddr::from([127, 0, 0, 1])), Some(&7));
        assert_eq!([of(""), of("127.0.0.1:7, ::1:8"), of("[::1]:8,")], [Some(0), Some(2), Some(1)]);
        assert_eq!([of("somewhere:7"), of("127.0.0.1"), of("127.0.0.1:-1")], [None, None, None]);
    }

    #[test]
    fn seats_are_counted_and_given_back() {
        let limits = Arc::new(ConnectionLimits::default());
        let (one, two) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let first = limits.admit(one, (3, 2)).unwrap();
        let _second = limits.admit(one, (3, 2)).unwrap();
        assert_eq!(limits.admit(one, (3, 2)).unwrap_err(), Limit::ConnectionsPerAddress);
        let _third = limits.admit(two, (3, 2)).unwrap();
        assert_eq!(limits.admit(two, (3, 2)).unwrap_err(), Limit::Connections);
        limits.admit(two, (4, 2)).unwrap();
        drop(first);
        limits.admit(one, (3, 2)).unwrap();
    }
}
