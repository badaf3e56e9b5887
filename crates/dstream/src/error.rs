//! What can go wrong: in a call (a gRPC status), and in a job (an event with a kind that the driver can act on).

use std::path::Path;

use tonic::Status;

use crate::proto::{Failed, Failure};

/// A call that is wrong in itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// What is said makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// No such context, node, file or checkpoint.
    #[error("{0}")]
    NotFound(String),
    /// Not in this state.
    #[error("{0}")]
    NotNow(String),
    /// A limit of `limits`.
    #[error("{0}")]
    TooMuch(String),
    /// The context is ending.
    #[error("the SparkContext has ended")]
    Closed,
    /// The disk.
    #[error("{0}")]
    Disk(String),
}

impl From<CallError> for Status {
    fn from(error: CallError) -> Self {
        let text = error.to_string();
        match error {
            CallError::Invalid(_) => Self::invalid_argument(text),
            CallError::NotFound(_) => Self::not_found(text),
            CallError::NotNow(_) => Self::failed_precondition(text),
            CallError::TooMuch(_) => Self::resource_exhausted(text),
            CallError::Closed => Self::aborted(text),
            CallError::Disk(_) => Self::internal(text),
        }
    }
}

/// Why a job failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// The user's function raised, in a task: the traceback as the worker wrote it.
    #[error("{traceback}")]
    Exception {
        /// The worker's text.
        traceback: String,
        /// Which task.
        task: TaskName,
    },
    /// The worker died, or did not keep to the protocol.
    #[error("{reason}")]
    Worker {
        /// One sentence.
        reason: String,
        /// Which task.
        task: TaskName,
    },
    /// No worker could be started.
    #[error("{0}")]
    Start(String),
    /// A file or directory.
    #[error("{0}")]
    File(String),
    /// A limit of `limits`.
    #[error("{0}")]
    Limit(String),
    /// What was given does not fit together.
    #[error("{0}")]
    Data(String),
    /// The context ends.
    #[error("the SparkContext has ended")]
    Closed,
}

/// Spark's "Task `partition` in stage `stage`".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskName {
    pub(crate) stage: i32,
    pub(crate) partition: i32,
}

impl JobError {
    /// A file that could not be read or written.
    pub(crate) fn file(path: &Path, error: &std::io::Error) -> Self {
        Self::File(format!("{}: {error}", path.display()))
    }

    /// The event that ends a job.
    pub(crate) fn to_event(&self) -> Failed {
        let (failure, task) = match self {
            Self::Exception { task, .. } => (Failure::Exception, Some(*task)),
            Self::Worker { task, .. } => (Failure::Worker, Some(*task)),
            Self::Start(_) => (Failure::Start, None),
            Self::File(_) => (Failure::File, None),
            Self::Limit(_) => (Failure::Limit, None),
            Self::Data(_) => (Failure::Data, None),
            Self::Closed => (Failure::Closed, None),
        };
        Failed {
            failure: failure.into(),
            text: self.to_string(),
            stage: task.map_or(-1, |task| i64::from(task.stage)),
            partition: task.map_or(-1, |task| i64::from(task.partition)),
        }
    }
}

impl From<CallError> for JobError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Closed => Self::Closed,
            CallError::TooMuch(text) => Self::Limit(text),
            CallError::NotFound(text) | CallError::Disk(text) => Self::File(text),
            CallError::Invalid(text) | CallError::NotNow(text) => Self::Data(text),
        }
    }
}
