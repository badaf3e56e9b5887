//! Markup where text should be: what the page must never run.

use bytes::Bytes;
use millstream_console::model::{
    Column, ColumnKind, Connection, Endpoint, Group, Lag, Query, QueryState, Record, ResultTable, Snapshot,
};
use serde_json::json;

use crate::scene::{flowed, kafka, topic, whole};

/// Each sets `window.pwned` if it ever runs.
pub(crate) const STRINGS: [&str; 8] = [
    "<img src=x onerror=window.pwned=1>",
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "\"><svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "{{constructor.constructor('window.pwned=1')()}}",
    "' autofocus onfocus=window.pwned=1 x='",
    "\u{202e}gnp.exe <b>bold</b> &lt;i&gt; \u{0}",
];

fn string(n: u64) -> &'static str {
    usize::try_from(n % 8).ok().and_then(|n| STRINGS.get(n).copied()).unwrap_or_default()
}

pub(crate) fn snapshot(age: f64) -> Snapshot {
    let records = whole(age * 20.0);
    let evil = STRINGS[0];
    Snapshot {
        topics: STRINGS.iter().map(|name| topic(name, records, 1, 50)).collect(),
        connections: STRINGS
            .iter()
            .map(|text| Connection {
                client_id: (*text).into(),
                software: (*text).into(),
                peer: (*text).into(),
                group: Some((*text).into()),
                writes: flowed(evil, records),
                reads: flowed(text, records),
            })
            .collect(),
        groups: STRINGS
            .iter()
            .map(|text| Group {
                id: (*text).into(),
                state: (*text).into(),
                protocol: "classic".into(),
                members: 1,
                lag: vec![Lag { topic: (*text).into(), records: 7 }],
            })
            .collect(),
        queries: STRINGS
            .iter()
            .map(|text| Query {
                id: (*text).into(),
                name: Some((*text).into()),
                state: QueryState::Failed(format!("{text}: {text}")),
                sources: vec![kafka(text), Endpoint { kind: (*text).into(), topic: None, label: None }],
                sink: Endpoint { kind: (*text).into(), topic: None, label: Some((*text).into()) },
                output_mode: (*text).into(),
                ..Query::default()
            })
            .collect(),
        ..Snapshot::default()
    }
}

pub(crate) fn record(offset: u64) -> Record {
    let bytes = |n| Some(Bytes::from_static(string(n).as_bytes()));
    Record {
        partition: 0,
        offset: i64::try_from(offset).unwrap_or_default(),
        timestamp_ms: Some(i64::MAX),
        key: bytes(offset),
        value: bytes(offset + 1),
        headers: vec![(string(offset + 2).into(), bytes(offset + 3))],
    }
}

pub(crate) fn result() -> ResultTable {
    let column = |name: &str, kind| Column { name: name.into(), data_type: name.into(), kind };
    ResultTable {
        version: 1,
        columns: vec![column(STRINGS[0], ColumnKind::Text), column(STRINGS[1], ColumnKind::Number)],
        rows: STRINGS.iter().map(|text| vec![json!(text), json!(3)]).collect(),
        total_rows: 8,
    }
}
