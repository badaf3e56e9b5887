//! The Kafka source (Structured Streaming + Kafka integration guide).
//!
//! Which partitions there are is asked at every trigger, so new topics and partitions join a running query.

mod offsets;
mod options;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::error::DataFusionError;
use futures::{StreamExt as _, stream};

use super::{RowStream, Source, SourceSpec};
use crate::topics::{OffsetAt, TopicError, TopicPartition, TopicRows, TopicStore};
use crate::{EngineError, Options};
use offsets::{PartitionOffsets, within_limit};
pub(crate) use options::cluster;
use options::{KafkaOptions, Starting};

/// How often a waiting query looks for new topics and partitions.
const REFRESH: Duration = Duration::from_secs(5);
/// How long it waits when the cluster cannot be reached.
const RETRY: Duration = Duration::from_millis(500);

#[derive(Debug, Clone)]
pub(super) struct KafkaSpec {
    options: KafkaOptions,
    topics: Arc<dyn TopicStore>,
}

impl KafkaSpec {
    pub(super) fn new(options: &Options, topics: Arc<dyn TopicStore>) -> Result<Self, EngineError> {
        Ok(Self { options: KafkaOptions::parse(options)?, topics })
    }

    async fn partitions(&self) -> Result<Vec<TopicPartition>, EngineError> {
        let (cluster, selection) = (&self.options.cluster, &self.options.selection);
        self.topics.partitions(cluster, selection).await.map_err(failed)
    }

    async fn offsets_at(
        &self,
        partitions: &[TopicPartition],
        at: OffsetAt,
    ) -> Result<PartitionOffsets, EngineError> {
        let found = self.topics.offsets(&self.options.cluster, partitions, at).await.map_err(failed)?;
        Ok(partitions.iter().cloned().zip(found).collect())
    }

    /// Where a new query begins.
    async fn beginning(&self) -> Result<PartitionOffsets, EngineError> {
        let partitions = self.partitions().await?;
        match &self.options.starting {
            Starting::Earliest => self.offsets_at(&partitions, OffsetAt::Earliest).await,
            Starting::Latest => self.offsets_at(&partitions, OffsetAt::Latest).await,
            Starting::Given(given) => {
                let earliest = self.offsets_at(&partitions, OffsetAt::Earliest).await?;
                let latest = self.offsets_at(&partitions, OffsetAt::Latest).await?;
                given.resolve(&partitions, &earliest, &latest)
            }
        }
    }
}

/// A failed call, in words of the query.
fn failed(error: TopicError) -> EngineError {
    EngineError::execution(error.to_string())
}

fn data_loss(what: &str) -> EngineError {
    EngineError::execution(format!(
        "{what}. Some data may have been lost because they are not available in Kafka any more; either the data was \
         aged out by Kafka or the topic may have been deleted before all the data in the topic was processed. If you \
         don't want your streaming query to fail on such cases, set the source option \"failOnDataLoss\" to \"false\"."
    ))
}

#[async_trait]
impl SourceSpec for KafkaSpec {
    fn name(&self) -> &'static str {
        "kafka"
    }

    fn schema(&self) -> SchemaRef {
        TopicRows::schema(self.options.headers)
    }

    async fn open(&self, initial: Option<String>) -> Result<Box<dyn Source>, EngineError> {
        let initial = match initial {
            Some(text) => PartitionOffsets::kept(&text)?,
            None => self.beginning().await?,
        };
        Ok(Box::new(KafkaSource { spec: self.clone(), initial, newest: None, frozen: None }))
    }
}

#[derive(Debug)]
struct KafkaSource {
    spec: KafkaSpec,
    initial: PartitionOffsets,
    /// The newest offsets at the last look.
    newest: Option<PartitionOffsets>,
    frozen: Option<PartitionOffsets>,
}

/// A partition's part of a batch that is still to be read.
#[derive(Debug, Clone)]
struct Range {
    partition: TopicPartition,
    from: i64,
    to: i64,
}

/// A batch being read.
struct Reading {
    spec: KafkaSpec,
    ranges: std::vec::IntoIter<Range>,
    current: Option<Range>,
}

