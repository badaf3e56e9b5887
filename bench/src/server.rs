//! The binary under measurement: start it, find its Kafka door, read its memory and CPU from the kernel, stop it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

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
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
    }

    /// CPU time used so far, user and system.
    pub fn cpu(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        // Fields 14 and 15 of proc(5), counted from behind the name; 100 ticks a second on Linux.
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The value at `share` (0 to 1) of sorted `values`.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get(((last as f64) * share).round() as usize).copied().unwrap_or(f64::NAN)
}
