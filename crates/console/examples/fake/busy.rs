//! A house under load, with a query that failed, one that is too slow, and a consumer left behind.

use millstream_console::model::{Connection, Endpoint, Group, Lag, Query, QueryState, Snapshot};

use crate::{
    log,
    scene::{BEGIN, flowed, kafka, topic, whole},
};

pub(crate) fn snapshot(age: f64) -> Snapshot {
    let fast = whole(age * 10_312.0);
    let lag = whole(age * 1_200.0) + 4_000;
    let mut topics = vec![topic("sensor-readings", fast, 1, 148), topic("alerts", whole(age * 3.0), 1, 90)];
    topics.extend((1..=48_u64).map(|n| {
        let rate = if n.is_multiple_of(3) { 0 } else { log::mixed(n) % 400 };
        topic(&format!("plant-{n:02}.line.telemetry"), whole(age * rate as f64), 0, 100)
    }));
    Snapshot {
        connections: vec![
            Connection {
                client_id: "plant-gateway".into(),
                software: "librdkafka 2.16.0".into(),
                writes: flowed("sensor-readings", fast),
                ..Connection::default()
            },
            Connection {
                client_id: "archiver".into(),
                software: "apache-kafka-java 4.3.0".into(),
                group: Some("archive".into()),
                reads: flowed("sensor-readings", whole(age * 9_112.0)),
                ..Connection::default()
            },
            Connection {
                client_id: "rdkafka".into(),
                software: "kcat 1.7.0".into(),
                reads: flowed("alerts", whole(age * 3.0)),
                ..Connection::default()
            },
        ],
        groups: vec![Group {
            id: "archive".into(),
            state: "Stable".into(),
            protocol: "classic".into(),
            members: 1,
            lag: vec![Lag { topic: "sensor-readings".into(), records: lag }],
        }],
        queries: queries(age),
        topics,
        ..Snapshot::default()
    }
}

fn queries(age: f64) -> Vec<Query> {
    let fast = whole(age * 10_312.0);
    let query = |id: &str, name: &str, sink: Endpoint| Query {
        id: id.into(),
        name: Some(name.into()),
        sources: vec![kafka("sensor-readings")],
        sink,
        output_mode: "append".into(),
        batches: whole(age),
        batch_ms: Some(420),
        trigger_ms: Some(1_000),
        state_rows: 18_400,
        watermark_ms: Some(BEGIN + i64::try_from(whole(age * 1_000.0)).unwrap_or_default()),
        ..Query::default()
    };
    let table = Endpoint { kind: "memory".into(), topic: None, label: Some("averages".into()) };
    let text = Endpoint { kind: "console".into(), topic: None, label: None };
    let failed = "ZeroDivisionError: division by zero\n  File \"ratio.py\", line 12, in ratio\n    return hits / misses";
    vec![
        Query { rows_in: fast, rows_out: whole(age * 3.0), ..query("q-alerts", "alerts", kafka("alerts")) },
        Query {
            rows_in: whole(age * 7_000.0),
            rows_out: whole(age * 90.0),
            batch_ms: Some(3_100),
            ..query("q-averages", "averages", table)
        },
        Query {
            rows_in: 90_000,
            state: QueryState::Failed(failed.into()),
            ..query("q-ratio", "ratio", text.clone())
        },
        Query {
            name: None,
            sources: vec![Endpoint {
                kind: "socket".into(),
                topic: None,
                label: Some("localhost:9999".into()),
            }],
            rows_in: whole(age * 5.0),
            rows_out: whole(age * 8.0),
            watermark_ms: None,
            trigger_ms: None,
            output_mode: "complete".into(),
            ..query("81d0c3aa-41b7-4d55-b0a8-90f3f2a1c7de", "", text)
        },
    ]
}
