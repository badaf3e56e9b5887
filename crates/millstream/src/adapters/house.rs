//! The page's view of this process: broker, engine and addresses as one [`Model`].

use super::results::Results;
use super::totals::Totals;
use super::{
    clients, configs, endpoints, files, groups, kafka_metrics, process, retention, tail, transactions,
};
use futures::future::BoxFuture;
use millstream_broker::{Activity, Topics};
use millstream_console::model::{
    ClientConnection, Cluster, Config, ConfigOwner, Cursor, Endpoint, Group, GroupDetail, PartitionFiles,
    Progress, ProgressPoint, Query as QueryView, QueryState, ResultTable, Snapshot, Tail, Topic,
    TopicPartitions, Transactions,
};
use millstream_console::{Model, ModelError};
use millstream_engine::progress::Progress as EngineProgress;
use millstream_engine::{Engine, Query, Trigger};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use uuid::Uuid;

/// Everything the page shows, gathered when it asks.
pub struct House {
    started: Instant,
    started_at: SystemTime,
    cluster: Cluster,
    topics: Topics,
    activity: Activity,
    engine: Arc<Engine>,
    totals: Totals,
    results: Results,
}

impl House {
    /// The house with its fixed facts (`cluster`: id, version, doors).
    pub fn new(cluster: Cluster, topics: Topics, activity: Activity, engine: Arc<Engine>) -> Self {
        let totals = Totals::follow(&engine);
        Self {
            started: Instant::now(),
            started_at: SystemTime::now(),
            cluster,
            topics,
            activity,
            engine,
            totals,
            results: Results::default(),
        }
    }

    fn topics(&self) -> Vec<Topic> {
        let traffic: BTreeMap<_, _> =
            self.activity.traffic().into_iter().map(|topic| (topic.topic.clone(), topic)).collect();
        let visible = self.topics.list().into_iter().filter(|topic| !topic.internal);
        visible
            .map(|topic| {
                let flow = traffic.get(&topic.name).cloned().unwrap_or_default();
                let held = topic.partitions.iter().map(|one| one.high_watermark - one.log_start_offset);
                Topic {
                    partitions: u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX),
                    records_in: flow.records_in,
                    bytes_in: flow.bytes_in,
                    records_out: flow.records_out,
                    bytes_out: flow.bytes_out,
                    records: u64::try_from(held.sum::<i64>()).unwrap_or(0),
                    size_bytes: topic.partitions.iter().map(|one| one.size).sum(),
                    name: topic.name,
                }
            })
            .collect()
    }

    fn query(&self, query: &Query) -> QueryView {
        let total = self.totals.of(query.run_id());
        let last = query.last_progress();
        let snapshot = query.snapshot();
        let time = |name: &str| last.as_ref().and_then(|last| event_time(last, name));
        QueryView {
            id: query.id().to_string(),
            name: query.name().map(str::to_owned),
            state: state(query),
            sources: sources(query, last.as_deref()),
            sink: endpoints::of(query.sink()).into_iter().next().unwrap_or_default(),
            output_mode: query.output_mode().to_string(),
            rows_in: total.rows_in,
            rows_out: total.rows_out,
            batches: total.batches,
            batch_ms: last.as_ref().map(|last| last.batch_duration),
            trigger_ms: match query.trigger() {
                Trigger::ProcessingTime(interval) => u64::try_from(interval.as_millis()).ok(),
                _ => None,
            },
            watermark_ms: snapshot.as_ref().and_then(|snapshot| snapshot.watermark_ms),
            max_event_time_ms: time("max"),
            state_rows: snapshot.map_or(0, |snapshot| snapshot.state_rows),
            late_rows: total.late_rows,
        }
    }

    fn find(&self, id: &str) -> Result<Arc<Query>, ModelError> {
        let found = id.parse().ok().and_then(|id| self.engine.query(id));
        found.ok_or_else(|| ModelError::NoSuchQuery(id.to_owned()))
    }
}

