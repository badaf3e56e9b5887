//! Where the data lies: `--data-dir`, or the place that the XDG base directory specification gives.
//!
//! `DATA/kafka` is Apache Kafka's own log directory and holds nothing else; `DATA/engine` holds checkpoints and state
//! of queries that were not told where to keep theirs.

use crate::error::CommandError;
use std::path::{Path, PathBuf};

/// The data directory of this server.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

impl DataDir {
    /// The directory that was asked for, or `$XDG_DATA_HOME/millstream`, or `~/.local/share/millstream`.
    pub fn resolve(asked: Option<&Path>) -> Result<Self, CommandError> {
        if let Some(asked) = asked {
            return std::path::absolute(asked)
                .map(Self)
                .map_err(|error| CommandError::usage(format!("--data-dir '{}': {error}", asked.display())));
        }
        let absolute =
            |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home =
            absolute("XDG_DATA_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/share")));
        home.map(|home| Self(home.join("millstream"))).ok_or_else(|| {
            CommandError::usage(
                "no data directory: neither XDG_DATA_HOME nor HOME is set; give --data-dir DIR",
            )
        })
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Apache Kafka's log directory.
    pub fn kafka(&self) -> PathBuf {
        self.0.join("kafka")
    }

    /// What the engine keeps.
    pub fn engine(&self) -> PathBuf {
        self.0.join("engine")
    }
}
