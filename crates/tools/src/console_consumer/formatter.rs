//! How a record is printed: Kafka's `DefaultMessageFormatter` and its settings.

use std::io::{self, Write};

use millstream_client::ReceivedRecord;

use super::deserializer::Deserializer;
use crate::command_line::remark;
use crate::failure::Failure;

/// Kafka's formatters, by class name.
const DEFAULT: [&str; 2] =
    ["org.apache.kafka.tools.consumer.DefaultMessageFormatter", "kafka.tools.DefaultMessageFormatter"];
const NOTHING: [&str; 2] =
    ["org.apache.kafka.tools.consumer.NoOpMessageFormatter", "kafka.tools.NoOpMessageFormatter"];

/// Prints records.
#[derive(Debug)]
pub(super) struct Formatter {
    prints_nothing: bool,
    timestamp: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: String,
    line_separator: String,
    headers_separator: String,
    null_literal: String,
    key_deserializer: Deserializer,
    value_deserializer: Deserializer,
    headers_deserializer: Deserializer,
}

impl Formatter {
    /// The formatter of this class with these properties.
    pub(super) fn new(class: Option<&str>, properties: &[(String, String)]) -> Result<Self, Failure> {
        let prints_nothing = class.is_some_and(|class| NOTHING.contains(&class));
        if let Some(class) = class.filter(|class| !prints_nothing && !DEFAULT.contains(class)) {
            return Err(Failure::with_way_out(
                format!("--formatter {class}: Java classes cannot be run here"),
                format!("There are {} and {}.", DEFAULT[0], NOTHING[0]),
            ));
        }
        let mut formatter = Self {
            prints_nothing,
            timestamp: false,
            partition: false,
            offset: false,
            delivery: false,
            epoch: false,
            headers: false,
            key: false,
            value: true,
            key_separator: "\t".into(),
            line_separator: "\n".into(),
            headers_separator: ",".into(),
            null_literal: "null".into(),
            key_deserializer: Deserializer::Bytes,
            value_deserializer: Deserializer::Bytes,
            headers_deserializer: Deserializer::Bytes,
        };
        properties.iter().try_for_each(|(name, value)| formatter.set(name, value))?;
        Ok(formatter)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        let yes = value.trim().eq_ignore_ascii_case("true");
        match name {
            "print.timestamp" => self.timestamp = yes,
            "print.partition" => self.partition = yes,
            "print.offset" => self.offset = yes,
            "print.delivery" => self.delivery = yes,
            "print.epoch" => self.epoch = yes,
            "print.headers" => self.headers = yes,
            "print.key" => self.key = yes,
            "print.value" => self.value = yes,
            "key.separator" => value.clone_into(&mut self.key_separator),
            "line.separator" => value.clone_into(&mut self.line_separator),
            "headers.separator" => value.clone_into(&mut self.headers_separator),
            "null.literal" => value.clone_into(&mut self.null_literal),
            "key.deserializer" => self.key_deserializer = Deserializer::of_class(value)?,
            "value.deserializer" => self.value_deserializer = Deserializer::of_class(value)?,
            "headers.deserializer" => self.headers_deserializer = Deserializer::of_class(value)?,
            _ => remark(format!("no effect here: {name}")),
        }
        Ok(())
    }

    /// Prints one record.
    pub(super) fn write(&self, received: &ReceivedRecord, out: &mut dyn Write) -> Result<(), FormatError> {
        if self.prints_nothing {
            return Ok(());
        }
        let record = &received.record;
        let mut columns: Vec<Vec<u8>> = Vec::new();
        if self.timestamp {
            let text = match record.timestamp {
                ..0 => "NO_TIMESTAMP".into(),
                time => format!("{:?}:{time}", received.timestamp_type),
            };
            columns.push(text.into_bytes());
        }
        if self.partition {
            columns.push(format!("Partition:{}", received.partition).into_bytes());
        }
        if self.offset {
            columns.push(format!("Offset:{}", record.offset).into_bytes());
        }
        // Kafka 4.3's own consumer hands neither to its formatter.
        if self.delivery {
            columns.push(b"Delivery:NOT_PRESENT".to_vec());
        }
        if self.epoch {
            columns.push(b"Epoch:NOT_PRESENT".to_vec());
        }
        if self.headers {
            columns.push(self.headers(received)?);
        }
        if self.key {
            columns.push(self.part(record.key.as_deref(), self.key_deserializer)?);
        }
        if self.value {
            columns.push(self.part(record.value.as_deref(), self.value_deserializer)?);
        }
        if !columns.is_empty() {
            out.write_all(&columns.join(self.key_separator.as_bytes()))?;
            out.write_all(self.line_separator.as_bytes())?;
        }
        Ok(())
    }

