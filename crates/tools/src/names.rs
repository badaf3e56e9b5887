//! The names of the commands, as books and people write them.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::{server_stop, zookeeper};

/// A command of Apache Kafka that this crate runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `kafka-server-stop`.
    ServerStop,
    /// `zookeeper-server-start` of books before Kafka 4.0.
    ZookeeperServerStart,
}

/// Every name and its command.
const TOOLS: &[(&str, Tool)] =
    &[("kafka-server-stop", Tool::ServerStop), ("zookeeper-server-start", Tool::ZookeeperServerStart)];

/// The names that `install-names` links to the binary, each with and without `.sh`: the commands of this crate, and
/// those that the binary itself answers to.
pub const INSTALLED_NAMES: &[&str] = &[
    "kafka-configs",
    "kafka-console-consumer",
    "kafka-console-producer",
    "kafka-consumer-groups",
    "kafka-get-offsets",
    "kafka-metadata-quorum",
    "kafka-server-start",
    "kafka-server-stop",
    "kafka-storage",
    "kafka-topics",
    "pyspark",
    "spark-sql",
    "spark-submit",
    "zookeeper-server-start",
];

impl Tool {
    /// The command of this name, with or without `.sh`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_suffix(".sh").unwrap_or(name);
        TOOLS.iter().find(|(known, _)| *known == name).map(|(_, tool)| *tool)
    }

    /// Runs the command to its end. `arguments` are those behind the name.
    pub async fn run(self, arguments: Vec<OsString>) -> ExitCode {
        let outcome = match self {
            Self::ServerStop => server_stop::run(arguments).await,
            Self::ZookeeperServerStart => zookeeper::run(),
        };
        outcome.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_end_in_sh() {
        assert_eq!(Tool::named("kafka-server-stop"), Some(Tool::ServerStop));
        assert_eq!(Tool::named("kafka-server-stop.sh"), Some(Tool::ServerStop));
        assert_eq!(Tool::named("start"), None);
    }

    #[test]
    fn names_are_installed_once() {
        assert!(INSTALLED_NAMES.is_sorted());
        for (name, _) in TOOLS {
            assert!(INSTALLED_NAMES.contains(name), "{name} is not installed");
        }
    }
}
