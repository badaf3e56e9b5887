//! Where partitions begin and end.

use std::collections::BTreeMap;

use millstream_wire::Versions;
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};

use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;

/// A place in a partition's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OffsetAt {
    /// The first record that is still there.
    Earliest,
    /// Behind the last record.
    Latest,
    /// The first record with this time (ms since 1970) or a later one; behind the last record if there is none.
    Timestamp(i64),
    /// The record with the newest time (KIP-734).
    MaxTimestamp,
    /// The first record that is on the broker's own disk, not in tiered storage (KIP-405).
    EarliestLocal,
    /// The last record that is in tiered storage (KIP-1005).
    LatestTiered,
    /// The first record that is to be moved to tiered storage (KIP-1023).
    EarliestPendingUpload,
}

impl OffsetAt {
    const fn code(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::Timestamp(time) => time,
            Self::MaxTimestamp => -3,
            Self::EarliestLocal => -4,
            Self::LatestTiered => -5,
            Self::EarliestPendingUpload => -6,
        }
    }

    /// The versions that know this place.
    const fn versions(self) -> Versions {
        match self {
            Self::Earliest | Self::Latest | Self::Timestamp(_) => Versions::new(1, 11),
            Self::MaxTimestamp => Versions::new(7, 11),
            Self::EarliestLocal => Versions::new(8, 11),
            Self::LatestTiered => Versions::new(9, 11),
            Self::EarliestPendingUpload => Versions::new(11, 11),
        }
    }
}

impl Client {
    /// The offsets of a place in some partitions of a topic.
    pub async fn list_offsets(
        &mut self,
        topic: &str,
        partitions: &[i32],
        at: OffsetAt,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut offsets = self.find_offsets(topic, partitions, at).await?;
        if matches!(at, OffsetAt::Timestamp(_)) {
            let later: Vec<_> = partitions.iter().filter(|p| !offsets.contains_key(p)).copied().collect();
            if !later.is_empty() {
                offsets.extend(self.find_offsets(topic, &later, OffsetAt::Latest).await?);
            }
        }
        Ok(offsets)
    }

    /// As [`Self::list_offsets`], without the partitions in which there is no such place.
    pub async fn find_offsets(
        &mut self,
        topic: &str,
        partitions: &[i32],
        at: OffsetAt,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.find_offsets_once(topic, partitions, at).await {
                Err(error) if error.is_retriable() && retries.pause().await => self.forget(topic),
                outcome => break outcome,
            }
        }
    }

    async fn find_offsets_once(
        &mut self,
        topic: &str,
        partitions: &[i32],
        at: OffsetAt,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut by_leader: BTreeMap<String, Vec<i32>> = BTreeMap::new();
        for partition in partitions {
            by_leader.entry(self.leader(topic, *partition).await?).or_default().push(*partition);
        }
        let mut offsets = BTreeMap::new();
        let isolation_level = self.options.isolation.code();
        for (leader, partitions) in by_leader {
            let connection = self.at(&leader).await?;
            let version = connection.version::<ListOffsetsRequest>(at.versions())?;
            let ask = |index: &i32| ListOffsetsPartition {
                partition_index: *index,
                timestamp: at.code(),
                ..Default::default()
            };
            let request = ListOffsetsRequest {
                replica_id: -1,
                isolation_level: if version >= 2 { isolation_level } else { 0 },
                topics: vec![ListOffsetsTopic {
                    name: topic.into(),
                    partitions: partitions.iter().map(ask).collect(),
                }],
                ..Default::default()
            };
            let response = connection.call(&request, version).await?;
            for found in response.topics.into_iter().flat_map(|topic| topic.partitions) {
                let index = found.partition_index;
                ClientError::check(found.error_code, None, || format!("{topic}-{index}"))?;
                if found.offset >= 0 {
                    offsets.insert(index, found.offset);
                }
            }
        }
        Ok(offsets)
    }
}
