//! zip and cartesian: frames of two partitions in turns.

use std::sync::Arc;

use super::{Job, compute};
use crate::block::{Block, FrameReader};
use crate::error::JobError;
use crate::graph::Node;

/// A partition of pairs.
///
/// # Errors
/// A parent could not be computed, or partitions to be zipped differ in frames.
pub(super) async fn produce(
    job: &Arc<Job>,
    left: &Arc<Node>,
    right: &Arc<Node>,
    zip: bool,
    partition: usize,
    stage: i32,
) -> Result<Arc<Block>, JobError> {
    let (of_left, of_right) = if zip {
        (partition, partition)
    } else {
        let columns = right.partitions.max(1);
        (partition / columns, partition % columns)
    };
    let left = compute(job, left, of_left, stage).await?;
    let right = compute(job, right, of_right, stage).await?;
    if zip { zipped(job, &left, &right).await } else { crossed(job, &left, &right).await }
}

async fn zipped(job: &Job, left: &Arc<Block>, right: &Arc<Block>) -> Result<Arc<Block>, JobError> {
    let mut writer = job.settings.store.writer();
    let (mut lefts, mut rights) = (FrameReader::new(left.reader()), FrameReader::new(right.reader()));
    loop {
        match (lefts.next().await?, rights.next().await?) {
            (Some(left), Some(right)) => {
                writer.push_frame(left).await?;
                writer.push_frame(right).await?;
            }
            (None, None) => return writer.finish().await,
            _ => {
                let text = "Can only zip RDDs with same number of elements in each partition";
                return Err(JobError::Data(text.to_owned()));
            }
        }
    }
}

async fn crossed(job: &Job, left: &Arc<Block>, right: &Arc<Block>) -> Result<Arc<Block>, JobError> {
    let mut writer = job.settings.store.writer();
    let mut lefts = FrameReader::new(left.reader());
    while let Some(left) = lefts.next().await? {
        let mut rights = FrameReader::new(right.reader());
        while let Some(right) = rights.next().await? {
            writer.push_frame(left.clone()).await?;
            writer.push_frame(right).await?;
        }
    }
    writer.finish().await
}
