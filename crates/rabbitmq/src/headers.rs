//! AMQP header values as text, and text as header values.
//!
//! A streaming query sees headers as a map of texts. Numbers, truth values and times (seconds since 1970) are written
//! as such, bytes that are no UTF-8 with the replacement character, tables and lists as JSON. Depth and size of what
//! comes are bounded before (`frame_guard.rs`).

use std::borrow::Cow;

use lapin::types::{AMQPValue, FieldTable, ShortString};
use serde_json::{Map, Value};

/// The header that RabbitMQ adds to each message of a stream: its offset.
pub(crate) const STREAM_OFFSET: &str = "x-stream-offset";

/// A header's value as text; `None` for AMQP's void.
pub(crate) fn text(value: &AMQPValue) -> Option<Cow<'_, str>> {
    Some(match value {
        AMQPValue::Void => return None,
        AMQPValue::LongString(text) => String::from_utf8_lossy(text.as_bytes()),
        AMQPValue::ShortString(text) => Cow::Borrowed(text.as_str()),
        AMQPValue::ByteArray(bytes) => String::from_utf8_lossy(bytes.as_slice()),
        other => match json(other) {
            Value::String(text) => Cow::Owned(text),
            json => Cow::Owned(json.to_string()),
        },
    })
}

fn json(value: &AMQPValue) -> Value {
    match value {
        AMQPValue::Boolean(value) => Value::from(*value),
        AMQPValue::ShortShortInt(value) => Value::from(*value),
        AMQPValue::ShortShortUInt(value) => Value::from(*value),
        AMQPValue::ShortInt(value) => Value::from(*value),
        AMQPValue::ShortUInt(value) => Value::from(*value),
        AMQPValue::LongInt(value) => Value::from(*value),
        AMQPValue::LongUInt(value) => Value::from(*value),
        AMQPValue::LongLongInt(value) => Value::from(*value),
        AMQPValue::Float(value) => Value::from(*value),
        AMQPValue::Double(value) => Value::from(*value),
        AMQPValue::Timestamp(seconds) => Value::from(*seconds),
        AMQPValue::DecimalValue(decimal) => Value::from(decimal_text(decimal.scale, decimal.value)),
        AMQPValue::ShortString(text) => Value::from(text.as_str()),
        AMQPValue::LongString(text) => Value::from(String::from_utf8_lossy(text.as_bytes())),
        AMQPValue::ByteArray(bytes) => Value::from(String::from_utf8_lossy(bytes.as_slice())),
        AMQPValue::FieldArray(items) => Value::Array(items.as_slice().iter().map(json).collect()),
        AMQPValue::FieldTable(table) => Value::Object(
            table
                .inner()
                .iter()
                .map(|(name, value)| (name.as_str().to_owned(), json(value)))
                .collect::<Map<_, _>>(),
        ),
        AMQPValue::Void => Value::Null,
    }
}

/// `value / 10^scale`, exactly.
fn decimal_text(scale: u8, value: u32) -> String {
    let scale = usize::from(scale);
    let digits = format!("{value:0>width$}", width = scale + 1);
    match digits.split_at(digits.len() - scale) {
        (whole, "") => whole.to_owned(),
        (whole, fraction) => format!("{whole}.{fraction}"),
    }
}

/// Headers of texts, or of nothing. Names that AMQP cannot say (more than 255 bytes) are the caller's error.
pub(crate) fn table<'a>(
    headers: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
) -> Result<FieldTable, String> {
    let mut table = FieldTable::default();
    for (name, value) in headers {
        let value = value.map_or(AMQPValue::Void, |value| AMQPValue::LongString(value.to_vec().into()));
        table.insert(short(name, "a header's name")?, value);
    }
    Ok(table)
}

/// A short text of AMQP.
pub(crate) fn short(text: &str, what: &str) -> Result<ShortString, String> {
    ShortString::try_new(text)
        .map_err(|_| format!("{what} has {} bytes, AMQP allows 255: '{:.40}...'", text.len(), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::types::{DecimalValue, FieldArray};

    #[test]
    fn every_value_has_a_text() {
        let mut inner = FieldTable::default();
        inner.insert("n".into(), AMQPValue::LongInt(-1));
        inner.insert("v".into(), AMQPValue::Void);
        let list = vec![AMQPValue::Boolean(true), AMQPValue::FieldTable(inner)];
        let cases = [
            (AMQPValue::Void, None),
            (AMQPValue::LongString("tea".into()), Some("tea")),
            (AMQPValue::LongString(vec![0xFF, b'a'].into()), Some("\u{FFFD}a")),
            (AMQPValue::ByteArray(b"tea".to_vec().into()), Some("tea")),
            (AMQPValue::Boolean(false), Some("false")),
            (AMQPValue::LongLongInt(i64::MIN), Some("-9223372036854775808")),
            (AMQPValue::Double(1.5), Some("1.5")),
            (AMQPValue::Double(f64::NAN), Some("null")),
            (AMQPValue::Timestamp(1_700_000_000), Some("1700000000")),
            (AMQPValue::DecimalValue(DecimalValue { scale: 2, value: 1234 }), Some("12.34")),
            (AMQPValue::DecimalValue(DecimalValue { scale: 3, value: 5 }), Some("0.005")),
            (AMQPValue::DecimalValue(DecimalValue { scale: 0, value: 7 }), Some("7")),
            (AMQPValue::FieldArray(FieldArray::from(list)), Some(r#"[true,{"n":-1,"v":null}]"#)),
        ];
        for (value, expected) in cases {
            assert_eq!(text(&value).as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_an_error() {
        let long = "n".repeat(256);
        assert!(table([(long.as_str(), None)]).unwrap_err().contains("256 bytes"));
        let made = table([("a", Some(&b"1"[..])), ("b", None)]).unwrap();
        assert_eq!(made.inner().len(), 2);
    }
}
