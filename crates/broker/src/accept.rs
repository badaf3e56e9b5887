//! Accepting: each connection gets its seat, its place on the list, and its task.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

use crate::closing::Tie;
use crate::connection;
use crate::listener::ConnectionLimits;
use crate::shared::Shared;

/// How long to wait after the system has refused a connection, such as for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Accepts until the broker shuts down. Each connection holds a clone of the tie.
pub(crate) async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    limits: Arc<ConnectionLimits>,
    tie: Tie,
) {
    let mut closing = shared.closing.clone();
    loop {
        tokio::select! {
            () = closing.said() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => begin(stream, &shared, &limits, &tie),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                }
            }
        }
    }
}

fn begin(stream: TcpStream, shared: &Arc<Shared>, limits: &Arc<ConnectionLimits>, tie: &Tie) {
    // Either fails only for a connection that is gone again.
    let (Ok(peer), Ok(local)) = (stream.peer_addr(), stream.local_addr()) else { return };
    // One at least, so that who has set it can take it back.
    let total = shared.changed("max.connections", shared.config.max_connections).max(1);
    let per_address = shared.connections_from(peer.ip());
    let seat = match limits.admit(peer.ip(), (total, per_address)) {
        Ok(seat) => seat,
        Err(limit) => {
            shared.limit_hits.count(limit);
            tracing::warn!(%peer, "connection refused: {} is reached", limit.setting());
            return;
        }
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "TCP_NODELAY could not be set");
    }
    let listed = shared.connections.enter(peer, local, seat);
    let (shared, mut tie) = (Arc::clone(shared), tie.clone());
    tokio::spawn(async move {
        tokio::select! {
            () = connection::serve(stream, shared, Arc::clone(&listed.state)) => {}
            () = tie.cut.said() => {}
        }
        drop((listed, tie));
    });
}
