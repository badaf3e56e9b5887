//! The sink: a message per row.
//!
//! Columns: `body` (required, string or binary); `routing_key`, `message_id`, `correlation_id`, `content_type` (string),
//! `headers` (map of string to string) and `timestamp` if they are there. Any other column is an error, so that nothing
//! is dropped in silence. At least once: a batch that is run again is published again.

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema, SchemaRef, TimeUnit, TimestampSecondType};
use async_trait::async_trait;
use futures::TryStreamExt as _;
use lapin::BasicProperties;
use millstream_engine::EngineError;
use millstream_engine::sinks::{Sink, SinkBatch};
use tokio::sync::Mutex;

use crate::headers::{short, table};
use crate::publisher::{Outgoing, PERSISTENT, Publisher};
use crate::{RabbitError, WriterOptions};

const TEXTS: [&str; 4] = ["routing_key", "message_id", "correlation_id", "content_type"];

/// Publishes rows.
#[derive(Debug)]
pub(crate) struct RabbitSink {
    options: WriterOptions,
    publisher: Mutex<Publisher>,
}

impl RabbitSink {
    /// A sink for rows of this schema.
    ///
    /// # Errors
    /// Columns that are missing, unknown or of the wrong type.
    pub(crate) fn new(options: WriterOptions, schema: &SchemaRef) -> Result<Self, EngineError> {
        check(schema, options.routing_key.is_some())?;
        Ok(Self { publisher: Mutex::new(Publisher::new(options.clone())), options })
    }
}

fn check(schema: &Schema, has_key: bool) -> Result<(), EngineError> {
    for field in schema.fields() {
        let fits = match (field.name().as_str(), field.data_type()) {
            ("body", kind) => is_text(kind) || is_binary(kind),
            ("headers", DataType::Map(entries, _)) => is_map_of_texts(entries.data_type()),
            ("timestamp", kind) => matches!(kind, DataType::Timestamp(..)),
            (name, kind) if TEXTS.contains(&name) => is_text(kind),
            ("headers", _) => false,
            (name, _) => {
                return Err(EngineError::analysis(format!(
                    "Column '{name}' has no place in a RabbitMQ message: select body, and if wanted routing_key, \
                     headers, timestamp, message_id, correlation_id, content_type. For more, \
                     to_json(struct(...)).alias(\"body\")."
                )));
            }
        };
        if !fits {
            return Err(EngineError::analysis(format!(
                "Column '{}' is of type {}: body must be a string or binary, headers a map of string to string, \
                 timestamp a timestamp, the others strings.",
                field.name(),
                field.data_type()
            )));
        }
    }
    if schema.field_with_name("body").is_err() {
        return Err(EngineError::analysis(
            "Required attribute 'body' not found: a RabbitMQ message needs one.",
        ));
    }
    if !has_key && schema.field_with_name("routing_key").is_err() {
        return Err(EngineError::analysis(
            "Where do the messages go? Set option(\"queue\", NAME), or option(\"routingKey\", KEY), or select a column \
             routing_key.",
        ));
    }
    Ok(())
}

fn is_text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_binary(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

fn is_map_of_texts(entries: &DataType) -> bool {
    match entries {
        DataType::Struct(fields) => fields.iter().all(|field| is_text(field.data_type())),
        _ => false,
    }
}

/// The columns of one batch of rows, in the types that messages are made of.
struct Columns {
    body: ArrayRef,
    texts: [Option<ArrayRef>; 4],
    headers: Option<ArrayRef>,
    timestamp: Option<ArrayRef>,
}

impl Columns {
    fn new(rows: &RecordBatch) -> Result<Self, EngineError> {
        let column = |name: &str, kind: &DataType| -> Result<Option<ArrayRef>, EngineError> {
            rows.column_by_name(name).map(|column| Ok(cast(column, kind)?)).transpose()
        };
        let [key, message, correlation, content] = TEXTS.map(|name| column(name, &DataType::Utf8));
        let seconds = DataType::Timestamp(TimeUnit::Second, Some("UTC".into()));
        Ok(Self {
            body: column("body", &DataType::Binary)?
                .ok_or_else(|| EngineError::analysis("Required attribute 'body' not found."))?,
            texts: [key?, message?, correlation?, content?],
            headers: rows.column_by_name("headers").cloned(),
            timestamp: column("timestamp", &seconds)?,
        })
    }

    fn message<'a>(&'a self, row: usize, default_key: Option<&'a str>) -> Result<Outgoing<'a>, RabbitError> {
        let [key, message, correlation, content] =
            self.texts.each_ref().map(|column| column.as_ref().and_then(|column| text_at(column, row)));
        let routing_key = key.or(default_key).ok_or_else(|| {
            RabbitError::Unfit(
                "A row has no routing_key, and the options routingKey and queue give none.".to_owned(),
            )
        })?;
        if self.body.is_null(row) {
            return Err(RabbitError::Unfit("A row's body is null: a RabbitMQ message needs one.".to_owned()));
        }
        let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let unfit = RabbitError::Unfit;
        if let Some(id) = message {
            properties = properties.with_message_id(short(id, "a message_id").map_err(unfit)?);
        }
        if let Some(id) = correlation {
            properties = properties.with_correlation_id(short(id, "a correlation_id").map_err(unfit)?);
        }
        if let Some(kind) = content {
            properties = properties.with_content_type(short(kind, "a content_type").map_err(unfit)?);
        }
        if let Some(seconds) = self.timestamp.as_ref().filter(|column| column.is_valid(row)) {
            let seconds = seconds.as_primitive::<TimestampSecondType>().value(row);
            properties = properties.with_timestamp(u64::try_from(seconds).map_err(|_| {
                RabbitError::Unfit("A row's timestamp is before 1970: AMQP cannot say that.".to_owned())
            })?);
        }
        if let Some(headers) = self.headers.as_ref().filter(|column| column.is_valid(row)) {
            properties = properties.with_headers(headers_at(headers, row)?);
        }
        Ok(Outgoing { routing_key, body: self.body.as_binary::<i32>().value(row), properties })
    }
}

fn text_at(column: &ArrayRef, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.as_string::<i32>().value(row))
}

