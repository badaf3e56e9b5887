//! The map side of a shuffle: all partitions of the parent, cut into buckets by key.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::StreamExt;

use super::{Job, all};
use crate::block::{Block, FrameReader, Store, Writer};
use crate::error::JobError;
use crate::graph::{Node, Shuffled};

/// Computes the parent and fills the buckets; within one, chunks stand in the order of the parent's partitions.
///
/// # Errors
/// The parent could not be computed, or gave no pairs.
pub(super) async fn run(job: &Arc<Job>, parent: &Arc<Node>, to: usize) -> Result<Arc<Shuffled>, JobError> {
    let mut shuffled = Shuffled::new();
    let mut blocks = all(job, parent, 0..parent.partitions, job.next_stage());
    while let Some(block) = blocks.next().await {
        for (partition, bucket) in buckets(&job.settings.store, &block?, to).await? {
            shuffled.entry(partition).or_default().push(bucket);
        }
    }
    Ok(Arc::new(shuffled))
}

/// Cuts pairs of frames (a big-endian int64 key, a chunk) into buckets: the chunk goes to key mod `to`.
async fn buckets(
    store: &Arc<Store>,
    block: &Arc<Block>,
    to: usize,
) -> Result<BTreeMap<usize, Arc<Block>>, JobError> {
    let mut writers: BTreeMap<usize, Writer> = BTreeMap::new();
    let mut frames = FrameReader::new(block.reader());
    while let Some(key) = frames.next().await? {
        let Some(chunk) = frames.next().await? else {
            return Err(JobError::Data(
                "a shuffle's frames are no pairs: the last key has no chunk".to_owned(),
            ));
        };
        let writer = writers.entry(bucket(&key, to)?).or_insert_with(|| store.writer());
        writer.push_frame(chunk).await?;
    }
    let mut buckets = BTreeMap::new();
    for (partition, writer) in writers {
        buckets.insert(partition, writer.finish().await?);
    }
    Ok(buckets)
}

fn bucket(key: &[u8], to: usize) -> Result<usize, JobError> {
    let key: [u8; 8] = key.try_into().map_err(|_| {
        JobError::Data(format!("a shuffle's frames are no pairs: a key has {} bytes, not 8", key.len()))
    })?;
    let modulus = i64::try_from(to).ok().filter(|to| *to > 0);
    let bucket = modulus
        .map(|to| i64::from_be_bytes(key).rem_euclid(to))
        .and_then(|bucket| usize::try_from(bucket).ok());
    bucket.ok_or_else(|| JobError::Data("a shuffle to no partitions".to_owned()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn keys_have_buckets() {
        let table = [(0, 4, 0), (5, 4, 1), (-1, 4, 3), (i64::MIN, 4, 0), (i64::MAX, 10, 7), (i64::MIN, 1, 0)];
        for (key, to, expected) in table {
            assert_eq!(bucket(&i64::to_be_bytes(key), to).unwrap(), expected, "{key} mod {to}");
        }
        assert!(matches!(bucket(b"short", 4), Err(JobError::Data(_))));
        assert!(matches!(bucket(&[0; 8], 0), Err(JobError::Data(_))));
    }

    #[tokio::test]
    async fn chunks_go_to_their_buckets_in_order() {
        let store = Store::new(1 << 20, 0, std::env::temp_dir());
        let mut writer = store.writer();
        for (key, chunk) in [(1, "a"), (0, "b"), (4, "c"), (-2, "d")] {
            writer.push_frame(Bytes::copy_from_slice(&i64::to_be_bytes(key))).await.unwrap();
            writer.push_frame(Bytes::from_static(chunk.as_bytes())).await.unwrap();
        }
        let block = writer.finish().await.unwrap();
        let mut found = Vec::new();
        for (partition, bucket) in buckets(&store, &block, 3).await.unwrap() {
            let mut frames = FrameReader::new(bucket.reader());
            while let Some(frame) = frames.next().await.unwrap() {
                found.push((partition, String::from_utf8(frame.to_vec()).unwrap()));
            }
        }
        let expected = [(0, "b"), (1, "a"), (1, "c"), (1, "d")];
        assert_eq!(found, expected.map(|(partition, chunk)| (partition, chunk.to_owned())));
    }

    #[tokio::test]
    async fn a_key_without_a_chunk_is_an_error() {
        let store = Store::new(1 << 20, 0, std::env::temp_dir());
        let mut writer = store.writer();
        writer.push_frame(Bytes::from_static(&[0; 8])).await.unwrap();
        let block = writer.finish().await.unwrap();
        assert!(matches!(buckets(&store, &block, 3).await, Err(JobError::Data(_))));
    }
}
