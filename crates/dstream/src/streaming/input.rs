//! The inputs of a run: receivers, which run by themselves, and directories, which are looked at when a batch is due.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::directory::Directory;
use super::received::Received;
use super::socket_text::SocketText;
use crate::block::Store;
use crate::compute::AbortOnDrop;
use crate::error::JobError;
use crate::graph::Kind;

/// What an input has to say outside of batches.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// A line for the user.
    Notice(String),
    /// It cannot go on, and so the run cannot.
    Failed(String),
}

/// An input as the driver said it, checked.
#[derive(Debug)]
pub(crate) struct InputOf {
    pub(crate) id: i64,
    pub(crate) source: Source,
}

/// Where an input comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Lines from a TCP server.
    SocketText { host: String, port: u16 },
    /// Files of a directory.
    Directory { path: PathBuf, record_length: usize, existing_too: bool },
}

/// A running input.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) id: i64,
    state: State,
}

#[derive(Debug)]
enum State {
    Receiver { received: Arc<Received>, receiver: Option<AbortOnDrop<()>> },
    Directory { directory: Option<Directory>, told: bool },
}

/// What an input has for a batch.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) kind: Kind,
    pub(super) partitions: usize,
    /// -1: not counted.
    pub(super) records: i64,
}

/// How inputs of one run are started.
#[derive(Debug, Clone)]
pub(super) struct Start {
    pub(super) store: Arc<Store>,
    pub(super) reports: mpsc::Sender<Report>,
    pub(super) start_ms: i64,
    pub(super) batch_ms: i64,
    pub(super) block_ms: i64,
}

impl Input {
    /// Starts it.
    pub(super) fn start(of: InputOf, start: &Start) -> Self {
        let state = match of.source {
            Source::SocketText { host, port } => {
                let received = Received::new(Arc::clone(&start.store), start.block_ms);
                let receiver = SocketText {
                    host,
                    port,
                    received: Arc::clone(&received),
                    reports: start.reports.clone(),
                };
                State::Receiver { received, receiver: Some(AbortOnDrop::spawn(receiver.receive())) }
            }
            Source::Directory { path, record_length, existing_too } => {
                let from = if existing_too { 0 } else { start.start_ms };
                let directory = Some(Directory::new(path, record_length, from, start.batch_ms));
                State::Directory { directory, told: false }
            }
        };
        Self { id: of.id, state }
    }

    /// Receives nothing more; what was received stays.
    pub(super) fn stop(&mut self) {
        if let State::Receiver { receiver, .. } = &mut self.state {
            *receiver = None;
        }
    }

    /// Everything since the last batch, and a line for the user if there is something to say.
    ///
    /// # Errors
    /// It cannot be kept.
    pub(super) async fn cut(&mut self, time_ms: i64) -> Result<(Cut, Option<String>), JobError> {
        match &mut self.state {
            State::Receiver { received, .. } => {
                let (blocks, records) = received.cut().await?;
                let partitions = blocks.len();
                Ok((Cut { kind: Kind::Blocks(blocks), partitions, records }, None))
            }
            State::Directory { directory, told } => {
                let Some(mut looking) = directory.take() else { return Err(JobError::Closed) };
                let looked = tokio::task::spawn_blocking(move || (looking.new_files(time_ms), looking));
                let (found, looked) = looked.await.map_err(|_| JobError::Closed)?;
                let place = looked.path().to_string();
                *directory = Some(looked);
                let (splits, notice) = match found {
                    Ok(splits) => (splits, None),
                    // As Spark: the next batch looks again.
                    Err(error) => (Vec::new(), Some(format!("{place} cannot be listed: {error}"))),
                };
                let notice = notice.filter(|_| !*told);
                *told |= notice.is_some();
                let partitions = splits.len();
                Ok((Cut { kind: Kind::Text(splits), partitions, records: -1 }, notice))
            }
        }
    }
}
