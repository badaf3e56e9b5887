//! A group's committed offsets, for who is no member of it: reading, setting and deleting them.

use std::collections::BTreeMap;

use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};
use millstream_wire::messages::offset_fetch::OffsetFetchRequest;
use millstream_wire::{ErrorCode, Str, Versions};

use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;

/// How far a group has read a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The offset to be read next.
    pub offset: i64,
    /// The leader epoch of the record before, if the member has told it.
    pub leader_epoch: Option<i32>,
}

/// Offsets by topic and partition.
pub type CommittedOffsets = BTreeMap<(String, i32), CommittedOffset>;

impl Client {
    /// All offsets that a group has committed; none for a group that is not there.
    pub async fn committed_offsets(&mut self, group: &str) -> Result<CommittedOffsets, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.committed_offsets_once(group).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn committed_offsets_once(&mut self, group: &str) -> Result<CommittedOffsets, ClientError> {
        let address = self.coordinator(group).await?;
        let connection = self.at(&address).await?;
        let version = connection.version::<OffsetFetchRequest>(Versions::new(2, 7))?;
        let request = OffsetFetchRequest { group_id: group.into(), topics: None, ..Default::default() };
        let response = connection.call(&request, version).await?;
        ClientError::check(response.error_code, None, || format!("group '{group}'"))?;
        let mut committed = CommittedOffsets::new();
        for topic in response.topics {
            for partition in topic.partitions {
                let index = partition.partition_index;
                ClientError::check(partition.error_code, None, || {
                    format!("{}-{index} in group '{group}'", topic.name)
                })?;
                if partition.committed_offset >= 0 {
                    let leader_epoch = Some(partition.committed_leader_epoch).filter(|epoch| *epoch >= 0);
                    let offset = CommittedOffset { offset: partition.committed_offset, leader_epoch };
                    committed.insert((topic.name.to_string(), index), offset);
                }
            }
        }
        Ok(committed)
    }

    /// Sets the offsets of a group that has no members. Offsets of other partitions stay as they are.
    pub async fn set_offsets(
        &mut self,
        group: &str,
        offsets: &BTreeMap<(String, i32), i64>,
    ) -> Result<(), ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.set_offsets_once(group, offsets).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn set_offsets_once(
        &mut self,
        group: &str,
        offsets: &BTreeMap<(String, i32), i64>,
    ) -> Result<(), ClientError> {
        let mut topics: BTreeMap<&str, Vec<OffsetCommitRequestPartition>> = BTreeMap::new();
        for ((topic, partition), offset) in offsets {
            topics.entry(topic).or_default().push(OffsetCommitRequestPartition {
                partition_index: *partition,
                committed_offset: *offset,
                committed_metadata: Some(Str::default()),
                ..Default::default()
            });
        }
        let topic = |(name, partitions): (&str, _)| OffsetCommitRequestTopic {
            name: name.into(),
            partitions,
            ..Default::default()
        };
        let request = OffsetCommitRequest {
            group_id: group.into(),
            // No generation and no member: whoever commits so is outside of the group.
            generation_id_or_member_epoch: -1,
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        };
        let address = self.coordinator(group).await?;
        let connection = self.at(&address).await?;
        let version = connection.version::<OffsetCommitRequest>(Versions::new(2, 9))?;
        let response = connection.call(&request, version).await?;
        for topic in response.topics {
            for partition in topic.partitions {
                let what = || format!("{}-{} in group '{group}'", topic.name, partition.partition_index);
                ClientError::check(partition.error_code, None, what)?;
            }
        }
        Ok(())
    }

    /// Deletes a group's offsets of some partitions. Gives what became of each partition.
    pub async fn delete_offsets(
        &mut self,
        group: &str,
        partitions: &[(String, i32)],
    ) -> Result<BTreeMap<(String, i32), ErrorCode>, ClientError> {
        let mut topics: BTreeMap<&str, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
        for (topic, partition) in partitions {
            let row = OffsetDeleteRequestPartition { partition_index: *partition };
            topics.entry(topic).or_default().push(row);
        }
        let topic =
            |(name, partitions): (&str, _)| OffsetDeleteRequestTopic { name: name.into(), partitions };
        let request =
            OffsetDeleteRequest { group_id: group.into(), topics: topics.into_iter().map(topic).collect() };
        let address = self.coordinator(group).await?;
        let connection = self.at(&address).await?;
        let version = connection.version::<OffsetDeleteRequest>(Versions::new(0, 0))?;
        let response = connection.call(&request, version).await?;
        ClientError::check(response.error_code, None, || format!("group '{group}'"))?;
        let mut outcome = BTreeMap::new();
        for topic in response.topics {
            for partition in topic.partitions {
                outcome.insert((topic.name.to_string(), partition.partition_index), partition.error_code);
            }
        }
        Ok(outcome)
    }
}
