//! The engine's topics on another cluster: Apache Kafka or another Millstream, over the Kafka protocol.
//!
//! A client serves one call at a time, so clients are lent from a small pool per cluster: a long poll of one query
//! never holds up the reads of another.

use super::missing_topic::no_such_topic;
use super::record_rows;
use async_trait::async_trait;
use millstream_client::{
    Client, ClientError, FetchLimits, NewRecord, OffsetAt as ClientOffsetAt, Producer, ProducerOptions,
};
use millstream_engine::topics::{
    Cluster, NewRow, OffsetAt, Selection, TopicError, TopicPartition, TopicRows, TopicStore,
};
use millstream_wire::ErrorCode;
use millstream_wire::records::Budget;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// One long poll.
const WAIT: Duration = Duration::from_millis(500);

/// Idle clients that are kept for a cluster.
const IDLE_MAX: usize = 8;

/// `kafka.*` options that change nothing for a client without authentication and encryption.
const HARMLESS: [&str; 3] = ["security.protocol", "client.id", "group.id"];

/// Topics of any cluster that a `kafka.bootstrap.servers` option names.
#[derive(Debug)]
pub struct ForeignTopics {
    idle: Mutex<HashMap<String, Vec<Client>>>,
    /// Where this process's own broker is, for those who meant that.
    own: String,
}

impl ForeignTopics {
    /// Topics of other brokers than that at `own`.
    pub fn new(own: String) -> Self {
        Self { idle: Mutex::default(), own }
    }

    /// A client of the cluster, used by nobody else.
    async fn take(&self, cluster: &Cluster) -> Result<Client, TopicError> {
        check_properties(cluster)?;
        let idle = self.lock().get_mut(&cluster.bootstrap).and_then(Vec::pop);
        match idle {
            Some(client) => Ok(client),
            None => {
                Client::connect(&cluster.bootstrap).await.map_err(|error| self.unreachable(cluster, &error))
            }
        }
    }

    /// Why there is no connection, and where one could be had.
    fn unreachable(&self, cluster: &Cluster, error: &ClientError) -> TopicError {
        let asked = cluster.bootstrap.split(',').map(str::trim);
        let zookeeper = asked.filter_map(|address| address.strip_suffix(":2181")).next();
        let hint = match (error, zookeeper) {
            (ClientError::Address { .. }, _) => String::new(),
            (_, Some(host)) => format!(
                "; port 2181 was ZooKeeper's, which is gone: set kafka.bootstrap.servers to the broker, {host}:9092"
            ),
            (ClientError::Connect { .. }, None) => {
                format!("; is a broker running there? This server's own is at {}", self.own)
            }
            _ => format!("; is that a Kafka broker? This server's own is at {}", self.own),
        };
        match refusal(error) {
            TopicError::Unavailable(text) => TopicError::Unavailable(text + &hint),
            TopicError::Refused(text) => TopicError::Refused(text + &hint),
            other => other,
        }
    }

