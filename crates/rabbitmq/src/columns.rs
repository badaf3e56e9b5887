//! Messages as rows: the columns of the source, filled as messages come.
//!
//! | column | type | |
//! |---|---|---|
//! | `body` | binary | the message |
//! | `routing_key` | string | with which it was published |
//! | `exchange` | string | through which; empty for the default exchange |
//! | `headers` | map of string to string | null if the message has none |
//! | `timestamp` | timestamp | the publisher's, in whole seconds; null if it gave none |
//! | `delivery_tag` | bigint | the number of the delivery on its channel; not a number of the message |
//! | `redelivered` | boolean | whether it was delivered before: it may have been processed already |
//! | `message_id`, `correlation_id`, `content_type` | string | null if the publisher gave none |
//! | `offset` | bigint | in the stream; null for a queue |

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayBuilder as _, ArrayRef, BinaryBuilder, BooleanBuilder, Int64Builder, MapBuilder, MapFieldNames,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use lapin::message::Delivery;
use lapin::types::{AMQPValue, FieldTable, ShortString};

use crate::headers::{STREAM_OFFSET, text};

/// The source's columns.
pub(crate) static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name| Field::new(name, DataType::Utf8, true);
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("body", DataType::Binary, true),
        text("routing_key"),
        text("exchange"),
        Field::new("headers", headers_type(), true),
        Field::new("timestamp", timestamp, true),
        Field::new("delivery_tag", DataType::Int64, true),
        Field::new("redelivered", DataType::Boolean, true),
        text("message_id"),
        text("correlation_id"),
        text("content_type"),
        Field::new("offset", DataType::Int64, true),
    ]))
});

/// A map of texts, with Spark's names of its parts.
fn headers_type() -> DataType {
    let entries = vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, true)];
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries.into()), false)), false)
}

fn headers_builder() -> MapBuilder<StringBuilder, StringBuilder> {
    let names = MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() };
    MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new())
}

/// The offset that a stream gives to a message.
pub(crate) fn stream_offset(delivery: &Delivery) -> Option<i64> {
    match delivery.properties.headers().as_ref()?.inner().get(STREAM_OFFSET)? {
        AMQPValue::LongLongInt(offset) => Some(*offset),
        _ => None,
    }
}

/// Rows being filled.
pub(crate) struct Rows {
    body: BinaryBuilder,
    routing_key: StringBuilder,
    exchange: StringBuilder,
    headers: MapBuilder<StringBuilder, StringBuilder>,
    timestamp: TimestampMicrosecondBuilder,
    delivery_tag: Int64Builder,
    redelivered: BooleanBuilder,
    message_id: StringBuilder,
    correlation_id: StringBuilder,
    content_type: StringBuilder,
    offset: Int64Builder,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self {
            body: BinaryBuilder::new(),
            routing_key: StringBuilder::new(),
            exchange: StringBuilder::new(),
            headers: headers_builder(),
            timestamp: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            delivery_tag: Int64Builder::new(),
            redelivered: BooleanBuilder::new(),
            message_id: StringBuilder::new(),
            correlation_id: StringBuilder::new(),
            content_type: StringBuilder::new(),
            offset: Int64Builder::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.body.len() == 0
    }

    /// Adds a message.
    ///
    /// # Errors
    /// Its headers are no map: a bug here.
    pub(crate) fn push(&mut self, delivery: &Delivery) -> Result<(), ArrowError> {
        let properties = &delivery.properties;
        self.body.append_value(&delivery.data);
        self.routing_key.append_value(delivery.routing_key.as_str());
        self.exchange.append_value(delivery.exchange.as_str());
        self.push_headers(properties.headers().as_ref())?;
        self.timestamp.append_option(properties.timestamp().and_then(micros));
        self.delivery_tag.append_value(i64::try_from(delivery.delivery_tag).unwrap_or(i64::MAX));
        self.redelivered.append_value(delivery.redelivered);
        self.message_id.append_option(properties.message_id().as_ref().map(ShortString::as_str));
        self.correlation_id.append_option(properties.correlation_id().as_ref().map(ShortString::as_str));
        self.content_type.append_option(properties.content_type().as_ref().map(ShortString::as_str));
        self.offset.append_option(stream_offset(delivery));
        Ok(())
    }

