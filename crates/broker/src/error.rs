//! Why a broker does not start. Each message is one sentence that names the thing and the way out.

use std::io;
use std::path::PathBuf;

/// A start that failed; nothing is left running or half made.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process listens there.
    #[error("{address} is taken by another program: stop it, or choose another port (0 takes a free one)")]
    AddressTaken {
        /// The address asked for, as `host:port`.
        address: String,
    },
    /// The address cannot be listened on at all.
    #[error(
        "cannot listen on {address} ({source}): choose an address of this machine, such as localhost:9092"
    )]
    AddressUnusable {
        /// The address asked for, as `host:port`.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// The data directory cannot be made or written.
    #[error("cannot write to {} ({source}): give it to this user, or choose another data directory", path.display())]
    DirectoryUnwritable {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process holds the directory's lock file.
    #[error(
        "{} is in use by another broker process: stop that one, or choose another data directory",
        path.display()
    )]
    DirectoryLocked {
        /// The directory.
        path: PathBuf,
    },
    /// A file does not say what it must say.
    #[error("{} is damaged ({reason}): restore it from a copy, or start with another data directory", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
    },
    /// A checkpoint file does not say what it must say. A start can do without it, but not without somebody's consent.
    #[error("{} is damaged ({reason}): restore it from a copy, or remove it; {without}", path.display())]
    DamagedCheckpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong in it.
        reason: String,
        /// What a start without it does.
        without: &'static str,
    },
    /// A newer Kafka wrote the directory, by rules that are not known here.
    #[error(
        "{} was written by a newer version of Kafka: start that one on it, or choose another data directory",
        path.display()
    )]
    NewerFormat {
        /// The directory.
        path: PathBuf,
    },
    /// The directory belongs to another node than this one.
    #[error(
        "{} belongs to node {found}, and this server is node {asked}: set node.id={found}, or choose another data directory",
        path.display()
    )]
    OtherNode {
        /// The directory.
        path: PathBuf,
        /// The node id in it.
        found: i32,
        /// This server's.
        asked: i32,
    },
    /// The directory belongs to another cluster than the one asked for.
    #[error(
        "{} belongs to cluster {found}, not to {asked}: leave the cluster id out, or choose another data directory",
        path.display()
    )]
    OtherCluster {
        /// The directory.
        path: PathBuf,
        /// The cluster id in it.
        found: String,
        /// The cluster id asked for.
        asked: String,
    },
}
