//! The driver's own data: appended by messages until it is first used.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;

use crate::block::{Block, FrameCheck, Store, Writer};
use crate::error::{CallError, JobError};

/// Partitions in the making, then blocks.
#[derive(Debug)]
pub(crate) struct Source {
    partitions: Vec<Mutex<Partition>>,
}

#[derive(Debug)]
enum Partition {
    Open(Writer, FrameCheck),
    Whole(Arc<Block>),
    /// Finishing it failed.
    Lost,
}

impl Source {
    /// So many partitions, with their first data, which may be cut anywhere.
    ///
    /// # Errors
    /// A frame's length cannot be, or the data cannot be kept.
    pub(crate) async fn new(store: &Arc<Store>, data: Vec<Bytes>) -> Result<Self, JobError> {
        let mut partitions = Vec::with_capacity(data.len());
        for bytes in data {
            let (mut writer, mut check) = (store.writer(), FrameCheck::default());
            check.follow(&bytes)?;
            writer.push(bytes).await?;
            partitions.push(Mutex::new(Partition::Open(writer, check)));
        }
        Ok(Self { partitions })
    }

    /// More data for one partition.
    ///
    /// # Errors
    /// There is no such partition, it was used already, or the data makes no sense or cannot be kept.
    pub(crate) async fn append(&self, partition: usize, data: Bytes) -> Result<(), CallError> {
        let Some(partition) = self.partitions.get(partition) else {
            return Err(CallError::Invalid(format!("there is no partition {partition}")));
        };
        match &mut *partition.lock().await {
            Partition::Open(writer, check) => {
                check.follow(&data).map_err(|error| CallError::Invalid(error.to_string()))?;
                writer.push(data).await.map_err(|error| CallError::TooMuch(error.to_string()))
            }
            _ => Err(CallError::NotNow("the data was already used: nothing can be appended".to_owned())),
        }
    }

    /// The block of one partition; closes it.
    ///
    /// # Errors
    /// There is no such partition, or its data could not be kept.
    pub(crate) async fn block(&self, partition: usize) -> Result<Arc<Block>, JobError> {
        let Some(partition) = self.partitions.get(partition) else {
            return Err(JobError::Data(format!("there is no partition {partition}")));
        };
        let mut partition = partition.lock().await;
        match std::mem::replace(&mut *partition, Partition::Lost) {
            Partition::Open(writer, check) if check.is_whole() => {
                let block = writer.finish().await?;
                *partition = Partition::Whole(Arc::clone(&block));
                Ok(block)
            }
            Partition::Whole(block) => {
                *partition = Partition::Whole(Arc::clone(&block));
                Ok(block)
            }
            Partition::Open(..) => {
                Err(JobError::Data("the data of a partition ends inside a frame".to_owned()))
            }
            Partition::Lost => Err(JobError::Data("the data of this partition is lost".to_owned())),
        }
    }
}
