//! One partition of a node: looked up, or computed from its parents.
//!
//! Each level of the lineage runs in a task of its own, so that a long lineage is not a deep stack. No worker is held
//! while parents are computed, so tasks cannot wait for each other's workers.

use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt};
use futures::{FutureExt, future::BoxFuture};

use super::{AbortOnDrop, Job, pairs, shuffle};
use crate::block::Block;
use crate::checkpoint::saved;
use crate::error::{JobError, TaskName};
use crate::graph::{Kind, Node};
use crate::text;

/// The block of a partition, in a task of its own. Dropping the future cancels it.
pub(crate) fn compute(
    job: &Arc<Job>,
    node: &Arc<Node>,
    partition: usize,
    stage: i32,
) -> BoxFuture<'static, Result<Arc<Block>, JobError>> {
    let (job, node) = (Arc::clone(job), Arc::clone(node));
    let mut task = AbortOnDrop::spawn(async move {
        let Some(kept) = node.kept() else { return produce(&job, &node, partition, stage).await };
        match kept.get(partition) {
            Some(cell) => cell.get_or_try_init(|| produce(&job, &node, partition, stage)).await.cloned(),
            None => Err(no_partition(&node, partition)),
        }
    });
    async move { task.join().await? }.boxed()
}

/// The blocks of partitions, in the order given, so many computed at once as there may be workers.
pub(crate) fn all(
    job: &Arc<Job>,
    node: &Arc<Node>,
    partitions: impl Iterator<Item = usize> + Send + 'static,
    stage: i32,
) -> impl Stream<Item = Result<Arc<Block>, JobError>> + Send + 'static {
    let (job, node) = (Arc::clone(job), Arc::clone(node));
    let parallel = job.settings.parallel;
    stream::iter(partitions).map(move |partition| compute(&job, &node, partition, stage)).buffered(parallel)
}

/// Computes without looking whether it is kept.
async fn produce(
    job: &Arc<Job>,
    node: &Arc<Node>,
    partition: usize,
    stage: i32,
) -> Result<Arc<Block>, JobError> {
    let missing = || no_partition(node, partition);
    let store = &job.settings.store;
    match &*node.kind() {
        Kind::Source(source) => source.block(partition).await,
        Kind::Blocks(blocks) => blocks.get(partition).cloned().ok_or_else(missing),
        Kind::Text(splits) => text::read(store, splits.get(partition).ok_or_else(missing)?).await,
        Kind::Saved(files) => saved::read(store, files.get(partition).ok_or_else(missing)?).await,
        Kind::Step { parent, command } => {
            let input = compute(job, parent, partition, stage).await?;
            let number = i32::try_from(partition).map_err(|_| missing())?;
            job.run(TaskName { stage, partition: number }, command, &input).await
        }
        Kind::Union(parents) => {
            let mut index = partition;
            for parent in parents {
                if index < parent.partitions {
                    return compute(job, parent, index, stage).await;
                }
                index -= parent.partitions;
            }
            Err(missing())
        }
        Kind::Coalesce { parent, to } => {
            let range = Kind::coalesced(parent.partitions, *to, partition);
            let mut blocks = Vec::with_capacity(range.len());
            for index in range {
                blocks.push(compute(job, parent, index, stage).await?);
            }
            joined(job, &blocks).await
        }
        Kind::Shuffle { parent, output } => {
            let shuffled = output.get_or_try_init(|| shuffle::run(job, parent, node.partitions)).await?;
            joined(job, shuffled.get(&partition).map(Vec::as_slice).unwrap_or_default()).await
        }
        Kind::Pairs { left, right, zip } => pairs::produce(job, left, right, *zip, partition, stage).await,
    }
}

/// One block of several, one after the other.
async fn joined(job: &Job, blocks: &[Arc<Block>]) -> Result<Arc<Block>, JobError> {
    if let [block] = blocks {
        return Ok(Arc::clone(block));
    }
    let mut writer = job.settings.store.writer();
    for block in blocks {
        let mut reader = block.reader();
        while let Some(bytes) = reader.next().await? {
            writer.push(bytes).await?;
        }
    }
    writer.finish().await
}

fn no_partition(node: &Node, partition: usize) -> JobError {
    JobError::Data(format!("RDD {} has {} partitions, not a partition {partition}", node.id, node.partitions))
}