impl Reading {
    /// The next rows; `None` at the end of the batch.
    async fn next(&mut self) -> Result<Option<RecordBatch>, EngineError> {
        loop {
            let Some(range) = self.current.take().or_else(|| self.ranges.next()) else { return Ok(None) };
            if range.from >= range.to {
                continue;
            }
            let mut rows = TopicRows::new(range.partition.clone(), self.spec.options.headers);
            let read = self
                .spec
                .topics
                .read(&self.spec.options.cluster, &range.partition, range.from, range.to, &mut rows)
                .await;
            let next = match read {
                Ok(next) => next.max(range.from.saturating_add(1)),
                Err(TopicError::OutOfRange { earliest, .. })
                    if !self.spec.options.fail_on_data_loss && earliest > range.from =>
                {
                    tracing::warn!("{:?}: offsets before {earliest} are gone", range.partition);
                    earliest
                }
                Err(error @ TopicError::OutOfRange { .. }) => return Err(data_loss(&error.to_string())),
                Err(error) => return Err(failed(error)),
            };
            self.current = Some(Range { from: next, ..range });
            if !rows.is_empty() {
                return rows.finish().map(Some);
            }
        }
    }
}

impl KafkaSource {
    /// The start of each partition that has none: its earliest offset, as for partitions that are new.
    async fn filled(
        &self,
        start: PartitionOffsets,
        wanted: &PartitionOffsets,
    ) -> Result<PartitionOffsets, EngineError> {
        let missing: Vec<_> =
            wanted.partitions().filter(|partition| start.get(partition).is_none()).cloned().collect();
        if missing.is_empty() {
            return Ok(start);
        }
        let earliest = self.spec.offsets_at(&missing, OffsetAt::Earliest).await?;
        Ok(start.into_iter().chain(earliest).collect())
    }
}

#[async_trait]
impl Source for KafkaSource {
    fn description(&self) -> String {
        format!("KafkaV2[{}]", self.spec.options.describe())
    }

    fn initial_offset(&self) -> String {
        self.initial.json()
    }

    async fn latest_offset(&mut self, start: &str) -> Result<String, EngineError> {
        let start = PartitionOffsets::kept(start)?;
        let partitions = self.spec.partitions().await?;
        if let Some(gone) = start.partitions().find(|partition| !partitions.contains(partition))
            && self.spec.options.fail_on_data_loss
        {
            return Err(data_loss(&format!("{}-{} is gone", gone.topic, gone.partition)));
        }
        let newest = self.spec.offsets_at(&partitions, OffsetAt::Latest).await?;
        let mut end = match &self.frozen {
            Some(frozen) => newest.at_most(frozen),
            None => newest.clone(),
        };
        if let Some(limit) = self.spec.options.max_offsets {
            let start = self.filled(start.clone(), &end).await?;
            end = within_limit(&start, &end, limit);
        }
        self.newest = Some(newest);
        Ok(end.never_before(&start).json())
    }

    fn newest(&self) -> Option<String> {
        self.newest.as_ref().map(PartitionOffsets::json)
    }

    fn lift_limits(&mut self) {
        self.spec.options.max_offsets = None;
    }

    async fn batch(&mut self, start: &str, end: &str) -> Result<RowStream, EngineError> {
        let end = PartitionOffsets::kept(end)?;
        let start = self.filled(PartitionOffsets::kept(start)?, &end).await?;
        let ranges: Vec<Range> = end
            .into_iter()
            .filter_map(|(partition, to)| {
                let from = start.get(&partition)?;
                (from < to).then_some(Range { partition, from, to })
            })
            .collect();
        let reading = Reading { spec: self.spec.clone(), ranges: ranges.into_iter(), current: None };
        let rows = stream::try_unfold(reading, |mut reading| async move {
            let batch = reading.next().await.map_err(DataFusionError::from)?;
            Ok(batch.map(|batch| (batch, reading)))
        });
        Ok(rows.boxed())
    }

    async fn commit(&mut self, _end: &str) {}

    async fn changed(&self, position: &str) {
        let Ok(position) = PartitionOffsets::parse(position) else { return };
        let positions: Vec<_> = position.into_iter().collect();
        let changed = async {
            let nothing = positions.is_empty();
            if nothing || self.spec.topics.changed(&self.spec.options.cluster, &positions).await.is_err() {
                tokio::time::sleep(RETRY).await;
            }
        };
        // Only the list of partitions is looked at again after this time; data is told.
        let _ = tokio::time::timeout(REFRESH, changed).await;
    }

    async fn freeze(&mut self, _start: &str) -> Result<(), EngineError> {
        let partitions = self.spec.partitions().await?;
        self.frozen = Some(self.spec.offsets_at(&partitions, OffsetAt::Latest).await?);
        Ok(())
    }

    fn metrics(&self, end: &str) -> BTreeMap<String, String> {
        match (&self.newest, PartitionOffsets::parse(end)) {
            (Some(newest), Ok(end)) => end.behind(newest),
            _ => BTreeMap::new(),
        }
    }
}
