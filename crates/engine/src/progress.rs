//! What a batch did, as Spark's `StreamingQueryProgress` JSON: the same keys, in the same order.

use std::collections::BTreeMap;

use serde::Serialize;

/// Progress of one batch. Rates are rows per second.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "Spark's own names, described in its StreamingQueryProgress")]
pub struct Progress {
    pub id: String,
    pub run_id: String,
    pub name: Option<String>,
    pub timestamp: String,
    pub batch_id: u64,
    pub batch_duration: u64,
    pub duration_ms: BTreeMap<&'static str, u64>,
    pub event_time: BTreeMap<&'static str, String>,
    pub state_operators: Vec<StateOperatorProgress>,
    pub sources: Vec<SourceProgress>,
    pub sink: SinkProgress,
    pub num_input_rows: u64,
    pub input_rows_per_second: f64,
    pub processed_rows_per_second: f64,
    pub observed_metrics: BTreeMap<String, serde_json::Value>,
}

/// One stateful operator's part.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "Spark's own names, described in its StateOperatorProgress")]
pub struct StateOperatorProgress {
    pub operator_name: &'static str,
    pub num_rows_total: u64,
    pub num_rows_updated: u64,
    pub num_rows_removed: u64,
    pub all_updates_time_ms: u64,
    pub all_removals_time_ms: u64,
    pub commit_time_ms: u64,
    pub memory_used_bytes: u64,
    pub num_rows_dropped_by_watermark: u64,
    pub num_shuffle_partitions: u64,
    pub num_state_store_instances: u64,
    pub custom_metrics: BTreeMap<String, i64>,
}

/// One source's part. Offsets are JSON texts; `None` before the first batch.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "Spark's own names, described in its SourceProgress")]
pub struct SourceProgress {
    pub description: String,
    #[serde(serialize_with = "raw_json")]
    pub start_offset: Option<String>,
    #[serde(serialize_with = "raw_json")]
    pub end_offset: Option<String>,
    #[serde(serialize_with = "raw_json")]
    pub latest_offset: Option<String>,
    pub num_input_rows: u64,
    pub input_rows_per_second: f64,
    pub processed_rows_per_second: f64,
    pub metrics: BTreeMap<String, String>,
}

/// The sink's part. `num_output_rows` is -1 if the sink cannot tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "Spark's own names, described in its SinkProgress")]
pub struct SinkProgress {
    pub description: String,
    pub num_output_rows: i64,
    pub metrics: BTreeMap<String, String>,
}

impl Progress {
    /// The progress as one line of JSON, as `StreamingQueryProgress.json` gives it.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Writes an offset, which is JSON text already, as the JSON it is.
#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn raw_json<S: serde::Serializer>(text: &Option<String>, out: S) -> Result<S::Ok, S::Error> {
    let value = text
        .as_deref()
        .map(|t| serde_json::from_str(t).unwrap_or_else(|_| serde_json::Value::String(t.to_owned())));
    value.serialize(out)
}
