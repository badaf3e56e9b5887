//! Records of a topic on their way into Arrow columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, RecordBatch, StringBuilder,
    StructBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::TopicPartition;
use crate::EngineError;

/// Rows after which a batch is handed on.
const FULL_ROWS: usize = 8192;
/// Bytes of keys, values and headers after which a batch is handed on.
const FULL_BYTES: usize = 16 << 20;

/// The Kafka source's columns under construction. Bounded: the reader stops when [`TopicRows::is_full`].
#[derive(Debug)]
pub struct TopicRows {
    schema: SchemaRef,
    key: BinaryBuilder,
    value: BinaryBuilder,
    topic: StringBuilder,
    partition: Int32Builder,
    offset: Int64Builder,
    timestamp: TimestampMicrosecondBuilder,
    timestamp_type: Int32Builder,
    headers: Option<ListBuilder<StructBuilder>>,
    source: TopicPartition,
    rows: usize,
    bytes: usize,
}

fn header_fields() -> Vec<Field> {
    vec![Field::new("key", DataType::Utf8, true), Field::new("value", DataType::Binary, true)]
}

impl TopicRows {
    /// The columns of the Kafka source (Structured Streaming + Kafka guide), with `headers` if asked for.
    pub fn schema(headers: bool) -> SchemaRef {
        let mut fields = vec![
            Field::new("key", DataType::Binary, true),
            Field::new("value", DataType::Binary, true),
            Field::new("topic", DataType::Utf8, true),
            Field::new("partition", DataType::Int32, true),
            Field::new("offset", DataType::Int64, true),
            Field::new("timestamp", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
            Field::new("timestampType", DataType::Int32, true),
        ];
        if headers {
            let item = Field::new_list_field(DataType::Struct(header_fields().into()), true);
            fields.push(Field::new("headers", DataType::List(Arc::new(item)), true));
        }
        Arc::new(Schema::new(fields))
    }

    /// Empty columns for rows of `source`.
    pub fn new(source: TopicPartition, headers: bool) -> Self {
        Self {
            schema: Self::schema(headers),
            key: BinaryBuilder::new(),
            value: BinaryBuilder::new(),
            topic: StringBuilder::new(),
            partition: Int32Builder::new(),
            offset: Int64Builder::new(),
            timestamp: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            timestamp_type: Int32Builder::new(),
            headers: headers.then(|| ListBuilder::new(StructBuilder::from_fields(header_fields(), 0))),
            source,
            rows: 0,
            bytes: 0,
        }
    }

    /// Whether the reader has to stop after the record (or batch of records) at hand.
    pub fn is_full(&self) -> bool {
        self.rows >= FULL_ROWS || self.bytes >= FULL_BYTES
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a record. `timestamp_ms`: milliseconds since 1970; `timestamp_type`: -1 none, 0 create, 1 log append.
    pub fn push<'a>(
        &mut self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        offset: i64,
        timestamp_ms: i64,
        timestamp_type: i32,
        headers: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
    ) {
        self.rows += 1;
        self.bytes += key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
        self.key.append_option(key);
        self.value.append_option(value);
        self.topic.append_value(&self.source.topic);
        self.partition.append_value(self.source.partition);
        self.offset.append_value(offset);
        self.timestamp.append_value(timestamp_ms.saturating_mul(1000));
        self.timestamp_type.append_value(timestamp_type);
        if let Some(list) = &mut self.headers {
            self.bytes += push_headers(list, headers);
        }
    }

    /// The columns, and the builder empty again.
    ///
    /// # Errors
    /// None in practice: Arrow checks that the columns agree.
    pub fn finish(&mut self) -> Result<RecordBatch, EngineError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.key.finish()),
            Arc::new(self.value.finish()),
            Arc::new(self.topic.finish()),
            Arc::new(self.partition.finish()),
            Arc::new(self.offset.finish()),
            Arc::new(self.timestamp.finish()),
            Arc::new(self.timestamp_type.finish()),
        ];
        if let Some(list) = &mut self.headers {
            columns.push(Arc::new(list.finish()));
        }
        self.rows = 0;
        self.bytes = 0;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// Appends one row's headers (null when there are none, as Spark does) and returns their size in bytes.
fn push_headers<'a>(
    list: &mut ListBuilder<StructBuilder>,
    headers: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
) -> usize {
    let mut bytes = 0;
    let mut any = false;
    let entry = list.values();
    for (key, value) in headers {
        any = true;
        bytes += key.len() + value.map_or(0, <[u8]>::len);
        if let Some(keys) = entry.field_builder::<StringBuilder>(0) {
            keys.append_value(key);
        }
        if let Some(values) = entry.field_builder::<BinaryBuilder>(1) {
            values.append_option(value);
        }
        entry.append(true);
    }
    list.append(any);
    bytes
}
