//! The driver's own data: appended by messages until it is first used.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Mutex;

use crate::block::{Block, Store, Writer, whole_frames};
use crate::error::{CallError, JobError};

/// Partitions in the making, then blocks.
#[derive(Debug)]
pub(crate) struct Source {
    partitions: Vec<Mutex<Partition>>,
}

#[derive(Debug)]
enum Partition {
    Open(Writer),
    Whole(Arc<Block>),
    /// Finishing it failed.
    Lost,
}

impl Source {
    /// So many partitions, with their first data.
    ///
    /// # Errors
    /// The data is not whole frames, or cannot be kept.
    pub(crate) async fn new(store: &Arc<Store>, data: Vec<Bytes>) -> Result<Self, JobError> {
        let mut partitions = Vec::with_capacity(data.len());
        for bytes in data {
            whole_frames(&bytes)?;
            let mut writer = store.writer();
            writer.push(bytes).await?;
            partitions.push(Mutex::new(Partition::Open(writer)));
        }
        Ok(Self { partitions })
    }

    /// More data for one partition.
    ///
    /// # Errors
    /// There is no such partition, it was used already, or the data is not whole frames.
    pub(crate) async fn append(&self, partition: usize, data: Bytes) -> Result<(), CallError> {
        whole_frames(&data).map_err(|error| CallError::Invalid(error.to_string()))?;
        let Some(partition) = self.partitions.get(partition) else {
            return Err(CallError::Invalid(format!("there is no partition {partition}")));
        };
        match &mut *partition.lock().await {
            Partition::Open(writer) => {
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
            Partition::Open(writer) => {
                let block = writer.finish().await?;
                *partition = Partition::Whole(Arc::clone(&block));
                Ok(block)
            }
            Partition::Whole(block) => {
                *partition = Partition::Whole(Arc::clone(&block));
                Ok(block)
            }
            Partition::Lost => Err(JobError::Data("the data of this partition is lost".to_owned())),
        }
    }
}
