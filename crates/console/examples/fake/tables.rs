//! Results and progress of the invented queries.

use millstream_console::model::{Column, ColumnKind, Progress, ProgressPoint, Query, ResultTable};
use serde_json::{Value, json};

use crate::{
    hostile, log,
    scene::{BEGIN, HOUR, Scene, whole},
};

const HOUR_MS: i64 = 3_600_000;
const STATUS: [(&str, u64); 6] = [("200", 91), ("304", 14), ("404", 9), ("301", 5), ("206", 3), ("500", 1)];
const PAGES: [&str; 11] = [
    "/",
    "/favicon.ico",
    "/style2.css",
    "/reset.css",
    "/images/jordan-80.png",
    "/images/web/2009/banner.png",
    "/blog/tags/puppet",
    "/projects/xdotool/",
    "/presentations/kibana-search.png",
    "/?flav=rss20",
    "/robots.txt",
];

fn column(name: &str, data_type: &str, kind: ColumnKind) -> Column {
    Column { name: name.into(), data_type: data_type.into(), kind }
}

fn window() -> Column {
    column("window", "struct<start:timestamp,end:timestamp>", ColumnKind::Window)
}

/// The current result of a query.
pub(crate) fn result(scene: Scene, query: &Query) -> ResultTable {
    let (columns, rows) = match query.name.as_deref() {
        _ if scene == Scene::Hostile => return hostile::result(),
        Some("clicks-by-status") => by_status(query),
        Some("top-pages") => top_pages(query),
        Some("averages") => averages(query),
        _ => words(query),
    };
    let total_rows = u64::try_from(rows.len()).unwrap_or_default();
    ResultTable { version: query.batches, columns, rows, total_rows }
}

/// The event-time hour that a query is in, and how much of it has passed.
fn hour(query: &Query) -> (i64, f64) {
    let passed = query.rows_in as f64 / 48.0 / HOUR;
    (i64::try_from(whole(passed)).unwrap_or_default(), passed.fract())
}

fn by_status(query: &Query) -> (Vec<Column>, Vec<Vec<Value>>) {
    let columns = vec![
        window(),
        column("status", "string", ColumnKind::Text),
        column("hits", "bigint", ColumnKind::Number),
        column("bytes", "bigint", ColumnKind::Number),
    ];
    let (now, part) = hour(query);
    let mut rows = Vec::new();
    for hour in (0.max(now - 36)..=now).rev() {
        let start = BEGIN + hour * HOUR_MS;
        for (status, share) in STATUS {
            let chance = log::mixed(hour.unsigned_abs() * 31 + share) % 40;
            let done = if hour == now { part } else { 1.0 };
            let hits = whole((share as f64) * (80.0 + chance as f64) / 100.0 * done);
            if hits > 0 {
                let bytes = hits * 19_000 / share.max(2);
                rows.push(vec![
                    json!({"start": start, "end": start + HOUR_MS}),
                    json!(status),
                    json!(hits),
                    json!(bytes),
                ]);
            }
        }
    }
    (columns, rows)
}

fn top_pages(query: &Query) -> (Vec<Column>, Vec<Vec<Value>>) {
    let columns = vec![
        window(),
        column("page", "string", ColumnKind::Text),
        column("hits", "bigint", ColumnKind::Number),
    ];
    let (now, _) = hour(query);
    let mut rows = Vec::new();
    for hour in (0.max(now - 18)..=now).rev() {
        let start = BEGIN + (hour - 5) * HOUR_MS;
        for (place, page) in (0_u64..).zip(PAGES) {
            let hits = 120 / (place + 1) + log::mixed(hour.unsigned_abs() + place * 97) % 12;
            rows.push(vec![json!({"start": start, "end": start + 6 * HOUR_MS}), json!(page), json!(hits)]);
        }
    }
    (columns, rows)
}

fn averages(query: &Query) -> (Vec<Column>, Vec<Vec<Value>>) {
    let columns = vec![
        column("minute", "timestamp", ColumnKind::Time),
        column("celsius", "double", ColumnKind::Number),
        column("humidity", "double", ColumnKind::Number),
    ];
    let now = i64::try_from(query.batches).unwrap_or_default();
    let rows = (0.max(now - 90)..=now).rev().map(|at| {
        let wave = at as f64 / 9.0;
        let celsius = (2_100.0 + wave.sin() * 300.0).round() / 100.0;
        let humidity = (4_800.0 + wave.cos() * 900.0).round() / 100.0;
        vec![json!(BEGIN + at * 60_000), json!(celsius), json!(humidity)]
    });
    (columns, rows.collect())
}

fn words(query: &Query) -> (Vec<Column>, Vec<Vec<Value>>) {
    let columns =
        vec![column("word", "string", ColumnKind::Text), column("count", "bigint", ColumnKind::Number)];
    let words =
        ["apache", "kafka", "spark", "stream", "window", "watermark", "offset", "epoch", "trigger", "sink"];
    let rows = (1_u64..).zip(words).map(|(n, word)| vec![json!(word), json!(query.rows_in / n / 4 + 1)]);
    (columns, rows.collect())
}

/// How the last batches went.
pub(crate) fn progress(query: &Query) -> Progress {
    let batches = i64::try_from(query.batches).unwrap_or_default();
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let wall = i64::try_from(wall.as_millis()).unwrap_or_default();
    let step = i64::try_from(query.trigger_ms.unwrap_or(500)).unwrap_or(500);
    let base = query.batch_ms.unwrap_or(40);
    let points: Vec<_> = (0.max(batches - 100)..batches)
        .map(|batch| {
            let chance = log::mixed(batch.unsigned_abs()) % 100;
            ProgressPoint {
                batch_id: batch.unsigned_abs(),
                at_ms: wall - (batches - 1 - batch) * step,
                input_rows: 20 + chance / 12,
                input_rate: 44.0 + chance as f64 / 12.0,
                processed_rate: 420.0 + chance as f64 * 3.0,
                batch_ms: base + chance * base / 150,
                watermark_ms: query.watermark_ms.map(|at| at - (batches - 1 - batch) * 720_000),
                state_rows: query.state_rows,
            }
        })
        .collect();
    let last = points.last().map(|point| {
        json!({
            "id": query.id,
            "runId": "6f0d5a1e-0c44-4b7e-8d3a-2f7be0a51f11",
            "name": query.name,
            "timestamp": "2026-11-22T06:01:02.500Z",
            "batchId": point.batch_id,
            "numInputRows": point.input_rows,
            "inputRowsPerSecond": point.input_rate,
            "processedRowsPerSecond": point.processed_rate,
            "durationMs": {"addBatch": point.batch_ms - 6, "getBatch": 0, "queryPlanning": 1, "triggerExecution": point.batch_ms, "walCommit": 4},
            "eventTime": {"max": "2015-05-17T10:05:59.000Z", "watermark": "2015-05-17T09:55:59.000Z"},
            "stateOperators": [{"operatorName": "stateStoreSave", "numRowsTotal": point.state_rows, "numRowsDroppedByWatermark": 0}],
            "sources": [{"description": "kafka[clickstream]", "numInputRows": point.input_rows}],
            "sink": {"description": query.sink.kind}
        })
    });
    Progress { points, last }
}
