//! The scenes: what is running at which moment.

use bytes::Bytes;
use millstream_console::model::{
    Cluster, Connection, Cursor, Doors, Endpoint, Flowed, Group, Lag, Query, QueryState, Record, Snapshot,
    Tail, Topic,
};

use crate::{busy, hostile, log};

/// What is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    /// A click stream at 48 records a second and two queries on it.
    Demo,
    /// Nothing yet.
    Empty,
    /// Fifty topics, one of them at ten thousand a second, a failed query, a slow one, a consumer left behind.
    Busy,
    /// Markup in every string that comes from outside.
    Hostile,
}

impl Scene {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "demo" => Some(Self::Demo),
            "empty" => Some(Self::Empty),
            "busy" => Some(Self::Busy),
            "hostile" => Some(Self::Hostile),
            _ => None,
        }
    }
}

/// An hour of event time passes in so many seconds.
pub(crate) const HOUR: f64 = 2.5;
/// 17 May 2015, 10:00 UTC, in milliseconds: where the event time begins.
pub(crate) const BEGIN: i64 = 1_431_856_800_000;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "invented numbers, small and positive"
)]
pub(crate) fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

/// What is running `age` seconds into a scene.
pub(crate) fn snapshot(scene: Scene, age: f64, stopped: &[String]) -> Snapshot {
    let mut snapshot = match scene {
        Scene::Demo => demo(age),
        Scene::Empty => Snapshot::default(),
        Scene::Busy => busy::snapshot(age),
        Scene::Hostile => hostile::snapshot(age),
    };
    for query in snapshot.queries.iter_mut().filter(|query| stopped.contains(&query.id)) {
        query.state = QueryState::Stopped;
        query.batches = 40;
        query.rows_in = 2_000;
        query.rows_out = 400;
    }
    snapshot.cluster = Cluster {
        cluster_id: "qZ3kVd0lTnS8m1xYhC2f7A".into(),
        version: "0.1.0".into(),
        memory_bytes: Some(48_300_000 + whole((age / 3.0).sin() * 600_000.0 + 600_000.0)),
        doors: Doors {
            kafka: Some("localhost:9092".into()),
            spark: Some("localhost:15002".into()),
            console: None,
        },
        ..Cluster::default()
    };
    snapshot
}

pub(crate) fn topic(name: &str, records: u64, readers: u64, bytes: u64) -> Topic {
    Topic {
        name: name.into(),
        partitions: 1,
        records_in: records,
        bytes_in: records * bytes,
        records_out: records * readers,
        bytes_out: records * readers * bytes,
        records,
        size_bytes: records * bytes,
    }
}

pub(crate) fn flowed(topic: &str, records: u64) -> Vec<Flowed> {
    vec![Flowed { topic: topic.into(), records, bytes: 0 }]
}

pub(crate) fn kafka(topic: &str) -> Endpoint {
    Endpoint { kind: "kafka".into(), topic: Some(topic.into()), label: None }
}

fn demo(age: f64) -> Snapshot {
    // Not quite even, as a real machine is not.
    let hits = whole(age * 48.0 + (age * 1.3).sin() * 3.0 + 3.0);
    let out = whole(age / HOUR * 9.0);
    let event = BEGIN + i64::try_from(whole(age / HOUR * 3_600_000.0)).unwrap_or_default();
    let query = |id: &str, name: &str, sink: &str, rows_out, state_rows, batch| Query {
        id: id.into(),
        name: Some(name.into()),
        sources: vec![kafka("clickstream")],
        sink: kafka(sink),
        output_mode: "update".into(),
        rows_in: hits,
        rows_out,
        batches: whole(age * 2.0),
        batch_ms: Some(batch),
        trigger_ms: Some(500),
        watermark_ms: Some(event - 600_000),
        max_event_time_ms: Some(event),
        state_rows,
        ..Query::default()
    };
    Snapshot {
        topics: vec![
            topic("clickstream", hits, 2, 212),
            topic("clicks-by-status", out, 1, 96),
            topic("top-pages", out * 6, 0, 128),
        ],
        connections: vec![
            Connection {
                client_id: "clickstream-replay".into(),
                software: "millstream 0.1.0".into(),
                peer: "127.0.0.1:50112".into(),
                writes: flowed("clickstream", hits),
                ..Connection::default()
            },
            Connection {
                client_id: "kafka-python-2.0.2".into(),
                software: "kafka-python 2.0.2".into(),
                peer: "127.0.0.1:50118".into(),
                group: Some("dashboard".into()),
                reads: flowed("clicks-by-status", out),
                ..Connection::default()
            },
        ],
        groups: vec![Group {
            id: "dashboard".into(),
            state: "Stable".into(),
            protocol: "classic".into(),
            members: 1,
            lag: vec![Lag {
                topic: "clicks-by-status".into(),
                records: whole((age * 2.0).sin() * 2.0 + 2.0),
            }],
        }],
        queries: vec![
            query("5b1f0c52-6a0e-4f1c-9d67-1c7a9f2b3e01", "clicks-by-status", "clicks-by-status", out, 9, 38),
            query("0d9e7a41-22f3-4a5e-8a8b-77f1e1b0c902", "top-pages", "top-pages", out * 6, 214, 61),
        ],
        ..Snapshot::default()
    }
}

/// The newest records of a topic.
pub(crate) fn tail(scene: Scene, topic: &Topic, after: Option<&Cursor>, limit: usize) -> Tail {
    let most = u64::try_from(limit).unwrap_or_default();
    let end = topic.records;
    let from = after.and_then(|cursor| cursor.get(&0)).and_then(|at| u64::try_from(*at).ok());
    let from = from.unwrap_or_else(|| end.saturating_sub(most));
    let start = from.max(end.saturating_sub(most));
    let records = (start..end).rev().map(|offset| record(scene, topic, offset)).collect();
    let next = Cursor::from([(0, i64::try_from(end).unwrap_or_default())]);
    Tail { records, arrived: end.saturating_sub(from), next }
}

fn record(scene: Scene, topic: &Topic, offset: u64) -> Record {
    if scene == Scene::Hostile {
        return hostile::record(offset);
    }
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let age = topic.records.saturating_sub(offset) * 20;
    let now = i64::try_from(wall.as_millis()).unwrap_or_default() - i64::try_from(age).unwrap_or_default();
    let (key, value, headers) = match topic.name.as_str() {
        "clickstream" => (None, log::line(offset), vec![]),
        "sensor-readings" => (
            Some(format!("plant-{:02}", log::mixed(offset) % 48)),
            format!(
                r#"{{"sensor":"t{}","celsius":{}.{},"ok":true,"seq":{offset}}}"#,
                offset % 7,
                18 + log::mixed(offset) % 9,
                offset % 10
            ),
            vec![("trace".to_owned(), Some(Bytes::from(format!("{:016x}", log::mixed(offset)))))],
        ),
        _ => (Some(format!("k{}", offset % 9)), format!(r#"{{"window":"10:00","hits":{offset}}}"#), vec![]),
    };
    Record {
        partition: 0,
        offset: i64::try_from(offset).unwrap_or_default(),
        timestamp_ms: Some(now),
        key: key.map(Bytes::from),
        value: Some(Bytes::from(value)),
        headers,
    }
}
