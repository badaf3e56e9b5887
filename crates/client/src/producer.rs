//! Records in, batches out: one producer for one topic.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use millstream_wire::ErrorCode;
use millstream_wire::records::{BatchBuilder, Codec, Header};

use crate::admin::NewTopic;
use crate::client::Client;
use crate::error::ClientError;
use crate::partitioner::partition_for_key;
use crate::produce::Acks;
use crate::transactional::ProducerIdentity;

/// How a producer batches and what it waits for.
#[derive(Debug, Clone, Copy)]
pub struct ProducerOptions {
    /// When a batch counts as written.
    pub acks: Acks,
    /// How batches are compressed.
    pub codec: Codec,
    /// Bytes, not compressed, from which on a batch is sent.
    pub batch_bytes: usize,
    /// Number the batches, so that one that is sent again is not written again?
    pub idempotent: bool,
    /// Create the topic, with the broker's defaults, if it is not there?
    pub create_topic: bool,
}

impl Default for ProducerOptions {
    fn default() -> Self {
        Self {
            acks: Acks::All,
            codec: Codec::None,
            batch_bytes: 256 << 10,
            idempotent: false,
            create_topic: false,
        }
    }
}

/// A record to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewRecord<'a> {
    /// Its key, which decides the partition.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers.
    pub headers: &'a [Header],
    /// Its time in ms since 1970; now, if not said.
    pub timestamp: Option<i64>,
}

/// Collects records into one batch for each partition.
#[derive(Debug)]
pub struct Producer {
    client: Client,
    topic: String,
    options: ProducerOptions,
    partitions: usize,
    open: BTreeMap<i32, BatchBuilder>,
    /// Who numbers the batches; a new one after an error, when nobody knows what is written.
    numbers: Option<Numbers>,
    /// Where records without a key go until the next batch.
    sticky: i32,
}

/// The sequence numbers of an idempotent producer.
#[derive(Debug)]
struct Numbers {
    producer: ProducerIdentity,
    next: BTreeMap<i32, i32>,
}

impl Numbers {
    fn on(&mut self, partition: i32, batch: BatchBuilder) -> BatchBuilder {
        let next = self.next.entry(partition).or_default();
        let first = *next;
        // Sequence numbers begin again at 0 behind the largest.
        *next = first.wrapping_add(batch.record_count()) & i32::MAX;
        batch.producer(self.producer.id, self.producer.epoch, first)
    }
}

impl Producer {
    /// A producer for a topic that is there, or is created if the options say so.
    pub async fn new(mut client: Client, topic: &str, options: ProducerOptions) -> Result<Self, ClientError> {
        let found = match client.topic(topic).await {
            Err(error)
                if options.create_topic && error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) =>
            {
                create(&mut client, topic).await?;
                client.topic(topic).await?
            }
            outcome => outcome?,
        };
        let partitions = found.partitions.len();
        Ok(Self {
            client,
            topic: topic.to_owned(),
            options,
            partitions,
            open: BTreeMap::new(),
            numbers: None,
            sticky: 0,
        })
    }

    /// How many partitions the topic has.
    pub fn partitions(&self) -> usize {
        self.partitions
    }

    /// Adds a record, to the given partition or to the one of its key, and sends the batches if one is full.
    pub async fn send(&mut self, partition: Option<i32>, record: NewRecord<'_>) -> Result<(), ClientError> {
        let partition = match (partition, record.key) {
            (Some(partition), _) => self.check_partition(partition)?,
            (None, Some(key)) => partition_for_key(key, self.partitions),
            (None, None) => self.sticky,
        };
        let codec = self.options.codec;
        let batch = self.open.entry(partition).or_insert_with(|| BatchBuilder::new(codec));
        let timestamp = record.timestamp.unwrap_or_else(now);
        batch
            .append(timestamp, record.key, record.value, record.headers)
            .map_err(|source| ClientError::Batch { topic: self.topic.clone(), partition, source })?;
        if batch.size_in_bytes() >= self.options.batch_bytes {
            self.flush().await?;
        }
        Ok(())
    }

    /// Sends everything collected. Gives the offset of the first record written in this flush, by partition.
    pub async fn flush(&mut self) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut batches = BTreeMap::new();
        if self.options.idempotent && self.numbers.is_none() && !self.open.is_empty() {
            let producer = self.client.init_producer(None).await?;
            self.numbers = Some(Numbers { producer, next: BTreeMap::new() });
        }
        for (partition, batch) in std::mem::take(&mut self.open) {
            let batch = match &mut self.numbers {
                Some(numbers) => numbers.on(partition, batch),
                None => batch,
            };
            let bytes = batch.finish().map_err(|source| ClientError::Batch {
                topic: self.topic.clone(),
                partition,
                source,
            })?;
            batches.insert(partition, bytes.freeze());
        }
        let count = i32::try_from(self.partitions).unwrap_or(i32::MAX).max(1);
        self.sticky = (self.sticky + 1) % count;
        let outcome = self.produce(batches).await;
        if outcome.is_err() {
            self.numbers = None;
        }
        outcome
    }

    /// Gives the client back; what was not flushed is dropped.
    pub fn into_client(self) -> Client {
        self.client
    }

    async fn produce(&mut self, batches: BTreeMap<i32, Bytes>) -> Result<BTreeMap<i32, i64>, ClientError> {
        self.client.produce(&self.topic, batches, self.options.acks).await
    }

    fn check_partition(&self, partition: i32) -> Result<i32, ClientError> {
        let is_there = usize::try_from(partition).is_ok_and(|index| index < self.partitions);
        if is_there {
            return Ok(partition);
        }
        Err(ClientError::NoPartition { topic: self.topic.clone(), partition, count: self.partitions })
    }
}

/// Creates a topic; that somebody else did so a moment ago is no error.
async fn create(client: &mut Client, topic: &str) -> Result<(), ClientError> {
    let created = client.create_topic(&NewTopic { name: topic.to_owned(), ..Default::default() }).await;
    match created {
        Err(error) if error.code() == Some(ErrorCode::TOPIC_ALREADY_EXISTS) => Ok(()),
        outcome => outcome,
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