    /// Keeps a client for the next call.
    fn keep(&self, cluster: &Cluster, client: Client) {
        let mut clusters = self.lock();
        let idle = clusters.entry(cluster.bootstrap.clone()).or_default();
        if idle.len() < IDLE_MAX {
            idle.push(client);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Client>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TopicStore for ForeignTopics {
    async fn partitions(
        &self,
        cluster: &Cluster,
        selection: &Selection,
    ) -> Result<Vec<TopicPartition>, TopicError> {
        let mut client = self.take(cluster).await?;
        let mut found = select(&mut client, selection).await?;
        self.keep(cluster, client);
        found.sort();
        found.dedup();
        Ok(found)
    }

    async fn offsets(
        &self,
        cluster: &Cluster,
        partitions: &[TopicPartition],
        at: OffsetAt,
    ) -> Result<Vec<i64>, TopicError> {
        let at = match at {
            OffsetAt::Earliest => ClientOffsetAt::Earliest,
            OffsetAt::Latest => ClientOffsetAt::Latest,
            OffsetAt::Timestamp(timestamp) => ClientOffsetAt::Timestamp(timestamp),
        };
        let mut by_topic: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for TopicPartition { topic, partition } in partitions {
            by_topic.entry(topic).or_default().push(*partition);
        }
        let mut client = self.take(cluster).await?;
        let mut offsets = HashMap::new();
        for (topic, indexes) in by_topic {
            let listed = client.list_offsets(topic, &indexes, at).await.map_err(|error| refusal(&error))?;
            offsets.extend(listed.into_iter().map(|(index, offset)| ((topic, index), offset)));
        }
        self.keep(cluster, client);
        let offset = |one: &TopicPartition| {
            let known = offsets.get(&(&*one.topic, one.partition)).copied();
            known.ok_or_else(|| TopicError::Unknown(format!("no offset of {}-{}", one.topic, one.partition)))
        };
        partitions.iter().map(offset).collect()
    }

    async fn read(
        &self,
        cluster: &Cluster,
        partition: &TopicPartition,
        from: i64,
        to: i64,
        rows: &mut TopicRows,
    ) -> Result<i64, TopicError> {
        let mut client = self.take(cluster).await?;
        let mut next = from;
        while next < to && !rows.is_full() {
            let ask = [(&*partition.topic, partition.partition, next)];
            let fetched =
                client.fetch(&ask, FetchLimits::default(), WAIT).await.map_err(|error| refusal(&error))?;
            let Some(fetched) = fetched.into_iter().next() else { continue };
            if fetched.error != ErrorCode::NONE {
                return Err(TopicError::Unavailable(format!(
                    "{}-{} at offset {next}: {:?}",
                    partition.topic, partition.partition, fetched.error
                )));
            }
            let (records, after) = fetched.records(Budget::default()).map_err(|error| refusal(&error))?;
            for fetched in records.iter().filter(|fetched| fetched.record.offset < to) {
                record_rows::push(&fetched.record, fetched.timestamp_type, rows);
            }
            next = after.clamp(next, to);
        }
        self.keep(cluster, client);
        Ok(next)
    }

    async fn append(&self, cluster: &Cluster, topic: &str, rows: Vec<NewRow>) -> Result<(), TopicError> {
        let client = self.take(cluster).await?;
        let options = ProducerOptions { create_topic: true, ..ProducerOptions::default() };
        let mut producer = Producer::new(client, topic, options).await.map_err(|error| refusal(&error))?;
        for row in &rows {
            let headers = record_rows::headers(row);
            let (key, value) = (row.key.as_deref(), row.value.as_deref());
            let record = NewRecord { key, value, headers: &headers, timestamp: None };
            producer.send(row.partition, record).await.map_err(|error| refusal(&error))?;
        }
        producer.flush().await.map_err(|error| refusal(&error))?;
        self.keep(cluster, producer.into_client());
        Ok(())
    }

    async fn changed(
        &self,
        cluster: &Cluster,
        positions: &[(TopicPartition, i64)],
    ) -> Result<(), TopicError> {
        let mut client = self.take(cluster).await?;
        let ask: Vec<(&str, i32, i64)> =
            positions.iter().map(|(one, position)| (&*one.topic, one.partition, *position)).collect();
        let limits = FetchLimits { bytes: 1, partition_bytes: 1 };
        loop {
            let fetched = client.fetch(&ask, limits, WAIT).await.map_err(|error| refusal(&error))?;
            // An error is a change too: the next read says what it is.
            if fetched.iter().any(|one| one.error != ErrorCode::NONE || one.high_watermark > one.offset) {
                self.keep(cluster, client);
                return Ok(());
            }
        }
    }
}

async fn select(client: &mut Client, selection: &Selection) -> Result<Vec<TopicPartition>, TopicError> {
    let mut found = Vec::new();
    match selection {
        Selection::Topics(topics) => {
            for topic in topics {
                found.extend(all_partitions(&topic_of(client, topic).await?));
            }
        }
        Selection::Pattern(pattern) => {
            let whole = record_rows::whole_name(pattern)?;
            let topics = client.describe_topics(None).await.map_err(|error| refusal(&error))?;
            found.extend(topics.iter().filter(|topic| whole.is_match(&topic.name)).flat_map(all_partitions));
        }
        Selection::Assign(assignment) => {
            for (topic, partitions) in assignment {
                let all = all_partitions(&topic_of(client, topic).await?);
                if let Some(missing) =
                    partitions.iter().find(|index| all.iter().all(|one| one.partition != **index))
                {
                    return Err(TopicError::Unknown(format!("topic {topic} has no partition {missing}")));
                }
                found.extend(all.into_iter().filter(|one| partitions.contains(&one.partition)));
            }
        }
    }
    Ok(found)
}

async fn topic_of(client: &mut Client, name: &str) -> Result<millstream_client::Topic, TopicError> {
    match client.topic(name).await {
        Err(error) if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {
            let topics = client.describe_topics(None).await.unwrap_or_default();
            let names = topics.iter().filter(|topic| !topic.is_internal).map(|topic| topic.name.as_str());
            Err(TopicError::Unknown(no_such_topic(name, names)))
        }
        other => other.map_err(|error| refusal(&error)),
    }
}

fn all_partitions(topic: &millstream_client::Topic) -> Vec<TopicPartition> {
    let one = |partition: &millstream_client::Partition| TopicPartition {
        topic: topic.name.as_str().into(),
        partition: partition.index,
    };
    topic.partitions.iter().map(one).collect()
}

/// An option that asks for what this client does not do must not be passed over: it may be there for safety.
fn check_properties(cluster: &Cluster) -> Result<(), TopicError> {
    let plain = |name: &str, value: &str| {
        HARMLESS.contains(&name) && (name != "security.protocol" || value.eq_ignore_ascii_case("plaintext"))
    };
    match cluster.properties.iter().find(|(name, value)| !plain(name, value)) {
        None => Ok(()),
        Some((name, value)) => Err(TopicError::Refused(format!(
            "option kafka.{name}={value} is not supported for the cluster {}: only plaintext connections are",
            cluster.bootstrap
        ))),
    }
}

fn refusal(error: &ClientError) -> TopicError {
    let text = error.to_string();
    match error.code() {
        Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => TopicError::Unknown(text),
        _ if error.is_retriable() => TopicError::Unavailable(text),
        _ => TopicError::Refused(text),
    }
}