    fn push_headers(&mut self, headers: Option<&FieldTable>) -> Result<(), ArrowError> {
        for (name, value) in headers.into_iter().flat_map(|table| table.inner()) {
            self.headers.keys().append_value(name.as_str());
            self.headers.values().append_option(text(value));
        }
        self.headers.append(headers.is_some())
    }

    /// The rows so far; none remain.
    ///
    /// # Errors
    /// The columns do not fit each other: a bug here.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.body.finish()),
            Arc::new(self.routing_key.finish()),
            Arc::new(self.exchange.finish()),
            Arc::new(self.headers.finish()),
            Arc::new(self.timestamp.finish()),
            Arc::new(self.delivery_tag.finish()),
            Arc::new(self.redelivered.finish()),
            Arc::new(self.message_id.finish()),
            Arc::new(self.correlation_id.finish()),
            Arc::new(self.content_type.finish()),
            Arc::new(self.offset.finish()),
        ];
        RecordBatch::try_new(Arc::clone(&SCHEMA), columns)
    }
}

/// AMQP's seconds as microseconds; nothing for a time that no calendar has.
fn micros(seconds: u64) -> Option<i64> {
    /// The last second of the year 9999.
    const LAST: i64 = 253_402_300_799;
    i64::try_from(seconds).ok().filter(|seconds| *seconds <= LAST).map(|seconds| seconds * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array as _, AsArray as _};
    use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
    use lapin::BasicProperties;

    #[test]
    fn a_message_is_a_row() {
        let mut headers = FieldTable::default();
        headers.insert("n".into(), AMQPValue::LongInt(7));
        headers.insert("nothing".into(), AMQPValue::Void);
        headers.insert(STREAM_OFFSET.into(), AMQPValue::LongLongInt(41));
        let full = BasicProperties::default()
            .with_headers(headers)
            .with_timestamp(1_700_000_000)
            .with_message_id("m-1".into());
        let beyond = BasicProperties::default().with_headers(FieldTable::default()).with_timestamp(u64::MAX);
        let mut rows = Rows::new();
        for (tag, properties) in (1..).zip([BasicProperties::default(), full, beyond]) {
            let mut delivery = Delivery::mock(tag, "".into(), "jobs".into(), tag == 2, b"one".to_vec());
            delivery.properties = properties;
            rows.push(&delivery).unwrap();
        }
        let found = rows.finish().unwrap();
        assert!(rows.is_empty());

        let column = |name: &str| found.column_by_name(name).unwrap();
        assert_eq!(column("body").as_binary::<i32>().value(2), b"one");
        assert_eq!(column("routing_key").as_string::<i32>().value(0), "jobs");
        assert_eq!(column("delivery_tag").as_primitive::<Int64Type>().values(), &[1, 2, 3]);
        let redelivered: Vec<_> = column("redelivered").as_boolean().iter().flatten().collect();
        assert_eq!(redelivered, [false, true, false]);
        let times: Vec<_> = column("timestamp").as_primitive::<TimestampMicrosecondType>().iter().collect();
        assert_eq!(times, [None, Some(1_700_000_000_000_000), None]);
        let offsets: Vec<_> = column("offset").as_primitive::<Int64Type>().iter().collect();
        assert_eq!(offsets, [None, Some(41), None]);
        let ids: Vec<_> = column("message_id").as_string::<i32>().iter().collect();
        assert_eq!(ids, [None, Some("m-1"), None]);
        let headers = column("headers").as_map();
        assert_eq!([0, 1, 2].map(|row| headers.is_null(row)), [true, false, false]);
        assert_eq!([1, 2].map(|row| headers.value(row).len()), [3, 0]);
        let entries = headers.value(1);
        let values: Vec<_> = entries.column(1).as_string::<i32>().iter().collect();
        assert_eq!(values, [Some("7"), None, Some("41")]);
    }
}
