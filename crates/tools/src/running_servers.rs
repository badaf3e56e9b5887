//! Which servers run on this machine: what `kafka-server-stop` stops.
//!
//! A server that was started by `kafka-server-start` holds a lock on a file of its own, named by its process id, in a
//! directory that only this user can write to. The lock, not the file, says that it runs: it goes with the process,
//! however that ends, so no other process is ever taken for a server.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal};

const SUFFIX: &str = ".server";
/// A node id and a path.
const MAX_FILE: u64 = 8 << 10;

/// This process's mark as a running server; dropping it takes the mark away.
#[derive(Debug)]
pub struct Running {
    path: PathBuf,
    _locked: File,
}

impl Running {
    /// Says that this process serves `log_dir` as node `node_id`.
    ///
    /// # Errors
    /// When the mark cannot be written; the server can run without it, but is not found.
    pub fn announce(log_dir: &Path, node_id: i32) -> io::Result<Self> {
        let directory = directory()?;
        let process = std::process::id();
        let (path, unlocked) =
            (directory.join(format!("{process}{SUFFIX}")), directory.join(format!("{process}.new")));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&unlocked)?;
        // Whoever looks finds the file only once it is locked and written.
        file.try_lock()?;
        writeln!(file, "{node_id}\n{}", std::path::absolute(log_dir)?.display())?;
        std::fs::rename(&unlocked, &path)?;
        Ok(Self { path, _locked: file })
    }

    /// Does the process of this id say that it serves?
    pub fn is_announced(process: u32) -> bool {
        servers()
            .is_ok_and(|servers| servers.iter().any(|server| u32::try_from(server.process) == Ok(process)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A file that stays behind is not locked, which says the same.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A server that runs.
#[derive(Debug)]
pub(crate) struct RunningServer {
    pub(crate) process: i32,
    pub(crate) node_id: i32,
    pub(crate) log_dir: String,
    path: PathBuf,
}

impl RunningServer {
    /// Asks it to stop.
    pub(crate) fn stop(&self) -> io::Result<()> {
        let process = Pid::from_raw(self.process).ok_or(io::ErrorKind::NotFound)?;
        Ok(rustix::process::kill_process(process, Signal::TERM)?)
    }

    /// Is it still there?
    pub(crate) fn is_running(&self) -> bool {
        File::open(&self.path).is_ok_and(|file| is_held(&file))
    }
}

/// The servers of this user that run now.
pub(crate) fn servers() -> io::Result<Vec<RunningServer>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory()?)?.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)?.parse().ok());
        let (Some(process), Ok(file)) = (process, File::open(entry.path())) else { continue };
        if !is_held(&file) {
            let _ = std::fs::remove_file(entry.path());
            continue;
        }
        let mut text = String::new();
        file.take(MAX_FILE).read_to_string(&mut text)?;
        let (node_id, log_dir) = text.split_once('\n').unwrap_or_default();
        if let Ok(node_id) = node_id.parse() {
            found.push(RunningServer {
                process,
                node_id,
                log_dir: log_dir.trim_end().to_owned(),
                path: entry.path(),
            });
        }
    }
    found.sort_by_key(|server| server.process);
    Ok(found)
}

/// Does a process hold the lock? Finding out takes and gives back the lock when nobody does.
fn is_held(file: &File) -> bool {
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// `$XDG_RUNTIME_DIR/millstream`, or a directory of this user's own among the temporary ones.
fn directory() -> io::Result<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = match runtime.filter(|path| path.is_dir()) {
        Some(runtime) => runtime.join("millstream"),
        None => std::env::temp_dir().join(format!("millstream-{user}")),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let owner = std::fs::symlink_metadata(&directory)?;
    if owner.uid() != user || !owner.is_dir() {
        return Err(io::Error::other(format!("{} belongs to somebody else", directory.display())));
    }
    Ok(directory)
}
