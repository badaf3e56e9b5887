//! The browser's door: HTTP, server-sent events, the embedded page.
//!
//! [`serve`] answers on listeners that the binary has bound. What it shows it asks of a [`Model`], a trait defined
//! here and implemented by the binary, so that this crate knows neither the broker nor the engine. The page itself is
//! `web/` at the root of the repository, embedded; the JSON it lives on is described in `web/API.md`.
//!
//! Invariants:
//! - read-only, but for stopping a query, which only a page of this same origin may ask for;
//! - a request whose `Host` is a name other than `localhost` is refused (DNS rebinding), as is one sent by the page
//!   of another site;
//! - memory is bounded by the number of connections times a constant: nothing queues up for a slow reader.

mod api;
mod assets;
mod cell;
mod error;
mod events;
mod guard;
mod health;
mod listen;
mod meter;
pub mod model;
mod rate;
mod view;

pub use model::{Model, ModelError};

use std::{future::Future, io, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{guard::Names, listen::Limited};

/// Open requests get this long to end when the server stops.
const FAREWELL: Duration = Duration::from_secs(1);

/// What can be set about the page's server.
#[derive(Debug, Clone)]
pub struct Options {
    /// Names beside `localhost` and IP addresses that a browser may call this server by (the `Host` header).
    pub host_names: Vec<String>,
    /// Open connections at one time; more are closed at once. A page uses one for its events and a few for loading.
    pub max_connections: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { host_names: Vec::new(), max_connections: 128 }
    }
}

/// Serves the page on all `listeners` until `shutdown` is done, then closes every connection.
///
/// # Errors
/// When a listener fails for good.
pub async fn serve(
    listeners: Vec<TcpListener>,
    model: Arc<dyn Model>,
    options: Options,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopped) = watch::channel(false);
    let frames = meter::start(Arc::clone(&model), stopped.clone());
    let router = api::router(model, frames, Names::new(&options.host_names));
    let places = Arc::new(Semaphore::new(options.max_connections));
    let mut servers = JoinSet::new();
    for listener in listeners {
        let listener = Limited { listener, places: Arc::clone(&places) };
        let mut stopped = stopped.clone();
        let until = async move {
            // An error means that the sender is gone: the same.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let server = axum::serve(listener, router.clone()).with_graceful_shutdown(until);
        servers.spawn(server.into_future());
    }
    let ended = tokio::select! {
        () = shutdown => Ok(()),
        Some(ended) = servers.join_next() => ended.map_err(io::Error::other).and_then(|served| served),
    };
    // The meter stops first: the event streams end with it, and then their connections.
    let _ = stop.send(true);
    let _ = tokio::time::timeout(FAREWELL, async { while servers.join_next().await.is_some() {} }).await;
    ended
}
