//! Topics in memory: for tests, and for a program that uses the engine without a broker.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use regex::Regex;
use tokio::sync::watch;

use super::{Cluster, NewRow, OffsetAt, Selection, TopicError, TopicPartition, TopicRows, TopicStore};

/// A topic store without disk or cluster: the bootstrap servers do not matter.
#[derive(Debug)]
pub struct MemoryTopics {
    topics: Mutex<BTreeMap<Arc<str>, Vec<Vec<Stored>>>>,
    version: watch::Sender<u64>,
}

#[derive(Debug, Clone)]
struct Stored {
    row: NewRow,
    timestamp_ms: i64,
}

impl Default for MemoryTopics {
    fn default() -> Self {
        Self { topics: Mutex::default(), version: watch::Sender::new(0) }
    }
}

impl MemoryTopics {
    /// Creates a topic if it is not there.
    pub fn create(&self, topic: &str, partitions: usize) {
        self.lock().entry(Arc::from(topic)).or_insert_with(|| vec![Vec::new(); partitions]);
    }

    /// Appends records to a partition at once, with a timestamp in milliseconds since 1970.
    ///
    /// # Errors
    /// There is no such partition.
    pub fn push(
        &self,
        topic: &str,
        partition: i32,
        rows: Vec<NewRow>,
        timestamp_ms: i64,
    ) -> Result<(), TopicError> {
        let mut topics = self.lock();
        let log = usize::try_from(partition)
            .ok()
            .and_then(|index| topics.get_mut(topic)?.get_mut(index))
            .ok_or_else(|| unknown(topic))?;
        log.extend(rows.into_iter().map(|row| Stored { row, timestamp_ms }));
        drop(topics);
        self.version.send_modify(|version| *version += 1);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Vec<Vec<Stored>>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_log<T>(
        &self,
        partition: &TopicPartition,
        look: impl FnOnce(&[Stored]) -> T,
    ) -> Result<T, TopicError> {
        let topics = self.lock();
        let log = usize::try_from(partition.partition)
            .ok()
            .and_then(|index| topics.get(&partition.topic)?.get(index))
            .ok_or_else(|| unknown(&partition.topic))?;
        Ok(look(log))
    }
}

fn unknown(topic: &str) -> TopicError {
    TopicError::Unknown(format!("This server does not host this topic-partition: {topic}"))
}

fn as_offset(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

#[async_trait]
impl TopicStore for MemoryTopics {
    async fn partitions(
        &self,
        _cluster: &Cluster,
        selection: &Selection,
    ) -> Result<Vec<TopicPartition>, TopicError> {
        let topics = self.lock();
        let all = |name: &Arc<str>, logs: &Vec<Vec<Stored>>| {
            (0..i32::try_from(logs.len()).unwrap_or(i32::MAX))
                .map(|partition| TopicPartition { topic: Arc::clone(name), partition })
                .collect::<Vec<_>>()
        };
        let mut found = Vec::new();
        match selection {
            Selection::Topics(names) => {
                for name in names {
                    let (name, logs) = topics.get_key_value(name.as_str()).ok_or_else(|| unknown(name))?;
                    found.extend(all(name, logs));
                }
            }
            Selection::Pattern(pattern) => {
                let whole = Regex::new(&format!("^(?:{pattern})$"))
                    .map_err(|error| TopicError::Refused(error.to_string()))?;
                for (name, logs) in topics.iter().filter(|(name, _)| whole.is_match(name)) {
                    found.extend(all(name, logs));
                }
            }
            Selection::Assign(assigned) => {
                for (topic, partitions) in assigned {
                    let topic: Arc<str> = Arc::from(topic.as_str());
                    found.extend(
                        partitions
                            .iter()
                            .map(|p| TopicPartition { topic: Arc::clone(&topic), partition: *p }),
                    );
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
        partitions
            .iter()
            .map(|partition| {
                self.with_log(partition, |log| match at {
                    OffsetAt::Earliest => 0,
                    OffsetAt::Latest => as_offset(log.len()),
                    OffsetAt::Timestamp(ms) => as_offset(
                        log.iter().position(|stored| stored.timestamp_ms >= ms).unwrap_or(log.len()),
                    ),
                })
            })
            .collect()
    }

    async fn read(
        &self,
        _cluster: &Cluster,
        partition: &TopicPartition,
        from: i64,
        to: i64,
        rows: &mut TopicRows,
    ) -> Result<i64, TopicError> {
        self.with_log(partition, |log| {
            let latest = as_offset(log.len());
            if from < 0 || from > latest {
                return Err(TopicError::OutOfRange {
                    topic: partition.topic.to_string(),
                    partition: partition.partition,
                    offset: from,
                    earliest: 0,
                    latest,
                });
            }
            let mut next = from;
            for stored in log.iter().skip(usize::try_from(from).unwrap_or(0)) {
                if next >= to || rows.is_full() {
                    return Ok(next);
                }
                let row = &stored.row;
                let headers = row.headers.iter().map(|(key, value)| (key.as_str(), value.as_deref()));
                rows.push(row.key.as_deref(), row.value.as_deref(), next, stored.timestamp_ms, 0, headers);
                next += 1;
            }
            Ok(if next < to { to } else { next })
        })?
    }

    async fn append(&self, _cluster: &Cluster, topic: &str, rows: Vec<NewRow>) -> Result<(), TopicError> {
        self.create(topic, 1);
        let now = chrono::Utc::now().timestamp_millis();
        for row in rows {
            self.push(topic, row.partition.unwrap_or(0), vec![row], now)?;
        }
        Ok(())
    }

    async fn changed(
        &self,
        _cluster: &Cluster,
        positions: &[(TopicPartition, i64)],
    ) -> Result<(), TopicError> {
        let mut version = self.version.subscribe();
        loop {
            version.mark_unchanged();
            for (partition, position) in positions {
                if self.with_log(partition, |log| as_offset(log.len()) > *position)? {
                    return Ok(());
                }
            }
            if version.changed().await.is_err() {
                return Ok(());
            }
        }
    }
}
