//! One task: a command over one block, in one worker.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::init::init_words;
use super::output::{Outcome, Output, OutputError};
use super::pool::Worker;
use super::{Command, Pool, TaskContext};
use crate::block::{Block, Store};
use crate::error::{JobError, TaskName};

/// After the last frame of the input.
const END_OF_DATA_SECTION: i32 = -1;
/// After the input: the task is whole.
const END_OF_STREAM: i32 = -4;

/// What a task gave.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) block: Arc<Block>,
    /// Pickled (accumulator id, update) tuples.
    pub(crate) accumulators: Vec<Bytes>,
}

/// Runs `command` over `input`. Dropping the future kills the worker.
///
/// # Errors
/// The function raised, the worker was lost, or the result could not be kept.
pub(crate) async fn run(
    pool: &Arc<Pool>,
    store: &Arc<Store>,
    context: &TaskContext,
    command: &Command,
    input: &Arc<Block>,
) -> Result<Finished, JobError> {
    let mut lease = pool.lease().await?;
    let mut result = store.writer();
    let outcome = talk(pool, &mut lease.worker, context, command, input, &mut result).await;
    match outcome {
        Ok(Outcome::Done { accumulators, reusable }) => {
            if reusable {
                pool.give_back(lease);
            } else {
                pool.replace(lease);
            }
            Ok(Finished { block: result.finish().await?, accumulators })
        }
        Ok(Outcome::Raised { traceback }) => {
            pool.replace(lease);
            Err(JobError::Exception { traceback, task: context.name })
        }
        Err(error) => {
            pool.replace(lease);
            Err(lost(error, context.name))
        }
    }
}

fn lost(error: OutputError, task: TaskName) -> JobError {
    match error {
        OutputError::Kept(error) => error,
        OutputError::Gone | OutputError::Protocol(_) => JobError::Worker { reason: error.to_string(), task },
    }
}

/// Writes and reads at once: a worker that answers while it is still being written to must not be waited for.
async fn talk(
    pool: &Pool,
    worker: &mut Worker,
    context: &TaskContext,
    command: &Command,
    input: &Arc<Block>,
    result: &mut crate::block::Writer,
) -> Result<Outcome, OutputError> {
    let dialect = pool.launch().dialect;
    let broadcasts = worker.loaded.difference(&command.broadcasts);
    let words = init_words(dialect, context, command, &broadcasts)?;
    let (from, to) = worker.socket.split();
    let mut output = Output::new(from);
    let reading = output.of_task(dialect, result);
    let writing = write(to, words, input);
    tokio::pin!(reading, writing);
    tokio::select! {
        outcome = &mut reading => outcome,
        written = &mut writing => match written {
            // A worker that no longer reads has a reason, and says it: its words decide.
            Ok(()) | Err(WriteError::Socket) => reading.await,
            Err(WriteError::Input(error)) => Err(error.into()),
        },
    }
}

enum WriteError {
    Socket,
    Input(JobError),
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    words: BytesMut,
    input: &Arc<Block>,
) -> Result<(), WriteError> {
    to.write_all(&words).await.map_err(|_| WriteError::Socket)?;
    let mut reader = input.reader();
    while let Some(bytes) = reader.next().await.map_err(WriteError::Input)? {
        to.write_all(&bytes).await.map_err(|_| WriteError::Socket)?;
    }
    let mut end = BytesMut::with_capacity(8);
    end.put_i32(END_OF_DATA_SECTION);
    end.put_i32(END_OF_STREAM);
    to.write_all(&end).await.map_err(|_| WriteError::Socket)
}
