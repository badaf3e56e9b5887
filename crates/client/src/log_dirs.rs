//! Where brokers keep their partitions on disk, and how large they are.

use std::collections::BTreeMap;

use millstream_wire::messages::alter_replica_log_dirs::{
    AlterReplicaLogDir, AlterReplicaLogDirTopic, AlterReplicaLogDirsRequest,
};
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

    /// Has copies of partitions, by topic, partition and broker, moved to these directories of their brokers. Gives what
    /// became of each.
    pub async fn alter_replica_log_dirs(
        &mut self,
        wanted: &BTreeMap<(String, i32, i32), String>,
    ) -> Result<BTreeMap<(String, i32, i32), ErrorCode>, ClientError> {
        let mut brokers: BTreeMap<i32, BTreeMap<&str, BTreeMap<&str, Vec<i32>>>> = BTreeMap::new();
        for ((topic, partition, broker), dir) in wanted {
            let topics = brokers.entry(*broker).or_default().entry(dir).or_default();
            topics.entry(topic).or_default().push(*partition);
        }
        let mut done = BTreeMap::new();
        for (broker, dirs) in brokers {
            let topic =
                |(name, partitions): (&str, _)| AlterReplicaLogDirTopic { name: name.into(), partitions };
            let dir = |(path, topics): (&str, BTreeMap<_, _>)| AlterReplicaLogDir {
                path: path.into(),
                topics: topics.into_iter().map(topic).collect(),
            };
            let request = AlterReplicaLogDirsRequest { dirs: dirs.into_iter().map(dir).collect() };
            let connection = self.broker(broker).await?;
            let version = connection.version::<AlterReplicaLogDirsRequest>(Versions::new(0, 2))?;
            for topic in connection.call(&request, version).await?.results {
                done.extend(topic.partitions.into_iter().map(|partition| {
                    ((topic.topic_name.to_string(), partition.partition_index, broker), partition.error_code)
                }));
            }
        }
        Ok(done)
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
