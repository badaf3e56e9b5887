//! `server.properties`, Kafka's own file, read as what it means here.
//!
//! Every key of Kafka 4.3 and of the versions before is known. What this crate itself understands (the directory, the
//! doors, the node) becomes a field; every other known key is handed on as a broker setting, and the binary says which
//! of them the broker takes. A key is refused only where going on without it would leave the user less safe than the
//! file says: encryption, authentication, authorization, policies, a quorum of several.

mod environment;
mod keys;
mod listeners;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use millstream_cluster::config::asks_for;
use millstream_cluster::parse_properties;

use crate::bounded_file::{ReadError, read_text};

pub use environment::settings_of_environment;
use keys::Key;
use listeners::broker_listener;

/// Where Kafka 4.3's sample files listen for PySpark programs here.
const SPARK_DEFAULT: &str = "127.0.0.1:15002";
/// Where browsers knock.
const CONSOLE_DEFAULT: &str = "127.0.0.1:8080";
/// Kafka's directory when the file names none.
const LOG_DIR_DEFAULT: &str = "/tmp/kafka-logs";
/// The longest file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// A door's address (host without brackets, port), or none when it is closed.
pub type DoorAt = Option<(String, u16)>;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProperties {
    /// `log.dirs`: Kafka's own directory.
    pub log_dir: PathBuf,
    /// Is `log.dirs` there at all? If not, [`Self::log_dir`] is Kafka's default.
    pub names_log_dir: bool,
    /// Is `listeners` there at all?
    pub names_listener: bool,
    /// `node.id`, or `broker.id` in files of older versions.
    pub node_id: i32,
    /// Does `controller.quorum.voters` name the quorum? Otherwise the directory does.
    pub names_voters: bool,
    /// Where Kafka clients knock: the broker's listener.
    pub kafka: DoorAt,
    /// `millstream.spark.listener`: where PySpark programs knock.
    pub spark: DoorAt,
    /// `millstream.console.listener`: where browsers knock.
    pub console: DoorAt,
    /// Broker settings by Kafka's names, for the broker to take or not.
    pub settings: Vec<(String, String)>,
    /// What the user should hear about keys that mean something else here, a sentence each.
    pub remarks: Vec<String>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PropertiesError {
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no properties file.
    #[error("{}: {reason}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A value does not fit.
    #[error("{key}={value}: {reason}")]
    Value {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What would be right.
        reason: String,
    },
    /// Going on without it would be less safe than what the file asks for.
    #[error("{key}={value} asks for {what}, which this server does not have; it does not start without it")]
    Unsafe {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// What it asks for.
        what: &'static str,
    },
}

impl ServerProperties {
    /// Reads a file; `overrides` (of `--override`) stand above it.
    ///
    /// # Errors
    /// When the file cannot be read, a value does not fit, or a key must not be ignored.
    pub fn read(path: &Path, overrides: &[(String, String)]) -> Result<Self, PropertiesError> {
        let mut pairs = Self::pairs_of(path)?;
        pairs.extend_from_slice(overrides);
        Self::from_pairs(pairs)
    }

    /// As [`Self::read`], perhaps without a file, and with settings of the environment between the two.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn gather(
        path: Option<&Path>,
        environment: &[(String, String)],
        overrides: &[(String, String)],
    ) -> Result<Self, PropertiesError> {
        let mut pairs = path.map(Self::pairs_of).transpose()?.unwrap_or_default();
        pairs.extend_from_slice(environment);
        pairs.extend_from_slice(overrides);
        Self::from_pairs(pairs)
    }

    fn pairs_of(path: &Path) -> Result<Vec<(String, String)>, PropertiesError> {
        let format = |reason| PropertiesError::Format { path: path.to_owned(), reason };
        let text = read_text(path, MAX_FILE).map_err(|error| match error {
            ReadError::Io(source) => PropertiesError::Io { path: path.to_owned(), source },
            other => format(other.to_string()),
        })?;
        parse_properties(&text).map_err(format)
    }

    fn from_pairs(pairs: Vec<(String, String)>) -> Result<Self, PropertiesError> {
        let file = File(pairs.into_iter().map(|(key, value)| (key, value.trim().to_owned())).collect());
        let mut remarks = Vec::new();
        file.check_roles()?;
        file.check_quorum()?;
        let listener = broker_listener(&file, &mut remarks)?;
        let mut settings: Vec<_> = listener.advertised.into_iter().collect();
        let (mut unknown, mut zookeeper) = (Vec::new(), Vec::new());
        for (key, value) in &file.0 {
            if let Some(what) = asks_for(key, value) {
                return Err(PropertiesError::Unsafe { key: key.clone(), value: value.clone(), what });
            }
            match keys::of(key) {
                Key::Read => {}
                Key::Broker => settings.push((key.clone(), value.clone())),
                Key::ZooKeeper => zookeeper.push(key.as_str()),
                Key::Unknown => unknown.push(key.as_str()),
            }
        }
        if !zookeeper.is_empty() {
            let keys = zookeeper.join(", ");
            remarks.push(format!(
                "ZooKeeper is gone: {keys} is of no use, the broker keeps the metadata itself"
            ));
        }
        for key in unknown {
            let meant = keys::nearest(key).map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            remarks
                .push(format!("{key} is no setting of Kafka's or of this server{meant}: it has no effect"));
        }
        Ok(Self {
            log_dir: file.log_dir()?,
            names_log_dir: file.get("log.dirs").or(file.get("log.dir")).is_some(),
            names_listener: file.get("listeners").is_some(),
            node_id: file.node_id()?,
            names_voters: !file.list("controller.quorum.voters").is_empty(),
            kafka: Some(listener.address),
            spark: file.door("millstream.spark.listener", SPARK_DEFAULT)?,
            console: file.door("millstream.console.listener", CONSOLE_DEFAULT)?,
            settings,
            remarks,
        })
    }

    /// Where the engine keeps its checkpoints and state: beside Kafka's directory, which holds nothing else.
    pub fn engine_dir(&self) -> PathBuf {
        let mut name = self.log_dir.clone().into_os_string();
        name.push("-engine");
        PathBuf::from(name)
    }
}

