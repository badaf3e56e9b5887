//! What the tests share: an engine over topics in memory, and ears for the console.

use std::sync::{Arc, Mutex};

use millstream_engine::topics::{MemoryTopics, NewRow};
use millstream_engine::{ConsoleOut, Engine, EngineConfig, Session};

/// An engine with one session in UTC.
pub struct Rig {
    pub topics: Arc<MemoryTopics>,
    pub engine: Arc<Engine>,
    pub session: Arc<Session>,
    console: Arc<Mutex<String>>,
    _directory: Option<tempfile::TempDir>,
}

impl Rig {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let rig = Self::at(directory.path(), Arc::new(MemoryTopics::default()));
        Self { _directory: Some(directory), ..rig }
    }

    /// An engine on a directory that outlives it, as after a restart of the process.
    pub fn at(directory: &std::path::Path, topics: Arc<MemoryTopics>) -> Self {
        let console = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&console);
        let config = EngineConfig {
            directory: directory.to_owned(),
            topics: Arc::clone(&topics) as _,
            console: ConsoleOut::new(move |text| heard.lock().unwrap().push_str(text)),
        };
        let engine = Engine::new(config).unwrap();
        let session = engine.open_session("s", None).unwrap();
        session.set_conf("spark.sql.session.timeZone", "UTC").unwrap();
        Self { topics, engine, session, console, _directory: None }
    }

    /// What the console heard since the last call.
    pub fn heard(&self) -> String {
        std::mem::take(&mut *self.console.lock().unwrap())
    }

    /// Appends values to partition 0 of a topic.
    pub fn push(&self, topic: &str, values: &[&str]) {
        self.topics.create(topic, 1);
        for value in values {
            let row = NewRow { value: Some(value.as_bytes().to_vec().into()), ..NewRow::default() };
            self.topics.push(topic, 0, row, 1_700_000_000_000).unwrap();
        }
    }
}
