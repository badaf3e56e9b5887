//! Where the data lies: `--data-dir`, or the place that the XDG base directory specification gives.
//!
//! `DATA/kafka` is Apache Kafka's own log directory and holds nothing else; `DATA/engine` holds checkpoints and state
//! of queries that were not told where to keep theirs. A server of `kafka-server-start` has Kafka's directory where
//! `server.properties` says, and the engine's beside it.

use crate::error::CommandError;
use std::path::{Path, PathBuf};

/// The data directory of this server.
#[derive(Debug, Clone)]
pub struct DataDir {
    path: PathBuf,
    kafka: PathBuf,
    engine: PathBuf,
}

impl DataDir {
    /// The directory that was asked for, or `$XDG_DATA_HOME/millstream`, or `~/.local/share/millstream`.
    pub fn resolve(asked: Option<&Path>) -> Result<Self, CommandError> {
        if let Some(asked) = asked {
            return std::path::absolute(asked)
                .map(Self::holding_both)
                .map_err(|error| CommandError::usage(format!("--data-dir '{}': {error}", asked.display())));
        }
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home =
            absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
        home.map(|home| Self::holding_both(home.join("millstream"))).ok_or_else(|| {
            CommandError::usage(
                "no data directory: neither XDG_DATA_HOME nor HOME is set; give --data-dir DIR",
            )
        })
    }

    /// Apache Kafka's log directory as `server.properties` names it, and the engine's beside it.
    pub fn beside(kafka: PathBuf, engine: PathBuf) -> Self {
        Self { path: kafka.clone(), kafka, engine }
    }

    fn holding_both(path: PathBuf) -> Self {
        Self { kafka: path.join("kafka"), engine: path.join("engine"), path }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Apache Kafka's log directory.
    pub fn kafka(&self) -> PathBuf {
        self.kafka.clone()
    }

    /// What the engine keeps.
    pub fn engine(&self) -> PathBuf {
        self.engine.clone()
    }
}
