//! How a record looks on standard output: columns, or a JSON object.

use std::io::{self, Write};

use millstream_client::ReceivedRecord;
use serde_json::{Map, Value, json};

/// A part of a record that can be printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Column {
    /// The topic's name
    Topic,
    /// The partition's number
    Partition,
    /// The offset
    Offset,
    /// Milliseconds since 1970
    Timestamp,
    /// The key as it is; null if there is none
    Key,
    /// The headers as NAME:VALUE, separated by commas
    Headers,
    /// The value as it is; null if there is none
    Value,
}

/// Writes the columns with tabs between them, keys and values as they are, and a line end.
pub(crate) fn write_columns(
    received: &ReceivedRecord,
    columns: &[Column],
    out: &mut dyn Write,
) -> io::Result<()> {
    let record = &received.record;
    for (position, column) in columns.iter().enumerate() {
        if position > 0 {
            out.write_all(b"\t")?;
        }
        match column {
            Column::Topic => write!(out, "{}", received.topic)?,
            Column::Partition => write!(out, "{}", received.partition)?,
            Column::Offset => write!(out, "{}", record.offset)?,
            Column::Timestamp => write!(out, "{}", record.timestamp)?,
            Column::Key => out.write_all(record.key.as_deref().unwrap_or(b"null"))?,
            Column::Value => out.write_all(record.value.as_deref().unwrap_or(b"null"))?,
            Column::Headers => write_headers(received, out)?,
        }
    }
    out.write_all(b"\n")
}

fn write_headers(received: &ReceivedRecord, out: &mut dyn Write) -> io::Result<()> {
    for (position, header) in received.record.headers.iter().enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        out.write_all(&header.key)?;
        out.write_all(b":")?;
        out.write_all(header.value.as_deref().unwrap_or(b"null"))?;
    }
    Ok(())
}

/// The record as an object. Bytes that are no UTF-8 text stand in hexadecimal under a name with `_hex` behind it.
pub(crate) fn as_json(received: &ReceivedRecord) -> Value {
    let record = &received.record;
    let mut object = Map::new();
    object.insert("topic".into(), received.topic.as_str().into());
    object.insert("partition".into(), received.partition.into());
    object.insert("offset".into(), record.offset.into());
    object.insert("timestamp".into(), record.timestamp.into());
    put_bytes("key", record.key.as_deref(), &mut object);
    let header = |header: &millstream_wire::records::Header| {
        let mut object = Map::new();
        put_bytes("name", Some(&header.key), &mut object);
        put_bytes("value", header.value.as_deref(), &mut object);
        Value::from(object)
    };
    object.insert("headers".into(), record.headers.iter().map(header).collect());
    put_bytes("value", record.value.as_deref(), &mut object);
    json!(object)
}

fn put_bytes(name: &str, bytes: Option<&[u8]>, object: &mut Map<String, Value>) {
    let Some(bytes) = bytes else {
        object.insert(name.into(), Value::Null);
        return;
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => object.insert(name.into(), text.into()),
        Err(_) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            object.insert(format!("{name}_hex"), hex.into())
        }
    };
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use expect_test::expect;
    use millstream_wire::records::{Header, Record, TimestampType};

    use super::*;

    fn received(key: Option<&'static [u8]>, value: Option<&'static [u8]>) -> ReceivedRecord {
        let header = Header { key: Bytes::from_static(b"h"), value: Some(Bytes::from_static(b"1")) };
        let record = Record {
            offset: 7,
            timestamp: 1000,
            key: key.map(Bytes::from_static),
            value: value.map(Bytes::from_static),
            headers: vec![header],
        };
        ReceivedRecord { topic: "t".into(), partition: 2, timestamp_type: TimestampType::CreateTime, record }
    }

    #[test]
    fn a_record_is_an_object_in_a_line() {
        let text = as_json(&received(None, Some(b"\"hi\"\n"))).to_string();
        expect![[r#"{"headers":[{"name":"h","value":"1"}],"key":null,"offset":7,"partition":2,"timestamp":1000,"topic":"t","value":"\"hi\"\n"}"#]].assert_eq(&text);
        let binary = as_json(&received(Some(b"\xff\x00"), None)).to_string();
        expect![[r#"{"headers":[{"name":"h","value":"1"}],"key_hex":"ff00","offset":7,"partition":2,"timestamp":1000,"topic":"t","value":null}"#]].assert_eq(&binary);
    }

    #[test]
    fn columns_are_printed_in_the_order_asked_for() {
        let print = |columns: &[Column], record: &ReceivedRecord| {
            let mut out = Vec::new();
            write_columns(record, columns, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let record = received(None, Some(b"v"));
        use Column::{Headers, Key, Offset, Partition, Timestamp, Topic, Value};
        let all = [Topic, Partition, Offset, Timestamp, Key, Headers, Value];
        assert_eq!(print(&all, &record), "t\t2\t7\t1000\tnull\th:1\tv\n");
        assert_eq!(print(&[Value, Offset], &record), "v\t7\n");
    }
}
