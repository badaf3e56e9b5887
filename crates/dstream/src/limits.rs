//! Every bound of this crate in one place: what a driver, a worker, a file or a socket may ask for.

use std::time::Duration;

/// Bytes of one message from the driver.
pub(crate) const MESSAGE: usize = 80 << 20;
/// Bytes of one frame: a pickled batch, a line, a record.
pub(crate) const FRAME: usize = 256 << 20;
/// Bytes of one chunk of a partition on its way to the driver (gRPC clients take 4 MiB unless told otherwise).
pub(crate) const CHUNK: usize = 1 << 20;
/// Contexts of one server.
pub(crate) const CONTEXTS: usize = 16;
/// Nodes that one context knows.
pub(crate) const NODES: usize = 100_000;
/// Partitions of a node.
pub(crate) const PARTITIONS: usize = 100_000;
/// Buckets of a shuffle: partitions before times partitions after it.
pub(crate) const BUCKETS: usize = 10_000_000;
/// Nodes from a source to a job's node. A longer lineage is cut with `Cut`.
pub(crate) const LINEAGE: u32 = 1_000;
/// Parents of a union.
pub(crate) const PARENTS: usize = 10_000;
/// Bytes of blocks that a context holds in memory before blocks go to files.
pub(crate) const MEMORY: usize = 128 << 20;
/// Bytes of blocks that a context holds in files.
pub(crate) const SPILL: u64 = 32 << 30;
/// Accumulators of one task.
pub(crate) const ACCUMULATORS: usize = 100_000;
/// Files of one `textFile`.
pub(crate) const FILES: usize = 100_000;
/// Inputs of a streaming run.
pub(crate) const INPUTS: usize = 256;
/// Batches that are due and not acknowledged.
pub(crate) const WAITING_BATCHES: usize = 100_000;
/// Bytes of a driver's checkpoint.
pub(crate) const CHECKPOINT: u64 = 256 << 20;
/// Driver checkpoints that are kept in a directory.
pub(crate) const CHECKPOINTS_KEPT: usize = 10;
/// From starting the interpreter to its daemon's port, on a busy machine.
pub(crate) const DAEMON_START: Duration = Duration::from_secs(60);
/// From connecting to a daemon to an authenticated worker.
pub(crate) const WORKER_START: Duration = Duration::from_secs(30);
/// Between attempts of a receiver to connect (Spark's receiver restart delay).
pub(crate) const RECONNECT: Duration = Duration::from_secs(2);
