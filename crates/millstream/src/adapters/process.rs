//! This process as the system sees it. What a system does not tell is left out.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use millstream_console::model::Process;

/// Files that are counted at most.
const MOST_FILES: usize = 1 << 20;

/// The process now, started at `started`.
pub fn now(started: SystemTime) -> Process {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let started = started.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs_f64());
    Process { cpu: cpu(), started, open_files: open_files(), most_files: limit.current }
}

/// Resident memory in bytes (`/proc/self/statm` of Linux counts pages).
pub fn resident_bytes() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages.saturating_mul(u64::try_from(rustix::param::page_size()).ok()?))
}

/// User and system time (`/proc/self/stat` of Linux counts ticks, in the 14th and the 15th field; the second is the
/// program's name in brackets, which may hold anything).
fn cpu() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks: Option<u64> =
        fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().ok()).sum();
    let second = rustix::param::clock_ticks_per_second().max(1);
    Some(Duration::from_millis(ticks?.saturating_mul(1_000) / second))
}

fn open_files() -> Option<u64> {
    let files = std::fs::read_dir("/proc/self/fd").ok()?.take(MOST_FILES).count();
    // One of them is the directory that was just read.
    u64::try_from(files.saturating_sub(1)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn linux_tells_all_of_it() {
        let process = now(SystemTime::now());
        assert!(process.cpu.is_some() && process.started.is_some());
        assert!(process.open_files.is_some_and(|files| files >= 3), "{process:?}");
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1 << 16));
    }
}
