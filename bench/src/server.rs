//! The binary under measurement: start it, find its Kafka door, read its memory and CPU from the kernel, stop it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

use tempfile::TempDir;

use crate::process::{Cpu, memory_mib};

/// A running process on a fresh data directory and free ports.
pub struct Server {
    child: Child,
    _data: TempDir,
    /// When the process was spawned.
    pub spawned: Instant,
    /// What it prints on stdout after its first line.
    pub output: Option<BufReader<ChildStdout>>,
    /// The Kafka door.
    pub kafka: String,
}

impl Server {
    /// `BINARY COMMAND --json` on free ports; returns when it has printed its addresses.
    pub fn start(binary: &Path, command: &str) -> Result<Self, String> {
        let data = TempDir::new().map_err(|error| error.to_string())?;
        let spawned = Instant::now();
        let mut child = Command::new(binary)
            .args([command, "--json", "--kafka", "127.0.0.1:0", "--spark", "127.0.0.1:0"])
            .args(["--console", "127.0.0.1:0", "--data-dir"])
            .arg(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", binary.display()))?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut line = String::new();
        output.read_line(&mut line).map_err(|error| error.to_string())?;
        let addresses: serde_json::Value =
            serde_json::from_str(&line).map_err(|error| format!("first line '{line}': {error}"))?;
        let kafka = addresses["kafka"].as_str().ok_or("no Kafka door")?.to_owned();
        Ok(Self { child, _data: data, spawned, output: Some(output), kafka })
    }

    /// Resident memory in MiB.
    pub fn memory_mib(&self) -> f64 {
        memory_mib(self.child.id())
    }

    /// CPU time used so far.
    pub fn cpu(&self) -> Cpu {
        Cpu::of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