    fn headers(&self, received: &ReceivedRecord) -> Result<Vec<u8>, FormatError> {
        if received.record.headers.is_empty() {
            return Ok(b"NO_HEADERS".to_vec());
        }
        let mut headers: Vec<Vec<u8>> = Vec::new();
        for header in &received.record.headers {
            let mut text = header.key.to_vec();
            text.push(b':');
            text.extend(self.part(header.value.as_deref(), self.headers_deserializer)?);
            headers.push(text);
        }
        Ok(headers.join(self.headers_separator.as_bytes()))
    }

    fn part(&self, bytes: Option<&[u8]>, deserializer: Deserializer) -> Result<Vec<u8>, FormatError> {
        match bytes {
            Some(bytes) => deserializer.text(bytes).map_err(FormatError::Deserialize),
            None => Ok(self.null_literal.clone().into_bytes()),
        }
    }
}

/// Why a record was not printed.
#[derive(Debug)]
pub(super) enum FormatError {
    /// The bytes do not fit the deserializer.
    Deserialize(String),
    /// Standard output takes no more.
    Output(io::Error),
}

impl From<io::Error> for FormatError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use millstream_wire::records::{Header, Record, TimestampType};

    use super::*;

    fn printed(
        properties: &[(&str, &str)],
        key: Option<&'static [u8]>,
        value: Option<&'static [u8]>,
    ) -> String {
        let properties: Vec<_> =
            properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let header = |name: &'static str, value: &'static str| Header {
            key: Bytes::from_static(name.as_bytes()),
            value: Some(Bytes::from_static(value.as_bytes())),
        };
        let record = Record {
            offset: 7,
            timestamp: 1000,
            key: key.map(Bytes::from_static),
            value: value.map(Bytes::from_static),
            headers: vec![header("a", "1"), header("b", "2")],
        };
        let received = ReceivedRecord {
            topic: "t".into(),
            partition: 2,
            timestamp_type: TimestampType::CreateTime,
            record,
        };
        let formatter = Formatter::new(None, &properties).unwrap_or_else(|_| panic!("{properties:?}"));
        let mut out = Vec::new();
        match formatter.write(&received, &mut out) {
            Ok(()) => String::from_utf8(out).unwrap(),
            Err(FormatError::Deserialize(why)) => why,
            Err(FormatError::Output(error)) => error.to_string(),
        }
    }

    #[test]
    fn records_look_as_kafka_prints_them() {
        let all = [
            ("print.timestamp", "true"),
            ("print.partition", "true"),
            ("print.offset", "true"),
            ("print.headers", "true"),
            ("print.key", "true"),
        ];
        assert_eq!(
            printed(&all, Some(b"k"), Some(b"v")),
            "CreateTime:1000\tPartition:2\tOffset:7\ta:1,b:2\tk\tv\n"
        );
        assert_eq!(printed(&[], Some(b"k"), Some(b"v")), "v\n");
        assert_eq!(printed(&[], None, None), "null\n");
        assert_eq!(printed(&[("print.key", "true"), ("key.separator", "-")], None, Some(b"v")), "null-v\n");
        assert_eq!(printed(&[("print.key", "true"), ("print.value", "false")], Some(b"k"), None), "k\n");
        assert_eq!(printed(&[("print.value", "false")], Some(b"k"), None), "");
        assert_eq!(printed(&[("print.epoch", "true")], None, Some(b"v")), "Epoch:NOT_PRESENT\tv\n");
        let long = ("value.deserializer", "org.apache.kafka.common.serialization.LongDeserializer");
        assert_eq!(printed(&[long], None, Some(&[0, 0, 0, 0, 0, 0, 1, 0])), "256\n");
        assert_eq!(
            printed(&[long], None, Some(b"v")),
            "a LongDeserializer reads 8 bytes, the record has 1 (is it text? StringDeserializer reads that)"
        );
    }
}