fn headers_at(column: &ArrayRef, row: usize) -> Result<lapin::types::FieldTable, RabbitError> {
    let unfit = || RabbitError::Unfit("A row's headers are no map of string to string.".to_owned());
    let entries = column.as_map_opt().ok_or_else(unfit)?.value(row);
    let part = |index: usize| {
        let column = entries.columns().get(index).ok_or_else(unfit)?;
        cast(column, &DataType::Utf8).map_err(|_| unfit())
    };
    let (names, values) = (part(0)?, part(1)?);
    let pairs = (0..entries.len())
        .filter_map(|index| Some((text_at(&names, index)?, text_at(&values, index).map(str::as_bytes))));
    table(pairs).map_err(RabbitError::Unfit)
}

#[async_trait]
impl Sink for RabbitSink {
    fn description(&self) -> String {
        let target = self.options.routing_key.as_deref().unwrap_or("by routing_key");
        format!("RabbitMQ[{} at {}]", target, self.options.server.address())
    }

    async fn add_batch(&self, mut batch: SinkBatch) -> Result<(), EngineError> {
        let mut publisher = self.publisher.lock().await;
        // Wrong options are told with the first batch, be it empty.
        publisher.channel().await?;
        while let Some(rows) = batch.rows.try_next().await? {
            let columns = Columns::new(&rows)?;
            let key = self.options.routing_key.as_deref();
            publisher.publish(rows.num_rows(), |row| columns.message(row, key)).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::Field;
    use expect_test::{Expect, expect};

    fn checked(fields: &[(&str, DataType)], has_key: bool) -> String {
        let fields: Vec<_> =
            fields.iter().map(|(name, kind)| Field::new(*name, kind.clone(), true)).collect();
        check(&Schema::new(fields), has_key).map_or_else(|error| error.to_string(), |()| "fits".to_owned())
    }

    #[test]
    fn columns_are_checked_before_anything_is_sent() {
        type Case = (Vec<(&'static str, DataType)>, bool, Expect);
        let (text, bytes, number) = (DataType::Utf8, DataType::Binary, DataType::Int64);
        let cases: [Case; 7] = [
            (vec![("body", text.clone())], true, expect!["fits"]),
            (vec![("body", bytes.clone()), ("routing_key", text.clone())], false, expect!["fits"]),
            (
                crate::columns::SCHEMA
                    .fields()
                    .iter()
                    .take(2)
                    .map(|f| (f.name().as_str(), f.data_type().clone()))
                    .collect(),
                false,
                expect!["fits"],
            ),
            (
                vec![("body", number.clone())],
                true,
                expect![
                    "Column 'body' is of type Int64: body must be a string or binary, headers a map of string to string, timestamp a timestamp, the others strings."
                ],
            ),
            (
                vec![("value", text.clone())],
                true,
                expect![[
                    r#"Column 'value' has no place in a RabbitMQ message: select body, and if wanted routing_key, headers, timestamp, message_id, correlation_id, content_type. For more, to_json(struct(...)).alias("body")."#
                ]],
            ),
            (
                vec![("message_id", text.clone())],
                true,
                expect!["Required attribute 'body' not found: a RabbitMQ message needs one."],
            ),
            (
                vec![("body", text)],
                false,
                expect![[
                    r#"Where do the messages go? Set option("queue", NAME), or option("routingKey", KEY), or select a column routing_key."#
                ]],
            ),
        ];
        for (fields, has_key, expected) in cases {
            expected.assert_eq(&checked(&fields, has_key));
        }
    }

    #[test]
    fn a_row_of_the_source_is_a_message_of_the_sink() {
        let mut rows = crate::columns::Rows::new();
        let mut delivery =
            lapin::message::Delivery::mock(1, "".into(), "jobs".into(), false, b"one".to_vec());
        let headers = table([("a", Some(&b"1"[..])), ("b", None)]).unwrap();
        delivery.properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_message_id("m".into())
            .with_timestamp(1_700_000_000)
            .with_headers(headers);
        rows.push(&delivery).unwrap();
        let columns = Columns::new(&rows.finish().unwrap()).unwrap();
        let message = columns.message(0, None).unwrap();
        assert_eq!((message.routing_key, message.body), ("jobs", &b"one"[..]));
        assert_eq!(message.properties, delivery.properties);
    }
}