impl Model for House {
    fn snapshot(&self) -> Snapshot {
        let queries = self.engine.queries();
        let is_known = |run: &Uuid| queries.iter().any(|query| query.run_id() == *run);
        self.totals.retain(is_known);
        self.results.retain(is_known);
        let uptime = self.started.elapsed().as_millis();
        let cluster = Cluster {
            uptime_ms: u64::try_from(uptime).unwrap_or(u64::MAX),
            memory_bytes: process::resident_bytes(),
            ..self.cluster.clone()
        };
        Snapshot {
            cluster,
            topics: self.topics(),
            connections: clients::flowing(&self.activity),
            groups: groups::all(&self.activity),
            queries: queries.iter().map(|query| self.query(query)).collect(),
        }
    }

    fn broker(&self) -> millstream_console::model::Broker {
        kafka_metrics::of(&self.topics, &self.activity, process::now(self.started_at))
    }

    fn tail<'a>(
        &'a self,
        topic: &'a str,
        after: Option<&'a Cursor>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Tail, ModelError>> {
        Box::pin(tail::read(&self.topics, topic, after, limit))
    }

    fn partitions(&self, topic: &str, most: usize) -> Result<TopicPartitions, ModelError> {
        let known = self.topics.get(topic).map_err(|_| ModelError::NoSuchTopic(topic.to_owned()))?;
        let offline = || ModelError::Unavailable(format!("no partition of {} is online", known.name));
        self.activity.retention(topic, most).map(retention::view).ok_or_else(offline)
    }

    fn groups(&self) -> Vec<Group> {
        groups::all(&self.activity)
    }

    fn group(&self, id: &str) -> Result<GroupDetail, ModelError> {
        let detail = self.activity.group(id).ok_or_else(|| ModelError::NoSuchGroup(id.to_owned()))?;
        Ok(groups::detail(&self.activity, detail))
    }

    fn transactions(&self) -> Transactions {
        transactions::all(&self.activity)
    }

    fn connections(&self) -> Vec<ClientConnection> {
        clients::all(&self.activity)
    }

    fn configs(&self, of: &ConfigOwner) -> Result<Vec<Config>, ModelError> {
        configs::of(&self.activity, of)
    }

    fn files<'a>(
        &'a self,
        topic: &'a str,
        partition: i32,
    ) -> BoxFuture<'a, Result<PartitionFiles, ModelError>> {
        Box::pin(files::of(self.activity.clone(), topic, partition))
    }

    fn result(&self, query: &str) -> Result<Arc<ResultTable>, ModelError> {
        Ok(self.results.of(self.find(query)?.as_ref()))
    }

    fn progress(&self, query: &str) -> Result<Progress, ModelError> {
        let query = self.find(query)?;
        let last = query.last_progress().and_then(|last| serde_json::from_str(&last.json()).ok());
        let points = query.recent_progress().iter().map(|progress| point(progress)).collect();
        Ok(Progress { points, last })
    }

    fn stop_query<'a>(&'a self, query: &'a str) -> BoxFuture<'a, Result<(), ModelError>> {
        Box::pin(async move {
            self.find(query)?.stop().await;
            Ok(())
        })
    }
}

fn state(query: &Query) -> QueryState {
    match query.exception_message() {
        _ if query.is_active() => QueryState::Running,
        Some(message) => QueryState::Failed(message),
        None => QueryState::Stopped,
    }
}

/// Progress describes the sources in full; before the first batch there are their formats only.
fn sources(query: &Query, last: Option<&EngineProgress>) -> Vec<Endpoint> {
    match last {
        Some(last) => last.sources.iter().flat_map(|source| endpoints::of(&source.description)).collect(),
        None => query.sources().into_iter().map(|kind| Endpoint { kind, ..Endpoint::default() }).collect(),
    }
}

fn point(progress: &EngineProgress) -> ProgressPoint {
    let began =
        chrono::DateTime::parse_from_rfc3339(&progress.timestamp).map_or(0, |time| time.timestamp_millis());
    ProgressPoint {
        batch_id: progress.batch_id,
        at_ms: began.saturating_add_unsigned(progress.batch_duration),
        input_rows: progress.num_input_rows,
        input_rate: progress.input_rows_per_second,
        processed_rate: progress.processed_rows_per_second,
        batch_ms: progress.batch_duration,
        watermark_ms: event_time(progress, "watermark"),
        state_rows: progress.state_operators.iter().map(|state| state.num_rows_total).sum(),
    }
}

fn event_time(progress: &EngineProgress, name: &str) -> Option<i64> {
    let text = progress.event_time.get(name)?;
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
}
