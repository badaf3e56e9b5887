//! What the kernel says of a process: memory and CPU time, user and system apart.

use std::fs;
use std::time::Duration;

/// CPU time used since a process started.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    /// In the process's own code.
    pub user: Duration,
    /// In the kernel for it.
    pub system: Duration,
}

impl Cpu {
    /// Of the process with this id, all its threads.
    pub fn of(id: u32) -> Self {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
        // Fields 14 and 15 of proc(5), counted from behind the name; 100 ticks a second on Linux.
        let time = |index| Duration::from_millis(ticks(index) * 10);
        Self { user: time(11), system: time(12) }
    }

    /// Both, in seconds.
    pub fn seconds(self) -> f64 {
        (self.user + self.system).as_secs_f64()
    }

    /// What was used since `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            user: self.user.saturating_sub(before.user),
            system: self.system.saturating_sub(before.system),
        }
    }
}

/// Resident memory of a process in MiB.
pub fn memory_mib(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}
