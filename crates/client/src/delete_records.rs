//! Deleting records from the beginning of partitions.

use std::collections::BTreeMap;

use millstream_wire::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use millstream_wire::{ErrorCode, Versions};

use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;

/// What became of each partition: its first offset now, or why it is as it was.
pub type DeletedRecords = BTreeMap<(String, i32), Result<i64, ErrorCode>>;

impl Client {
    /// Deletes the records below the offset given for each partition; -1 stands for its high watermark.
    ///
    /// A partition that fails does not keep others from being cut, so each has its own outcome.
    pub async fn delete_records(
        &mut self,
        offsets: &BTreeMap<(String, i32), i64>,
    ) -> Result<DeletedRecords, ClientError> {
        let mut outcome = DeletedRecords::new();
        let mut by_leader: BTreeMap<String, BTreeMap<&str, Vec<DeleteRecordsPartition>>> = BTreeMap::new();
        for ((topic, partition), offset) in offsets {
            let row = DeleteRecordsPartition { partition_index: *partition, offset: *offset };
            match self.leader(topic, *partition).await {
                Ok(leader) => by_leader.entry(leader).or_default().entry(topic).or_default().push(row),
                Err(ClientError::NoPartition { .. }) => {
                    let code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
                    outcome.insert((topic.clone(), *partition), Err(code));
                }
                Err(ClientError::Refused { code, .. }) => {
                    outcome.insert((topic.clone(), *partition), Err(code));
                }
                Err(error) => return Err(error),
            }
        }
        let wait = self.options.request_timeout;
        for (leader, topics) in by_leader {
            let topic = |(name, partitions): (&str, _)| DeleteRecordsTopic { name: name.into(), partitions };
            let request = DeleteRecordsRequest {
                topics: topics.into_iter().map(topic).collect(),
                timeout_ms: millis(wait),
            };
            let connection = self.at(&leader).await?;
            let version = connection.version::<DeleteRecordsRequest>(Versions::new(0, 2))?;
            let response = connection.call_held(&request, version, wait).await?;
            for topic in response.topics {
                for partition in topic.partitions {
                    let result = partition.error_code.ok().map(|()| partition.low_watermark);
                    outcome.insert((topic.name.to_string(), partition.partition_index), result);
                }
            }
        }
        Ok(outcome)
    }
}
