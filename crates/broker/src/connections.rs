//! The open connections: what each has said of itself, for the page and for requests that need it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use millstream_wire::ApiKey;

use crate::activity::ConnectionView;
use crate::flows::Flows;
use crate::listener::Seat;
use crate::partition::now_ms;
use crate::turns::Turns;

/// Longest `client.id` and software name kept, in bytes; more is cut off.
const NAME_MAX: usize = 128;

/// No request has come.
const NO_API: u32 = u32::MAX;

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
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    /// API key and version of the last request, [`NO_API`] before it.
    api: AtomicU32,
    /// When it came, in ms since 1970; 0 before it.
    last_ms: AtomicI64,
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

    /// Counts a request of `bytes` that comes now.
    pub(crate) fn count_request(&self, bytes: usize) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes_in.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
        self.last_ms.store(now_ms(), Ordering::Relaxed);
    }

    /// Counts an answer of `bytes`.
    pub(crate) fn count_answer(&self, bytes: usize) {
        self.bytes_out.fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
    }

    /// Remembers which API the last request is of.
    pub(crate) fn set_api(&self, key: ApiKey, version: i16) {
        let [a, b] = key.code().to_be_bytes();
        let [c, d] = version.to_be_bytes();
        self.api.store(u32::from_be_bytes([a, b, c, d]), Ordering::Relaxed);
    }

    fn api(&self) -> Option<(ApiKey, i16)> {
        let api = self.api.load(Ordering::Relaxed);
        let [a, b, c, d] = api.to_be_bytes();
        let key = ApiKey::from_code(i16::from_be_bytes([a, b])).filter(|_| api != NO_API)?;
        Some((key, i16::from_be_bytes([c, d])))
    }

    fn last(&self) -> SystemTime {
        let last = u64::try_from(self.last_ms.load(Ordering::Relaxed)).unwrap_or(0);
        (UNIX_EPOCH + Duration::from_millis(last)).max(self.since)
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn view(&self) -> ConnectionView {
        let said = self.said().clone();
        ConnectionView {
            id: self.id,
            peer: self.peer,
            local: self.local,
            client_id: said.client_id.to_string(),
            software_name: said.software_name,
            software_version: said.software_version,
            since: self.since,
            last: self.last(),
            requests: self.requests.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            api: self.api(),
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
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            api: AtomicU32::new(NO_API),
            last_ms: AtomicI64::new(0),
            flows: Flows::default(),
            turns: Turns::default(),
            said: Mutex::default(),
            _seat: seat,
        });
        self.open().insert(state.id, Arc::clone(&state));
        Listed { state, connections: Arc::clone(self) }
    }

    /// How many there have been since the start.
    pub(crate) fn opened(&self) -> u64 {
        self.next_id.load(Ordering::Relaxed)
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
