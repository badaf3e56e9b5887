//! Computes partitions of nodes: jobs, tasks, shuffles.

mod abort;
mod job;
mod pairs;
mod partition;
mod shuffle;

pub(crate) use abort::AbortOnDrop;
pub(crate) use job::{Job, JobSettings};
pub(crate) use partition::{all, compute};
