//! The engine's topics on the broker of this process: no socket, no copy of a batch before its columns are built.
//!
//! Reads end at the high watermark, so a query never sees a record that is not on disk; an append returns when its
//! records are.

use super::missing_topic::no_such_topic;
use super::record_rows;
use async_trait::async_trait;
use futures::future::select_all;
use millstream_broker::{TopicError as BrokerError, Topics};
use millstream_client::partition_for_key;
use millstream_engine::topics::{
    Cluster, NewRow, OffsetAt, Selection, TopicError, TopicPartition, TopicRows, TopicStore,
};
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec, RecordBatch};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Bytes asked of the log in one read: large enough to amortise it, small enough to stay in the processor's cache.
const READ_BYTES: usize = 1 << 20;

/// A batch is handed to the log when it has grown to this size, well below `message.max.bytes`.
const BATCH_BYTES: usize = 512 << 10;

/// The topics of the broker in this process.
#[derive(Debug)]
pub struct OwnTopics {
    topics: Topics,
    /// `HOST:PORT` by which programs name this broker.
    addresses: Vec<String>,
    auto_create: bool,
    round_robin: AtomicUsize,
}

impl OwnTopics {
    /// Topics of a broker that programs reach under `addresses`. `auto_create` is `auto.create.topics.enable`.
    pub fn new(topics: Topics, addresses: Vec<String>, auto_create: bool) -> Self {
        Self { topics, addresses, auto_create, round_robin: AtomicUsize::new(0) }
    }

    /// The first of the addresses.
    pub fn address(&self) -> String {
        self.addresses.first().cloned().unwrap_or_default()
    }

    /// Whether one of the cluster's addresses is this broker's.
    pub fn is(&self, cluster: &Cluster) -> bool {
        let mut asked = cluster.bootstrap.split(',').map(str::trim);
        asked.any(|address| self.addresses.iter().any(|own| own == address))
    }

    fn named(&self, topic: &str, partitions: Option<&[i32]>) -> Result<Vec<TopicPartition>, TopicError> {
        let view = self.topics.get(topic).map_err(|error| match error {
            BrokerError::UnknownTopic { .. } => {
                let topics = self.topics.list();
                let names = topics.iter().filter(|topic| !topic.internal).map(|topic| topic.name.as_str());
                TopicError::Unknown(no_such_topic(topic, names))
            }
            other => refusal(other),
        })?;
        let all = view.partitions.iter().map(|partition| partition.index);
        let chosen: Vec<i32> = partitions.map_or_else(|| all.clone().collect(), <[i32]>::to_vec);
        if let Some(missing) = chosen.iter().find(|index| all.clone().all(|there| there != **index)) {
            return Err(TopicError::Unknown(format!("topic {topic} has no partition {missing}")));
        }
        Ok(chosen.into_iter().map(|partition| TopicPartition { topic: topic.into(), partition }).collect())
    }

    /// Partitions of a topic to append to; a topic that is not there is made as a Kafka producer's would be.
    async fn writable(&self, topic: &str) -> Result<usize, TopicError> {
        let view = match self.topics.get(topic) {
            Err(BrokerError::UnknownTopic { .. }) if self.auto_create => {
                match self.topics.create(topic, None, &[]).await {
                    Err(BrokerError::TopicExists { .. }) => self.topics.get(topic),
                    other => other,
                }
            }
            other => other,
        };
        view.map(|view| view.partitions.len().max(1)).map_err(refusal)
    }

    fn partition_of(&self, row: &NewRow, partitions: usize) -> i32 {
        let index = match (row.partition, &row.key) {
            (Some(partition), _) => return partition,
            (None, Some(key)) => return partition_for_key(key, partitions),
            (None, None) => self.round_robin.fetch_add(1, Ordering::Relaxed) % partitions,
        };
        i32::try_from(index).unwrap_or(0)
    }

    async fn append_to(&self, topic: &str, partition: i32, rows: &[NewRow]) -> Result<(), TopicError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let mut rows = rows.iter().peekable();
        while rows.peek().is_some() {
            let mut batch = BatchBuilder::new(Codec::None);
            while let Some(row) = rows.next_if(|_| batch.size_in_bytes() < BATCH_BYTES) {
                let (key, value) = (row.key.as_deref(), row.value.as_deref());
                batch.append(now, key, value, &record_rows::headers(row)).map_err(damaged)?;
            }
            let bytes = batch.finish().map_err(damaged)?.freeze();
            self.topics.append(topic, partition, bytes).await.map_err(refusal)?;
        }
        Ok(())
    }
}

