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

pub mod model;

pub use model::{Model, ModelError};

use std::{future::Future, io, sync::Arc};

use tokio::net::TcpListener;

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
    _listeners: Vec<TcpListener>,
    _model: Arc<dyn Model>,
    _options: Options,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    shutdown.await;
    Ok(())
}
