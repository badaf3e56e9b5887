//! Fetching: bytes from the leaders, and the records in them.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use millstream_wire::messages::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};
use millstream_wire::records::message_set::{Entries, Message};
use millstream_wire::records::{Batches, Budget, Record, RecordsError, TimestampType};
use millstream_wire::{ErrorCode, Versions};

use crate::aborted::AbortedTransactions;
use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;

/// The versions that bring record batches and name topics by name.
const VERSIONS: Versions = Versions::new(4, 12);
/// Where an entry of a log says which format it has, in every format.
const MAGIC_AT: usize = 16;

/// How much a fetch brings at most, in bytes. A batch that is larger comes whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FetchLimits {
    /// From all partitions of a broker.
    pub bytes: i32,
    /// From one partition.
    pub partition_bytes: i32,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { bytes: 50 << 20, partition_bytes: 1 << 20 }
    }
}

/// What came from one partition.
#[derive(Debug, Clone)]
pub struct FetchedPartition {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset that was asked for.
    pub offset: i64,
    /// Kafka's error; the rest means nothing if there is one.
    pub error: ErrorCode,
    /// Behind the last record that can be read.
    pub high_watermark: i64,
    /// The batches, as they lie in the log.
    pub batches: Bytes,
    /// The transactions that were aborted among them, as (producer id, first offset). Told only to who reads what is
    /// committed, who passes them over.
    pub aborted: Vec<(i64, i64)>,
}

/// A record that came, and what its batch says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedRecord {
    /// Who set its timestamp.
    pub timestamp_type: TimestampType,
    /// The record.
    pub record: Record,
}

impl Client {
    /// Asks the leaders of partitions for what is at these offsets (topic, partition, offset). A leader that has
    /// nothing holds its answer for up to `wait`; where there are several, each has its share of the time.
    pub async fn fetch(
        &mut self,
        from: &[(&str, i32, i64)],
        limits: FetchLimits,
        wait: Duration,
    ) -> Result<Vec<FetchedPartition>, ClientError> {
        let mut by_leader: BTreeMap<String, BTreeMap<&str, Vec<FetchPartition>>> = BTreeMap::new();
        for (topic, partition, offset) in from {
            let leader = self.leader(topic, *partition).await?;
            let ask = FetchPartition {
                partition: *partition,
                fetch_offset: *offset,
                partition_max_bytes: limits.partition_bytes,
                ..Default::default()
            };
            by_leader.entry(leader).or_default().entry(topic).or_default().push(ask);
        }
        let share = wait / u32::try_from(by_leader.len()).unwrap_or(u32::MAX).max(1);
        let isolation_level = self.options.isolation.code();
        let mut fetched = Vec::new();
        for (leader, topics) in by_leader {
            let name = |(topic, partitions): (&str, _)| FetchTopic {
                topic: topic.into(),
                partitions,
                ..Default::default()
            };
            let request = FetchRequest {
                max_wait_ms: millis(share),
                min_bytes: 1,
                max_bytes: limits.bytes,
                isolation_level,
                topics: topics.into_iter().map(name).collect(),
                ..Default::default()
            };
            let connection = self.at(&leader).await?;
            let version = connection.version::<FetchRequest>(VERSIONS)?;
            let response = connection.call_held(&request, version, share).await?;
            ClientError::check(response.error_code, None, || format!("a fetch from {leader}"))?;
            fetched.extend(partitions(response, from));
        }
        Ok(fetched)
    }
}

fn partitions<'a>(
    response: FetchResponse,
    from: &'a [(&str, i32, i64)],
) -> impl Iterator<Item = FetchedPartition> + 'a {
    response.responses.into_iter().flat_map(move |topic| {
        topic.partitions.into_iter().filter_map(move |found| {
            let asked = from
                .iter()
                .find(|(name, partition, _)| topic.topic == *name && found.partition_index == *partition);
            asked.map(|(name, partition, offset)| FetchedPartition {
                topic: (*name).to_owned(),
                partition: *partition,
                offset: *offset,
                error: found.error_code,
                high_watermark: found.high_watermark,
                aborted: (found.aborted_transactions.unwrap_or_default().iter())
                    .map(|aborted| (aborted.producer_id, aborted.first_offset))
                    .collect(),
                batches: found.records.unwrap_or_default().into_bytes(),
            })
        })
    })
}

impl FetchedPartition {
    /// Reads the records from the asked offset on, and says where to go on. Control batches are passed over.
    pub fn records(&self, budget: Budget) -> Result<(Vec<FetchedRecord>, i64), ClientError> {
        let mut records = Vec::new();
        let mut next = self.offset;
        let outcome = if matches!(self.batches.get(MAGIC_AT), Some(0 | 1)) {
            self.read_messages(budget, &mut records, &mut next)
        } else {
            self.read_batches(budget, &mut records, &mut next)
        };
        match outcome {
            // A broker cuts the last entry where its limit is.
            Ok(()) | Err(RecordsError::Truncated { .. }) => Ok((records, next)),
            Err(source) => Err(ClientError::Records {
                topic: self.topic.clone(),
                partition: self.partition,
                offset: next,
                source,
            }),
        }
    }

    fn read_batches(
        &self,
        budget: Budget,
        records: &mut Vec<FetchedRecord>,
        next: &mut i64,
    ) -> Result<(), RecordsError> {
        let mut aborted = AbortedTransactions::new(&self.aborted);
        for batch in Batches::verified(self.batches.clone()) {
            let batch = batch.map_err(|bad| bad.reason)?;
            if !aborted.passes_over(&batch, budget)? {
                let timestamp_type = batch.header.attributes.timestamp_type();
                for record in batch.records(budget)? {
                    let record = record?;
                    if record.offset >= self.offset {
                        records.push(FetchedRecord { timestamp_type, record });
                    }
                }
            }
            *next = (*next).max(batch.header.next_offset());
        }
        Ok(())
    }

    /// The formats before 0.11, as brokers of that time keep them.
    fn read_messages(
        &self,
        budget: Budget,
        records: &mut Vec<FetchedRecord>,
        next: &mut i64,
    ) -> Result<(), RecordsError> {
        for entry in Entries::new(self.batches.clone()) {
            let entry = entry.map_err(|bad| bad.reason)?;
            let timestamp_type = entry.timestamp_type;
            for message in entry.messages(budget)? {
                let Message { offset, timestamp, key, value } = message?;
                *next = (*next).max(offset.saturating_add(1));
                if offset >= self.offset {
                    let record = Record { offset, timestamp, key, value, headers: Vec::new() };
                    records.push(FetchedRecord { timestamp_type, record });
                }
            }
        }
        Ok(())
    }
}
