//! Where brokers keep their partitions on disk, and how large they are.

use millstream_wire::messages::describe_log_dirs::{DescribeLogDirsRequest, DescribeLogDirsResult};
use millstream_wire::{ErrorCode, Versions};

use crate::client::Client;
use crate::error::ClientError;

/// A directory with logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogDir {
    /// Its absolute path on the broker's machine.
    pub path: String,
    /// Why it cannot be used, if so.
    pub error: ErrorCode,
    /// The size of its file system in bytes; brokers before 3.3 do not tell.
    pub total_bytes: Option<i64>,
    /// What is free of it, in bytes.
    pub usable_bytes: Option<i64>,
    /// The partitions that lie in it.
    pub replicas: Vec<Replica>,
}

/// A partition on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replica {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// All its segments, in bytes.
    pub size: i64,
    /// How many records it lacks to be a full copy.
    pub offset_lag: i64,
    /// Is it a copy on its way to this directory, which will take the other one's place?
    pub is_future: bool,
}

impl Client {
    /// The directories of one broker, with all partitions.
    pub async fn describe_log_dirs(&mut self, broker: i32) -> Result<Vec<LogDir>, ClientError> {
        let connection = self.broker(broker).await?;
        let version = connection.version::<DescribeLogDirsRequest>(Versions::new(0, 5))?;
        let request = DescribeLogDirsRequest { topics: None };
        let response = connection.call(&request, version).await?;
        ClientError::check(response.error_code, None, || format!("the log directories of broker {broker}"))?;
        Ok(response.results.into_iter().map(log_dir).collect())
    }
}

fn log_dir(found: DescribeLogDirsResult) -> LogDir {
    let mut replicas = Vec::new();
    for topic in found.topics {
        replicas.extend(topic.partitions.into_iter().map(|partition| Replica {
            topic: topic.name.to_string(),
            partition: partition.partition_index,
            size: partition.partition_size,
            offset_lag: partition.offset_lag,
            is_future: partition.is_future_key,
        }));
    }
    LogDir {
        path: found.log_dir.into(),
        error: found.error_code,
        total_bytes: Some(found.total_bytes).filter(|bytes| *bytes >= 0),
        usable_bytes: Some(found.usable_bytes).filter(|bytes| *bytes >= 0),
        replicas,
    }
}
