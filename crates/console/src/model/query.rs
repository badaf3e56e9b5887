//! Streaming queries: what they are, what they have done, what their result is.

use serde::Serialize;
use serde_json::Value;

/// A streaming query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Its id, stable over restarts (Spark's `StreamingQuery.id`).
    pub id: String,
    /// The name given by `queryName`, if any.
    pub name: Option<String>,
    /// Whether it runs.
    pub state: QueryState,
    /// What it reads.
    pub sources: Vec<Endpoint>,
    /// Where its rows go.
    pub sink: Endpoint,
    /// Spark's name of the output mode: `append`, `update` or `complete`.
    pub output_mode: String,
    /// Rows read since it started.
    pub rows_in: u64,
    /// Rows given to the sink since it started.
    pub rows_out: u64,
    /// Micro-batches done.
    pub batches: u64,
    /// How long the last micro-batch took, in milliseconds.
    pub batch_ms: Option<u64>,
    /// The trigger's interval in milliseconds; `None` when batches follow each other at once.
    pub trigger_ms: Option<u64>,
    /// The event-time watermark, in milliseconds since 1970 UTC.
    pub watermark_ms: Option<i64>,
    /// The greatest event time seen, in milliseconds since 1970 UTC.
    pub max_event_time_ms: Option<i64>,
    /// Rows of state held.
    pub state_rows: u64,
    /// Rows dropped because they came later than the watermark allows.
    pub late_rows: u64,
}

/// Whether a query runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "error", rename_all = "lowercase")]
pub enum QueryState {
    /// It runs, or waits for data.
    #[default]
    Running,
    /// Somebody stopped it.
    Stopped,
    /// It ended by an error. The text's first line is the reason in short (`ZeroDivisionError: division by zero`).
    Failed(String),
}

/// One end of a query: a source or the sink.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Endpoint {
    /// `kafka`, `socket`, `console`, `memory` ... as in `format("kafka")`.
    pub kind: String,
    /// The topic of this broker that it reads or writes; the query hangs on that topic's box.
    pub topic: Option<String>,
    /// What to call it when it is no topic of ours: `localhost:9999`, a table's name.
    pub label: Option<String>,
}

/// A query's current result.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ResultTable {
    /// Grows whenever the rows change; equal versions are not sent again.
    pub version: u64,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, each with one value a column.
    pub rows: Vec<Vec<Value>>,
    /// Rows there are; more than `rows.len()` when the result was cut.
    pub total_rows: u64,
}

/// A column of a result.
#[derive(Debug, Clone, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Spark's name of its type, for the reader: `bigint`, `timestamp`, `struct<start:timestamp,end:timestamp>`.
    pub data_type: String,
    /// How its values are to be understood.
    pub kind: ColumnKind,
}

/// How the JSON values of a column are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// A JSON number.
    Number,
    /// A JSON string.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A point in time: a JSON number, milliseconds since 1970 UTC.
    Time,
    /// A window of event time: `{"start": ms, "end": ms}`.
    Window,
    /// Anything else, as JSON.
    Json,
}

/// How a query's last micro-batches went.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Progress {
    /// The last batches, oldest first, at most 120 or so.
    pub points: Vec<ProgressPoint>,
    /// Spark's `StreamingQuery.lastProgress`, as it is.
    pub last: Option<Value>,
}

/// One micro-batch.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ProgressPoint {
    /// Its number.
    pub batch_id: u64,
    /// When it ended, in milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Rows read.
    pub input_rows: u64,
    /// Rows a second that arrived (Spark's `inputRowsPerSecond`).
    pub input_rate: f64,
    /// Rows a second that were worked off (Spark's `processedRowsPerSecond`).
    pub processed_rate: f64,
    /// How long it took, in milliseconds.
    pub batch_ms: u64,
    /// The watermark it ran with, in milliseconds since 1970 UTC.
    pub watermark_ms: Option<i64>,
    /// Rows of state after it.
    pub state_rows: u64,
}
