//! Reading partitions on from a position.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_wire::ErrorCode;
use millstream_wire::records::{Budget, Record, TimestampType};

use crate::client::Client;
use crate::error::ClientError;
use crate::fetch::{FetchLimits, FetchedPartition};
use crate::offsets::OffsetAt;
use crate::retries::Retries;

/// Where reading a partition starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At a place that the broker knows.
    At(OffsetAt),
    /// At this offset.
    Offset(i64),
    /// This many records before the end.
    BeforeEnd(i64),
}

/// A record and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedRecord {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Who set the record's timestamp.
    pub timestamp_type: TimestampType,
    /// The record.
    pub record: Record,
}

/// Reads the partitions that it was told to, each on from its position.
#[derive(Debug)]
pub struct Consumer {
    client: Client,
    limits: FetchLimits,
    budget: Budget,
    /// Where to go on when a position is not in the log any more.
    reset: OffsetAt,
    positions: BTreeMap<(String, i32), i64>,
}

impl Consumer {
    /// A consumer of nothing yet.
    pub fn new(client: Client, reset: OffsetAt) -> Self {
        let (limits, budget) = (FetchLimits::default(), Budget::default());
        Self { client, limits, budget, reset, positions: BTreeMap::new() }
    }

    /// Reads some partitions of a topic too.
    pub async fn assign(&mut self, topic: &str, partitions: &[i32], start: Start) -> Result<(), ClientError> {
        let offsets: BTreeMap<i32, i64> = match start {
            Start::Offset(offset) => partitions.iter().map(|partition| (*partition, offset)).collect(),
            Start::At(at) => self.client.list_offsets(topic, partitions, at).await?,
            Start::BeforeEnd(count) => {
                let first = self.client.list_offsets(topic, partitions, OffsetAt::Earliest).await?;
                let end = self.client.list_offsets(topic, partitions, OffsetAt::Latest).await?;
                let back = |(partition, end): (i32, i64)| {
                    let first = first.get(&partition).copied().unwrap_or_default();
                    (partition, end.saturating_sub(count).max(first))
                };
                end.into_iter().map(back).collect()
            }
        };
        let positions =
            offsets.into_iter().map(|(partition, offset)| ((topic.to_owned(), partition), offset));
        self.positions.extend(positions);
        Ok(())
    }

    /// Goes on at this offset, if the partition is read at all.
    pub fn seek(&mut self, topic: &str, partition: i32, offset: i64) {
        if let Some(position) = self.positions.get_mut(&(topic.to_owned(), partition)) {
            *position = offset;
        }
    }

    /// Reads nothing any more, until it is told to again.
    pub fn clear(&mut self) {
        self.positions.clear();
    }

    /// The offset to be read next, for each partition.
    pub fn positions(&self) -> &BTreeMap<(String, i32), i64> {
        &self.positions
    }

    /// The client, for other requests in between.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The next records; waits up to `wait` for the first. Within a partition they are in order.
    pub async fn poll(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, ClientError> {
        if self.positions.is_empty() {
            tokio::time::sleep(wait).await;
            return Ok(Vec::new());
        }
        let mut retries = Retries::within(self.client.options.retry_for);
        loop {
            match self.poll_once(wait).await {
                Err(error) if error.is_retriable() && retries.pause().await => {
                    let topics: Vec<_> = self.positions.keys().map(|(topic, _)| topic.clone()).collect();
                    topics.iter().for_each(|topic| self.client.forget(topic));
                }
                outcome => break outcome,
            }
        }
    }

    async fn poll_once(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, ClientError> {
        let from: Vec<_> = self
            .positions
            .iter()
            .map(|((topic, partition), offset)| (topic.as_str(), *partition, *offset))
            .collect();
        let fetched = self.client.fetch(&from, self.limits, wait).await?;
        let mut received = Vec::new();
        for partition in fetched {
            if partition.error == ErrorCode::OFFSET_OUT_OF_RANGE {
                self.reset(&partition).await?;
                continue;
            }
            let what = || format!("{}-{}", partition.topic, partition.partition);
            let checked = ClientError::check(partition.error, None, what);
            if checked.is_err() && !received.is_empty() {
                // What has come already is handed out first; the error comes again with the next poll.
                continue;
            }
            checked?;
            self.take(&partition, &mut received)?;
        }
        Ok(received)
    }

    fn take(
        &mut self,
        fetched: &FetchedPartition,
        received: &mut Vec<ReceivedRecord>,
    ) -> Result<(), ClientError> {
        let (records, next) = fetched.records(self.budget)?;
        let (topic, partition) = (&fetched.topic, fetched.partition);
        self.positions.insert((topic.clone(), partition), next);
        received.extend(records.into_iter().map(|fetched| ReceivedRecord {
            topic: topic.clone(),
            partition,
            timestamp_type: fetched.timestamp_type,
            record: fetched.record,
        }));
        Ok(())
    }

    async fn reset(&mut self, lost: &FetchedPartition) -> Result<(), ClientError> {
        tracing::warn!(
            topic = lost.topic,
            partition = lost.partition,
            offset = lost.offset,
            "the offset is not in the log: going on at its {}",
            if self.reset == OffsetAt::Earliest { "start" } else { "end" },
        );
        self.assign(&lost.topic, &[lost.partition], Start::At(self.reset)).await
    }
}
