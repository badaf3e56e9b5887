//! What one program has on the server: configuration, running operations, recent errors, its engine session.

mod conf;
mod operation;
mod operations;
mod registry;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use millstream_engine as engine;
use uuid::Uuid;

pub(crate) use conf::Conf;
pub(crate) use operation::{Operation, ResponseStream};
pub(crate) use operations::Operations;
pub(crate) use registry::Sessions;

use crate::Program;
use crate::console::Consoles;
use crate::error::{ErrorStore, Result};
use crate::stream::Queries;

/// A session. Its id is the client's; `server_side_id` tells the client that it still talks to the same one.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) server_side_id: String,
    pub(crate) operations: Operations,
    pub(crate) errors: ErrorStore,
    pub(crate) queries: Queries,
    /// Views, tables, queries: the engine's half.
    pub(crate) engine: Arc<engine::Session>,
    /// What `millstream submit` said about the program, if it was started that way.
    pub(crate) program: Option<Arc<Program>>,
    conf: Mutex<Conf>,
    last_used: Mutex<Instant>,
}

impl Session {
    /// Opens a session in the engine; its console text goes to the terminal that is attached to the id.
    fn open(id: &str, engine: &Arc<engine::Engine>, consoles: &Arc<Consoles>) -> Result<Self> {
        let engine = engine.open_session(id, Some(consoles.output_of(id)))?;
        let program = consoles.program_of(id);
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
            engine,
            program,
            conf: Mutex::new(conf),
            last_used: Mutex::new(Instant::now()),
        })
    }

    /// The configuration; hold it briefly.
    pub(crate) fn conf(&self) -> MutexGuard<'_, Conf> {
        self.conf.lock().unwrap_or_else(PoisonError::into_inner)
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
