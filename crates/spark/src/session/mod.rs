//! What one program has on the server: configuration, running operations, recent errors, its engine session.

mod conf;
mod functions;
mod operation;
mod operations;
mod registry;
mod relations;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use millstream_engine as engine;
use uuid::Uuid;

pub(crate) use conf::Conf;
pub(crate) use functions::Functions;
pub(crate) use operation::{Operation, ResponseStream};
pub(crate) use operations::Operations;
pub(crate) use registry::{Door, Sessions};
pub(crate) use relations::Relations;

use crate::Program;
use crate::error::{ErrorStore, Kind, Result, SparkError};
use crate::stream::{Queries, Starts};

/// A session. Its id is the client's; `server_side_id` tells the client that it still talks to the same one.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) server_side_id: String,
    pub(crate) operations: Operations,
    pub(crate) errors: ErrorStore,
    pub(crate) queries: Queries,
    /// Starts of queries that its client is still told of.
    pub(crate) starts: Starts,
    /// Views, tables, queries: the engine's half.
    pub(crate) engine: Arc<engine::Session>,
    /// What `millstream submit` said about the program, if it was started that way.
    pub(crate) program: Option<Arc<Program>>,
    /// Its Python functions.
    pub(crate) functions: Functions,
    /// How often its streams of events were ended.
    pub(crate) listeners: tokio::sync::watch::Sender<u64>,
    /// Rows that the server keeps for it.
    pub(crate) relations: Relations,
    /// Where the text of its queries and workers goes.
    pub(crate) console: engine::ConsoleOut,
    user: String,
    door: Option<std::net::SocketAddr>,
    conf: Mutex<Conf>,
    last_used: Mutex<Instant>,
}

impl Session {
    /// Opens a session in the engine; its console text goes to the terminal that is attached to the id.
    fn open(user: &str, id: &str, door: &Door) -> Result<Self> {
        let console = door.consoles.output_of(id);
        let engine = door.engine.open_session(id, Some(console.clone()))?;
        let program = door.consoles.program_of(id);
        if let Some(program) = &program {
            engine.set_directory(program.directory.clone());
        }
        let mut conf = Conf::new(engine.time_zone());
        for (key, value) in program.iter().flat_map(|program| &program.conf) {
            conf.preset(key, value)?;
            engine.set_conf(key, value)?;
        }
        Ok(Self {
            id: id.to_owned(),
            server_side_id: Uuid::new_v4().to_string(),
            operations: Operations::default(),
            errors: ErrorStore::default(),
            queries: Queries::default(),
            starts: Starts::default(),
            engine,
            program,
            functions: Functions::default(),
            listeners: Default::default(),
            relations: Relations::default(),
            console,
            user: user.to_owned(),
            door: door.address,
            conf: Mutex::new(conf),
            last_used: Mutex::new(Instant::now()),
        })
    }

    /// The configuration; hold it briefly.
    pub(crate) fn conf(&self) -> MutexGuard<'_, Conf> {
        self.conf.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a worker on this machine finds this server as this user.
    pub(crate) fn url(&self) -> Result<String> {
        let address = self
            .door
            .ok_or_else(|| SparkError::plain(Kind::Spark, "The server does not know its own address."))?;
        let host = match address.ip() {
            ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        };
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        let user: String = self
            .user
            .bytes()
            .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
            .collect();
        let user = if user.is_empty() { user } else { format!(";user_id={user}") };
        Ok(format!("sc://{host}:{}/{user}", address.port()))
    }

    fn touch(&self) {
        *self.last_used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether nothing has been asked or has run for that long.
    fn is_idle(&self, limit: Duration) -> bool {
        let last = *self.last_used.lock().unwrap_or_else(PoisonError::into_inner);
        last.elapsed() > limit && self.operations.is_empty() && self.engine.active().is_empty()
    }
}
