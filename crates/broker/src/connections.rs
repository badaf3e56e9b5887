//! The open connections: what each has said of itself, for the page and for requests that need it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::activity::ConnectionView;
use crate::flows::Flows;
use crate::listener::Seat;
use crate::turns::Turns;

/// Longest `client.id` and software name kept, in bytes; more is cut off.
const NAME_MAX: usize = 128;

/// One connection, shared by its task and by whoever lists connections.
#[derive(Debug)]
pub(crate) struct ConnectionState {
    id: u64,
    /// The client's address.
    pub(crate) peer: SocketAddr,
    /// Our address, as the client has dialled it.
    pub(crate) local: SocketAddr,
    since: SystemTime,
    requests: AtomicU64,
    /// What it has written and read.
    pub(crate) flows: Flows,
    /// The order of its Produce requests.
    pub(crate) turns: Turns,
    said: Mutex<Said>,
    _seat: Seat,
}

#[derive(Debug, Default, Clone)]
struct Said {
    client_id: Arc<str>,
    software_name: String,
    software_version: String,
    group: Option<String>,
}

impl ConnectionState {
    /// The last request's `client.id`.
    pub(crate) fn client_id(&self) -> Arc<str> {
        Arc::clone(&self.said().client_id)
    }

    /// Remembers a request's `client.id`; allocates only when it has changed.
    pub(crate) fn set_client_id(&self, client_id: &str) {
        let client_id = shortened(client_id);
        let mut said = self.said();
        if *said.client_id != *client_id {
            said.client_id = client_id.into();
        }
    }

    /// Remembers the client library (ApiVersions 3 and later).
    pub(crate) fn set_software(&self, name: &str, version: &str) {
        let mut said = self.said();
        said.software_name = shortened(name).to_owned();
        said.software_version = shortened(version).to_owned();
    }

    /// Remembers the group that it joins.
    pub(crate) fn set_group(&self, group: &str) {
        self.said().group = Some(shortened(group).to_owned());
    }

    pub(crate) fn count_request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> ConnectionView {
        let said = self.said().clone();
        ConnectionView {
            id: self.id,
            peer: self.peer,
            client_id: said.client_id.to_string(),
            software_name: said.software_name,
            software_version: said.software_version,
            since: self.since,
            requests: self.requests.load(Ordering::Relaxed),
            group: said.group,
            writes: self.flows.writes(),
            reads: self.flows.reads(),
        }
    }
}

fn shortened(name: &str) -> &str {
    name.get(..name.floor_char_boundary(NAME_MAX)).unwrap_or_default()
}

/// Every open connection.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    next_id: AtomicU64,
    open: Mutex<BTreeMap<u64, Arc<ConnectionState>>>,
}

/// Keeps a connection listed; dropping it takes the connection off the list.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) state: Arc<ConnectionState>,
    connections: Arc<Connections>,
}

impl Connections {
    /// Lists a new connection.
    pub(crate) fn enter(self: &Arc<Self>, peer: SocketAddr, local: SocketAddr, seat: Seat) -> Listed {
        let state = Arc::new(ConnectionState {
            id: self.next_id.fetch_add(1, Ordering::Relaxed) + 1,
            peer,
            local,
            since: SystemTime::now(),
            requests: AtomicU64::new(0),
            flows: Flows::default(),
            turns: Turns::default(),
            said: Mutex::default(),
            _seat: seat,
        });
        self.open().insert(state.id, Arc::clone(&state));
        Listed { state, connections: Arc::clone(self) }
    }

    /// All of them, oldest first.
    pub(crate) fn views(&self) -> Vec<ConnectionView> {
        self.open().values().map(|state| state.view()).collect()
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<ConnectionState>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.connections.open().remove(&self.state.id);
    }
}