#[async_trait]
impl TopicStore for OwnTopics {
    async fn partitions(
        &self,
        _cluster: &Cluster,
        selection: &Selection,
    ) -> Result<Vec<TopicPartition>, TopicError> {
        let mut found = Vec::new();
        match selection {
            Selection::Topics(topics) => {
                for topic in topics {
                    found.extend(self.named(topic, None)?);
                }
            }
            Selection::Pattern(pattern) => {
                let whole = record_rows::whole_name(pattern)?;
                let names = self.topics.list().into_iter().map(|topic| topic.name);
                for topic in names.filter(|name| whole.is_match(name)) {
                    found.extend(self.named(&topic, None)?);
                }
            }
            Selection::Assign(assignment) => {
                for (topic, partitions) in assignment {
                    found.extend(self.named(topic, Some(partitions))?);
                }
            }
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    async fn offsets(
        &self,
        _cluster: &Cluster,
        partitions: &[TopicPartition],
        at: OffsetAt,
    ) -> Result<Vec<i64>, TopicError> {
        let mut offsets = Vec::with_capacity(partitions.len());
        for TopicPartition { topic, partition } in partitions {
            let view = self.topics.get_partition(topic, *partition).map_err(refusal)?;
            offsets.push(match at {
                OffsetAt::Earliest => view.log_start_offset,
                OffsetAt::Latest => view.high_watermark,
                OffsetAt::Timestamp(timestamp) => {
                    let found = self.topics.offset_for_timestamp(topic, *partition, timestamp).await;
                    found.map_err(refusal)?.unwrap_or(view.high_watermark)
                }
            });
        }
        Ok(offsets)
    }

    async fn read(
        &self,
        _cluster: &Cluster,
        partition: &TopicPartition,
        from: i64,
        to: i64,
        rows: &mut TopicRows,
    ) -> Result<i64, TopicError> {
        let mut next = from;
        while next < to && !rows.is_full() {
            let read = self.topics.read(&partition.topic, partition.partition, next, READ_BYTES).await;
            let batches = read.map_err(refusal)?.batches;
            if batches.is_empty() {
                // Nothing but gaps up to the high watermark.
                return Ok(to);
            }
            for batch in Batches::new(batches) {
                let batch = batch.map_err(damaged)?;
                if next >= to || rows.is_full() {
                    break;
                }
                push_records(&batch, next, to, rows)?;
                next = batch.header.last_offset().saturating_add(1).clamp(next, to);
            }
        }
        Ok(next)
    }

    async fn append(&self, _cluster: &Cluster, topic: &str, rows: Vec<NewRow>) -> Result<(), TopicError> {
        let partitions = self.writable(topic).await?;
        let mut by_partition: BTreeMap<i32, Vec<NewRow>> = BTreeMap::new();
        for row in rows {
            by_partition.entry(self.partition_of(&row, partitions)).or_default().push(row);
        }
        for (partition, rows) in by_partition {
            self.append_to(topic, partition, &rows).await?;
        }
        Ok(())
    }

    async fn changed(
        &self,
        _cluster: &Cluster,
        positions: &[(TopicPartition, i64)],
    ) -> Result<(), TopicError> {
        let mut waits = Vec::with_capacity(positions.len());
        for (TopicPartition { topic, partition }, position) in positions {
            let mut moves = self.topics.high_watermark(topic, *partition).map_err(refusal)?;
            let position = *position;
            // An error means that the partition is gone: the next read says so.
            waits.push(Box::pin(async move { moves.wait_for(|end| *end > position).await.map(|_| ()).ok() }));
        }
        if waits.is_empty() {
            return std::future::pending().await;
        }
        select_all(waits).await;
        Ok(())
    }
}

fn push_records(batch: &RecordBatch, from: i64, to: i64, rows: &mut TopicRows) -> Result<(), TopicError> {
    if batch.header.attributes.is_control() {
        return Ok(());
    }
    let timestamp_type = batch.header.attributes.timestamp_type();
    for record in batch.records(Budget::default()).map_err(damaged)? {
        let record = record.map_err(damaged)?;
        if (from..to).contains(&record.offset) {
            record_rows::push(&record, timestamp_type, rows);
        }
    }
    Ok(())
}

fn damaged(error: impl std::fmt::Display) -> TopicError {
    TopicError::Refused(format!("a record batch cannot be used: {error}"))
}

fn refusal(error: BrokerError) -> TopicError {
    let text = error.to_string();
    match error {
        BrokerError::UnknownTopic { .. } | BrokerError::UnknownPartition { .. } => TopicError::Unknown(text),
        BrokerError::OffsetOutOfRange { topic, partition, offset, log_start_offset, high_watermark } => {
            TopicError::OutOfRange {
                topic,
                partition,
                offset,
                earliest: log_start_offset,
                latest: high_watermark,
            }
        }
        BrokerError::Closing | BrokerError::Storage { .. } | BrokerError::Metadata { .. } => {
            TopicError::Unavailable(text)
        }
        BrokerError::TopicExists { .. } | BrokerError::Invalid { .. } => TopicError::Refused(text),
    }
}
