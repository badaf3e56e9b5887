//! `GET /metrics`: the counters in Prometheus' text format 0.0.4: what is ours, then what is Kafka's under Kafka's
//! names. How many series there are is bounded, whatever there is of topics and groups.

mod groups;
mod kafka;
mod page;
mod sessions;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use self::page::Page;
use crate::{
    api::App,
    model::{QueryState, Snapshot},
};

/// Topics, and groups, that have series of their own.
const SERIES: usize = 2_000;

/// Answers with the model's counters as they are now.
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    let mut body = text(&app.model.snapshot());
    body.push_str(&kafka::text(&app.model.broker()));
    (headers, body).into_response()
}

fn text(snapshot: &Snapshot) -> String {
    let mut page = Page::default();
    page.one("millstream_uptime_seconds", "gauge", snapshot.cluster.uptime_ms as f64 / 1_000.0);
    if let Some(bytes) = snapshot.cluster.memory_bytes {
        page.one("process_resident_memory_bytes", "gauge", bytes);
    }
    page.one("millstream_connections", "gauge", snapshot.connections.len());
    topics(&mut page, snapshot);
    lags(&mut page, snapshot);
    queries(&mut page, snapshot);
    page.text()
}

fn topics(page: &mut Page, snapshot: &Snapshot) {
    let mut each = |name: &str, kind: &str, pick: fn(&crate::model::Topic) -> u64| {
        let lines = snapshot
            .topics
            .iter()
            .take(SERIES)
            .map(|topic| (vec![("topic", topic.name.as_str())], pick(topic)));
        page.many(name, kind, lines);
    };
    each("millstream_topic_partitions", "gauge", |topic| topic.partitions.into());
    each("millstream_topic_records", "gauge", |topic| topic.records);
    each("millstream_topic_size_bytes", "gauge", |topic| topic.size_bytes);
    each("millstream_topic_records_in_total", "counter", |topic| topic.records_in);
    each("millstream_topic_bytes_in_total", "counter", |topic| topic.bytes_in);
    each("millstream_topic_records_out_total", "counter", |topic| topic.records_out);
    each("millstream_topic_bytes_out_total", "counter", |topic| topic.bytes_out);
}

fn lags(page: &mut Page, snapshot: &Snapshot) {
    let groups = || snapshot.groups.iter().take(SERIES);
    let members = groups().map(|group| (vec![("group", group.id.as_str())], group.members));
    page.many("millstream_group_members", "gauge", members);
    let lags = groups().flat_map(|group| {
        let labels = |topic| vec![("group", group.id.as_str()), ("topic", topic)];
        group.lag.iter().map(move |lag| (labels(lag.topic.as_str()), lag.records))
    });
    page.many("millstream_group_lag_records", "gauge", lags.take(SERIES));
}

fn queries(page: &mut Page, snapshot: &Snapshot) {
    let mut each = |name: &str, kind: &str, pick: fn(&crate::model::Query) -> Option<f64>| {
        let lines = snapshot.queries.iter().filter_map(|query| {
            let labels =
                vec![("query", query.id.as_str()), ("name", query.name.as_deref().unwrap_or_default())];
            Some((labels, pick(query)?))
        });
        page.many(name, kind, lines);
    };
    each("millstream_query_running", "gauge", |query| Some(f64::from(query.state == QueryState::Running)));
    each("millstream_query_rows_in_total", "counter", |query| Some(query.rows_in as f64));
    each("millstream_query_rows_out_total", "counter", |query| Some(query.rows_out as f64));
    each("millstream_query_batches_total", "counter", |query| Some(query.batches as f64));
    each("millstream_query_batch_seconds", "gauge", |query| query.batch_ms.map(|ms| ms as f64 / 1_000.0));
    each("millstream_query_watermark_seconds", "gauge", |query| {
        query.watermark_ms.map(|ms| ms as f64 / 1_000.0)
    });
    each("millstream_query_state_rows", "gauge", |query| Some(query.state_rows as f64));
    each("millstream_query_late_rows_total", "counter", |query| Some(query.late_rows as f64));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::model::{Cluster, Group, Lag, Query, Topic};

    #[test]
    fn format() {
        let snapshot = Snapshot {
            cluster: Cluster { uptime_ms: 1_500, memory_bytes: Some(1 << 20), ..Cluster::default() },
            topics: vec![Topic { name: "clicks".into(), partitions: 1, records_in: 7, ..Topic::default() }],
            groups: vec![Group {
                id: "a \"b\"\n\\c".into(),
                lag: vec![Lag { topic: "clicks".into(), records: 3 }],
                ..Group::default()
            }],
            queries: vec![Query { id: "q1".into(), batch_ms: Some(12), ..Query::default() }],
            ..Snapshot::default()
        };
        expect![[r##"
            # TYPE millstream_uptime_seconds gauge
            millstream_uptime_seconds 1.5
            # TYPE process_resident_memory_bytes gauge
            process_resident_memory_bytes 1048576
            # TYPE millstream_connections gauge
            millstream_connections 0
            # TYPE millstream_topic_partitions gauge
            millstream_topic_partitions{topic="clicks"} 1
            # TYPE millstream_topic_records gauge
            millstream_topic_records{topic="clicks"} 0
            # TYPE millstream_topic_size_bytes gauge
            millstream_topic_size_bytes{topic="clicks"} 0
            # TYPE millstream_topic_records_in_total counter
            millstream_topic_records_in_total{topic="clicks"} 7
            # TYPE millstream_topic_bytes_in_total counter
            millstream_topic_bytes_in_total{topic="clicks"} 0
            # TYPE millstream_topic_records_out_total counter
            millstream_topic_records_out_total{topic="clicks"} 0
            # TYPE millstream_topic_bytes_out_total counter
            millstream_topic_bytes_out_total{topic="clicks"} 0
            # TYPE millstream_group_members gauge
            millstream_group_members{group="a \"b\"\n\\c"} 0
            # TYPE millstream_group_lag_records gauge
            millstream_group_lag_records{group="a \"b\"\n\\c",topic="clicks"} 3
            # TYPE millstream_query_running gauge
            millstream_query_running{query="q1",name=""} 1
            # TYPE millstream_query_rows_in_total counter
            millstream_query_rows_in_total{query="q1",name=""} 0
            # TYPE millstream_query_rows_out_total counter
            millstream_query_rows_out_total{query="q1",name=""} 0
            # TYPE millstream_query_batches_total counter
            millstream_query_batches_total{query="q1",name=""} 0
            # TYPE millstream_query_batch_seconds gauge
            millstream_query_batch_seconds{query="q1",name=""} 0.012
            # TYPE millstream_query_state_rows gauge
            millstream_query_state_rows{query="q1",name=""} 0
            # TYPE millstream_query_late_rows_total counter
            millstream_query_late_rows_total{query="q1",name=""} 0
        "##]]
        .assert_eq(&text(&snapshot));
    }
}
