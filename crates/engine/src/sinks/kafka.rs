//! The Kafka sink: a record per row (Structured Streaming + Kafka guide, "Writing Data to Kafka").
//!
//! Columns `value` (required), `key`, `topic` (or the option), `headers`, `partition`. At least once, as Spark's.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, SchemaRef};
use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt as _;

use super::{Sink, SinkBatch};
use crate::topics::{Cluster, NewRow, TopicStore};
use crate::{EngineError, Options};

#[derive(Debug)]
pub(super) struct KafkaSink {
    topics: Arc<dyn TopicStore>,
    cluster: Cluster,
    topic: Option<String>,
}

impl KafkaSink {
    pub(super) fn new(
        options: &Options,
        schema: &SchemaRef,
        topics: Arc<dyn TopicStore>,
    ) -> Result<Self, EngineError> {
        let cluster = crate::sources::cluster(options)?;
        let topic = options.get("topic").map(str::to_owned);
        check_columns(schema, topic.is_some())?;
        Ok(Self { topics, cluster, topic })
    }
}

/// Checks the columns as Spark's writer does before it starts.
fn check_columns(schema: &SchemaRef, topic_given: bool) -> Result<(), EngineError> {
    let text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let bytes =
        |kind: &DataType| matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView);
    let kind = |name: &str| schema.field_with_name(name).ok().map(|field| field.data_type().clone());
    let wrong = |name: &str, expected: &str, found: &DataType| {
        let found = crate::files::type_name(found).to_lowercase();
        let way_out = match name {
            "value" => "; to_json(struct(*)) or CAST(value AS STRING) makes one",
            _ => "",
        };
        EngineError::analysis(format!(
            "{name} attribute unsupported type {found}. {name} must be a(n) {expected}{way_out}"
        ))
    };
    match kind("value") {
        None => return Err(EngineError::analysis("Required attribute 'value' not found.")),
        Some(found) if !text(&found) && !bytes(&found) => {
            return Err(wrong("value", "string or binary", &found));
        }
        Some(_) => {}
    }
    match kind("key") {
        Some(found) if !text(&found) && !bytes(&found) && found != DataType::Null => {
            return Err(wrong("key", "string or binary", &found));
        }
        _ => {}
    }
    match kind("topic") {
        None if !topic_given => {
            return Err(EngineError::analysis(
                "topic option required when no 'topic' attribute is present. Use the topic option for setting a topic.",
            ));
        }
        Some(found) if !text(&found) && !topic_given => return Err(wrong("topic", "string", &found)),
        _ => {}
    }
    match kind("partition") {
        Some(found) if found != DataType::Int32 => Err(wrong("partition", "int", &found)),
        _ => Ok(()),
    }
}

/// The columns of one batch, as bytes where records want bytes.
struct Columns {
    key: Option<ArrayRef>,
    value: ArrayRef,
    topic: Option<ArrayRef>,
    partition: Option<ArrayRef>,
    headers: Option<ArrayRef>,
}

fn column(rows: &RecordBatch, name: &str, kind: &DataType) -> Result<Option<ArrayRef>, EngineError> {
    rows.column_by_name(name).map(|column| Ok(cast(column, kind)?)).transpose()
}

fn bytes_at(column: &ArrayRef, row: usize) -> Option<Bytes> {
    column.is_valid(row).then(|| Bytes::copy_from_slice(column.as_binary::<i32>().value(row)))
}

impl Columns {
    fn new(rows: &RecordBatch) -> Result<Self, EngineError> {
        Ok(Self {
            key: column(rows, "key", &DataType::Binary)?,
            value: column(rows, "value", &DataType::Binary)?
                .ok_or_else(|| EngineError::analysis("Required attribute 'value' not found."))?,
            topic: column(rows, "topic", &DataType::Utf8)?,
            partition: column(rows, "partition", &DataType::Int32)?,
            headers: rows.column_by_name("headers").cloned(),
        })
    }

    fn row(&self, row: usize) -> NewRow {
        NewRow {
            key: self.key.as_ref().and_then(|key| bytes_at(key, row)),
            value: bytes_at(&self.value, row),
            partition: self
                .partition
                .as_ref()
                .filter(|partition| partition.is_valid(row))
                .map(|partition| partition.as_primitive::<Int32Type>().value(row)),
            headers: self.headers.as_ref().map(|list| headers_at(list, row)).unwrap_or_default(),
        }
    }
}

fn headers_at(list: &ArrayRef, row: usize) -> Vec<(String, Option<Bytes>)> {
    let Some(list) = list.as_list_opt::<i32>().filter(|list| list.is_valid(row)) else { return Vec::new() };
    let entries = list.value(row);
    let Some(entries) = entries.as_struct_opt() else { return Vec::new() };
    let (Some(keys), Some(values)) = (entries.column_by_name("key"), entries.column_by_name("value")) else {
        return Vec::new();
    };
    let (Some(keys), Some(values)) = (keys.as_string_opt::<i32>(), values.as_binary_opt::<i32>()) else {
        return Vec::new();
    };
    (0..keys.len())
        .map(|i| {
            let value = values.is_valid(i).then(|| Bytes::copy_from_slice(values.value(i)));
            (keys.value(i).to_owned(), value)
        })
        .collect()
}

#[async_trait]
impl Sink for KafkaSink {
    fn description(&self) -> String {
        "org.apache.spark.sql.kafka010.KafkaSourceProvider$KafkaTable".to_owned()
    }

    async fn add_batch(&self, mut batch: SinkBatch) -> Result<(), EngineError> {
        while let Some(rows) = batch.rows.try_next().await? {
            let columns = Columns::new(&rows)?;
            let mut by_topic: BTreeMap<String, Vec<NewRow>> = BTreeMap::new();
            for row in 0..rows.num_rows() {
                let topic = match (&self.topic, &columns.topic) {
                    (Some(topic), _) => topic.clone(),
                    (None, Some(names)) if names.is_valid(row) => {
                        names.as_string::<i32>().value(row).to_owned()
                    }
                    _ => {
                        return Err(EngineError::execution(
                            "null topic present in the data. Use the topic option for setting a default topic.",
                        ));
                    }
                };
                by_topic.entry(topic).or_default().push(columns.row(row));
            }
            for (topic, rows) in by_topic {
                self.topics
                    .append(&self.cluster, &topic, rows)
                    .await
                    .map_err(|error| EngineError::execution(format!("topic {topic}: {error}")))?;
            }
        }
        Ok(())
    }
}
