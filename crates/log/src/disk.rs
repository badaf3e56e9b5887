//! The one door to the disk. Everything that the log does to files goes through [`Disk`] and [`DiskFile`], so that a
//! simulated disk can lose, tear and refuse what a real one may lose, tear and refuse.
//!
//! The contract is POSIX's, read pessimistically: what was written is on disk only after [`DiskFile::sync_data`]; a
//! file's name, a rename or a removal only after [`Disk::sync_dir`] of its directory.

mod real;
mod sim;

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;
use std::sync::Arc;

pub use real::RealDisk;
pub use sim::{Crash, SimDisk};

/// How to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// For reading; it must exist.
    Read,
    /// For reading and writing; it must exist.
    Write,
    /// For reading and writing; made when it does not exist, kept as it is when it does.
    Create,
}

/// One entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a directory; anything that is not is a file.
    pub is_dir: bool,
}

/// How much room a file system has, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// All of it.
    pub total: u64,
    /// What this process may still write.
    pub usable: u64,
}

/// A place that holds directories and files.
pub trait Disk: Debug + Send + Sync {
    /// Opens a file.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::NotFound`] when it does not exist and is not to be made.
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>>;

    /// Renames a file or directory, replacing a file of the new name.
    ///
    /// # Errors
    /// The system's.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. Whoever has it open can go on reading.
    ///
    /// # Errors
    /// The system's.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes a directory and everything in it.
    ///
    /// # Errors
    /// The system's.
    fn remove_dir_all(&self, path: &Path) -> io::Result<()>;

    /// Makes a directory and those above it that are missing; fine if it exists.
    ///
    /// # Errors
    /// The system's.
    fn create_dir_all(&self, path: &Path) -> io::Result<()>;

    /// What a directory holds, in no order. Names that are not UTF-8 are left out: none of ours is such.
    ///
    /// # Errors
    /// The system's.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;

    /// How much room there is where this directory lies.
    ///
    /// # Errors
    /// The system's.
    fn room(&self, path: &Path) -> io::Result<Room>;

    /// Makes names, renames and removals in this directory survive a crash.
    ///
    /// # Errors
    /// The system's. As for a file: never retry.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;

    /// Takes the exclusive lock on this file, made if missing, until the guard is dropped. The lock is of the kind
    /// that Apache Kafka takes, so that the two exclude each other.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another process holds it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send + Sync>>;
}

/// An open file.
pub trait DiskFile: Debug + Send + Sync {
    /// Reads up to `len` bytes from `position` on and puts them behind what `into` holds; fewer only at the file's
    /// end. Returns how many.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, into: &mut Vec<u8>, len: usize, position: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `position`.
    ///
    /// # Errors
    /// The system's, [`io::ErrorKind::StorageFull`] among them; part of the bytes may be written then.
    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()>;

    /// Cuts or extends the file.
    ///
    /// # Errors
    /// The system's.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Its length in bytes.
    ///
    /// # Errors
    /// The system's.
    fn length(&self) -> io::Result<u64>;

    /// Makes what was written survive a crash (`fdatasync`).
    ///
    /// # Errors
    /// The system's. After one, nobody knows what is on disk: never retry.
    fn sync_data(&self) -> io::Result<()>;

    /// The descriptor, for `sendfile`; a simulated file has none.
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
