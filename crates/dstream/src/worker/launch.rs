//! The user's interpreter as the driver described it: what is run, where, and with which environment.

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::Command;

use super::Dialect;

/// PySpark's own daemon.
const DAEMON: &str = "pyspark.daemon";
/// Starts it so that what it has imported is out of the garbage collector's sight. A worker collects after every task:
/// without this, that is most of what a small task costs (16 of 18 ms), and it unshares the daemon's memory.
const START: &str = "import gc, pyspark.daemon; gc.freeze(); pyspark.daemon.manager()";

/// Everything that starting a daemon and its workers needs.
#[derive(Debug)]
pub(crate) struct Launch {
    pub(crate) interpreter: PathBuf,
    pub(crate) directory: PathBuf,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) sys_path: Vec<String>,
    /// Empty: pyspark.daemon.
    pub(crate) daemon_module: String,
    /// Empty: pyspark.worker.
    pub(crate) worker_module: String,
    pub(crate) dialect: Dialect,
    pub(crate) python_version: Arc<str>,
    pub(crate) files_directory: Arc<str>,
}

impl Launch {
    /// The daemon's command line. `secret` is what connections to it begin with.
    pub(super) fn command(&self, secret: &str) -> Command {
        let mut command = Command::new(&self.interpreter);
        match self.daemon_module.as_str() {
            "" | DAEMON => command.args(["-c", START]),
            module => command.args(["-m", module]),
        };
        if !self.worker_module.is_empty() {
            command.arg(&self.worker_module);
        }
        command.current_dir(&self.directory).env_clear().envs(&self.environment);
        // The same hash of the same string in every worker: a shuffle depends on it.
        if !self.environment.contains_key("PYTHONHASHSEED") {
            command.env("PYTHONHASHSEED", "0");
        }
        command
            .env("PYTHONPATH", self.python_path())
            .env("PYTHONUNBUFFERED", "YES")
            .env("PYTHON_WORKER_FACTORY_SECRET", secret)
            .env("SPARK_REUSE_WORKER", "1")
            .env_remove("PYTHON_UNIX_DOMAIN_ENABLED")
            .env_remove("SPARK_PREFER_IPV6");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// The daemon's module, for messages.
    pub(super) fn daemon(&self) -> &str {
        if self.daemon_module.is_empty() { DAEMON } else { &self.daemon_module }
    }

    fn python_path(&self) -> std::ffi::OsString {
        let entries = self.sys_path.iter().map(|entry| self.directory.join(entry));
        // An entry with a colon in it cannot be said in PYTHONPATH: it is left out.
        env::join_paths(entries.filter(|entry| !entry.to_string_lossy().contains(':'))).unwrap_or_default()
    }
}
