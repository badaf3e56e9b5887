//! Readings: rates, histories and health out of plain counters.

use expect_test::expect;

use super::*;
use crate::model::Lag;

/// A topic fed at 48 records a second by one client, read by a group that keeps half of that up.
fn snapshot(step: u64) -> Snapshot {
    let flowed = |records| vec![Flowed { topic: "clicks".into(), records, bytes: 0 }];
    let client = |id: &str| Connection { client_id: id.into(), ..Connection::default() };
    Snapshot {
        cluster: Cluster { uptime_ms: step * 500, ..Cluster::default() },
        topics: vec![Topic {
            name: "clicks".into(),
            partitions: 1,
            records_in: step * 24,
            bytes_in: step * 2_400,
            records_out: step * 12,
            bytes_out: step * 1_200,
            records: step * 24,
            size_bytes: step * 2_400,
        }],
        connections: vec![
            Connection { writes: flowed(step * 20), software: "kafka-python 2.0.2".into(), ..client("web") },
            Connection { writes: flowed(step * 4), ..client("web") },
            Connection { reads: flowed(step * 12), group: Some("readers".into()), ..client("reader") },
        ],
        groups: vec![Group {
            id: "readers".into(),
            state: "Stable".into(),
            protocol: "classic".into(),
            members: 1,
            lag: vec![Lag { topic: "clicks".into(), records: 10_000 + step * 12 }],
        }],
        queries: vec![Query { id: "q".into(), rows_in: step * 24, rows_out: step, ..Query::default() }],
    }
}

#[test]
fn counters_become_rates() {
    let mut meter = Meter::default();
    let views: Vec<_> = (0..40).map(|step| meter.read(snapshot(step), 0)).collect();
    let view = views.last().unwrap();
    let traffic = view.topics[0].traffic;
    let clients: Vec<_> = view
        .clients
        .iter()
        .map(|c| {
            (
                &*c.client_id,
                &*c.software,
                c.connections,
                c.writes.iter().chain(&c.reads).map(|e| e.rate).sum(),
            )
        })
        .collect::<Vec<(_, _, _, f64)>>();
    let group = &view.groups[0];
    let query = &view.queries[0];
    expect![[r#"
        Traffic { records_in: 48.0, bytes_in: 4800.0, records_out: 24.0, bytes_out: 2400.0 }
        [("reader", "", 1, 24.0), ("web", "kafka-python 2.0.2", 2, 48.0)]
        10468 23.6 lag grows by 24/s
        48 2
        40"#]]
    .assert_eq(&format!(
        "{traffic:?}\n{clients:?}\n{} {} {}\n{} {}\n{}",
        group.lag_total,
        group.lag_growth,
        group.health.reason,
        query.rate_in,
        query.rate_out,
        view.history.as_ref().unwrap().records_in.len(),
    ));
}

#[test]
fn a_client_that_left_lingers_and_goes() {
    let mut meter = Meter::default();
    meter.read(snapshot(0), 0);
    meter.read(snapshot(1), 0);
    let without = |step| Snapshot { connections: Vec::new(), ..snapshot(step) };
    let view = meter.read(without(2), 0);
    assert_eq!(view.clients.len(), 2);
    assert!(view.clients.iter().all(|client| client.connections == 0));
    assert!(view.clients.iter().all(|client| client.writes.iter().all(|edge| edge.rate == 0.0)));
    assert_eq!(meter.read(without(40), 0).clients.len(), 0);
}

#[test]
fn very_many_topics_are_counted_and_the_busiest_shown() {
    let mut meter = Meter::default();
    let topic = |n: u64, total| Topic { name: format!("t{n:04}"), records_in: n * total, ..Topic::default() };
    let many = |step: u64| Snapshot {
        cluster: Cluster { uptime_ms: step * 500, ..Cluster::default() },
        topics: (0..1_000).map(|n| topic(n, step)).collect(),
        ..Snapshot::default()
    };
    meter.read(many(0), 0);
    let view = meter.read(many(1), 0);
    assert_eq!((view.topics.len(), view.topics_total), (TOPICS, 1_000));
    assert_eq!(view.topics[0].name, "t0800");
}