/// The keys of a file and their last values.
struct File(BTreeMap<String, String>);

impl File {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// The parts of a list, without blanks and empty ones.
    fn list(&self, key: &str) -> Vec<&str> {
        let parts = self.get(key).unwrap_or_default().split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).collect()
    }

    fn wrong(&self, key: &str, reason: impl Into<String>) -> PropertiesError {
        let value = self.get(key).unwrap_or_default().to_owned();
        PropertiesError::Value { key: key.to_owned(), value, reason: reason.into() }
    }

    /// This process is broker and controller in one; a file of the time of ZooKeeper names no roles.
    fn check_roles(&self) -> Result<(), PropertiesError> {
        let roles = self.list("process.roles");
        if let Some(role) = roles.iter().find(|role| !matches!(**role, "broker" | "controller")) {
            return Err(
                self.wrong("process.roles", format!("'{role}' is no role; broker and controller are"))
            );
        }
        if roles.is_empty() || roles.contains(&"broker") {
            return Ok(());
        }
        Err(self
            .wrong("process.roles", "this server is always broker and controller in one: broker,controller"))
    }

    /// The quorum is this process alone. To take a file of several for one of its own would split their cluster.
    fn check_quorum(&self) -> Result<(), PropertiesError> {
        for key in ["controller.quorum.voters", "controller.quorum.bootstrap.servers"] {
            if self.list(key).len() > 1 {
                let (key, value) = (key.to_owned(), self.get(key).unwrap_or_default().to_owned());
                return Err(PropertiesError::Unsafe { key, value, what: "a quorum of several servers" });
            }
        }
        Ok(())
    }

    fn log_dir(&self) -> Result<PathBuf, PropertiesError> {
        let key = if self.get("log.dirs").is_some() { "log.dirs" } else { "log.dir" };
        let dirs = self.list(key);
        let dir = match dirs.as_slice() {
            [] if self.get(key).is_some() => return Err(self.wrong(key, "a directory is wanted")),
            [] => LOG_DIR_DEFAULT,
            [one] => one,
            _ => {
                return Err(self.wrong(key, "one directory is served; name one, and start a server for each"));
            }
        };
        match self.get("metadata.log.dir") {
            Some(other) if other != dir => {
                Err(self
                    .wrong("metadata.log.dir", format!("the metadata lie in log.dirs ({dir}); leave it out")))
            }
            _ => Ok(PathBuf::from(dir)),
        }
    }

    fn node_id(&self) -> Result<i32, PropertiesError> {
        let key = if self.get("node.id").is_some() { "node.id" } else { "broker.id" };
        match self.get(key) {
            // -1 is how files of the time of ZooKeeper ask for any id.
            None | Some("-1" | "") => Ok(1),
            Some(id) => {
                let id: Option<i32> = id.parse().ok().filter(|id| *id >= 0);
                id.ok_or_else(|| self.wrong(key, "a number from 0 on is wanted"))
            }
        }
    }

    fn door(&self, key: &str, default: &str) -> Result<DoorAt, PropertiesError> {
        let text = self.get(key).unwrap_or(default);
        if text == "off" {
            return Ok(None);
        }
        let address = listeners::address(text)
            .ok_or_else(|| self.wrong(key, format!("HOST:PORT such as {default} is wanted, or off")))?;
        Ok(Some(address))
    }
}

#[cfg(test)]
mod tests;
