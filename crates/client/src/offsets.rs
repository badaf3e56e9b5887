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
}

impl OffsetAt {
    const fn code(self) -> i64 {
        match self {
            Self::Earliest => -2,
            Self::Latest => -1,
            Self::Timestamp(time) => time,
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
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.list_offsets_once(topic, partitions, at).await {
                Err(error) if error.is_retriable() && retries.pause().await => self.forget(topic),
                outcome => break outcome,
            }
        }
    }

    async fn list_offsets_once(
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
        for (leader, partitions) in by_leader {
            let connection = self.at(&leader).await?;
            let version = connection.version::<ListOffsetsRequest>(Versions::new(1, 11))?;
            let ask = |index: &i32| ListOffsetsPartition {
                partition_index: *index,
                timestamp: at.code(),
                ..Default::default()
            };
            let request = ListOffsetsRequest {
                replica_id: -1,
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
                offsets.insert(index, found.offset);
            }
        }
        if matches!(at, OffsetAt::Timestamp(_)) {
            self.end_where_nothing_is_later(topic, &mut offsets).await?;
        }
        Ok(offsets)
    }

    async fn end_where_nothing_is_later(
        &mut self,
        topic: &str,
        offsets: &mut BTreeMap<i32, i64>,
    ) -> Result<(), ClientError> {
        let missing: Vec<_> = offsets.iter().filter(|(_, offset)| **offset < 0).map(|(p, _)| *p).collect();
        if !missing.is_empty() {
            offsets.extend(Box::pin(self.list_offsets_once(topic, &missing, OffsetAt::Latest)).await?);
        }
        Ok(())
    }
}
