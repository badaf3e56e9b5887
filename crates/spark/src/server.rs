//! The door itself: HTTP/2 on the given listeners, the services (Spark Connect, submit, RDDs and DStreams), the sweep
//! over idle sessions, the end.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{StreamExt, select_all};
use millstream_dstream::Rdds;
use millstream_engine::Engine;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;

use crate::Attached;
use crate::console::Consoles;
use crate::proto::connect::spark_connect_service_server::SparkConnectServiceServer;
use crate::proto::submit::submit_server::SubmitServer;
use crate::service::Service;
use crate::session::{Door, Sessions};
use crate::submit::SubmitService;

/// Bytes of one message from a client: a plan with its local data, or a chunk of an artifact.
const MAX_MESSAGE: usize = 80 << 20;
/// Calls that one connection may have open.
const MAX_STREAMS: u32 = 256;
const SWEEP_EVERY: Duration = Duration::from_secs(30);
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Serves Spark Connect, `millstream submit`, RDDs and DStreams on all `listeners` until `shutdown` is done; then stops
/// the sessions' operations and queries and returns. `attached` counts the terminals of `millstream submit`.
///
/// # Errors
/// The transport failed.
pub async fn serve(
    listeners: Vec<TcpListener>,
    engine: Arc<Engine>,
    attached: Attached,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), tonic::transport::Error> {
    let consoles = Arc::new(Consoles::new(attached));
    let address = listeners.first().and_then(|listener| listener.local_addr().ok());
    let sessions = Arc::new(Sessions::new(Door { engine, consoles: Arc::clone(&consoles), address }));
    let sweeper = tokio::spawn(sweep(Arc::clone(&sessions)));
    let incoming = select_all(listeners.into_iter().map(TcpListenerStream::new)).map(|socket| {
        // Small answers must not wait for each other; a socket that refuses is served all the same.
        socket.inspect(|socket| drop(socket.set_nodelay(true)))
    });
    let spark = SparkConnectServiceServer::new(Service { sessions: Arc::clone(&sessions) })
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(usize::MAX);
    let submit =
        SubmitServer::new(SubmitService { consoles: Arc::clone(&consoles), sessions: Arc::clone(&sessions) });
    let rdds = Rdds::new(std::env::temp_dir());
    let ended = {
        let (sessions, consoles, rdds) = (Arc::clone(&sessions), Arc::clone(&consoles), rdds.clone());
        async move {
            shutdown.await;
            rdds.end().await;
            end(&sessions, &consoles).await;
        }
    };
    let served = Server::builder()
        .max_concurrent_streams(MAX_STREAMS)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .add_service(spark)
        .add_service(submit)
        .add_service(rdds.service())
        .serve_with_incoming_shutdown(incoming, ended)
        .await;
    sweeper.abort();
    // Calls that came in while the others were ending.
    rdds.end().await;
    end(&sessions, &consoles).await;
    served
}

/// Ends all sessions: open response streams finish, so that the connections can close.
async fn end(sessions: &Sessions, consoles: &Consoles) {
    for session in sessions.drain() {
        sessions.close(&session).await;
    }
    consoles.detach_all();
}

async fn sweep(sessions: Arc<Sessions>) {
    let mut clock = tokio::time::interval(SWEEP_EVERY);
    loop {
        clock.tick().await;
        for session in sessions.sweep() {
            sessions.close(&session).await;
        }
    }
}
