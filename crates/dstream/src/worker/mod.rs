//! Worker processes: PySpark's own daemon and workers of the user's interpreter, spoken to in PySpark's worker protocol.
//!
//! One daemon per context forks one worker per connection. A worker runs one task after the other; a worker whose task
//! raised, was cancelled or left input unread is not used again. Functions never run in this process: one that crashes
//! takes its worker and its job with it, nothing else.

mod broadcasts;
mod daemon;
mod dialect;
mod init;
mod launch;
mod output;
mod pool;
mod task;

pub(crate) use dialect::Dialect;
pub(crate) use init::{Command, TaskContext};
pub(crate) use launch::Launch;
pub(crate) use pool::Pool;
pub(crate) use task::run;

use bytes::Bytes;

/// Something that a worker process wrote to its stdout or stderr.
#[derive(Debug)]
pub(crate) struct Printed {
    pub(crate) text: Bytes,
    pub(crate) to_stderr: bool,
}
