//! Between Kafka's records and the engine's rows, and which topics a pattern means: the same for every cluster.

use bytes::Bytes;
use millstream_engine::topics::{NewRow, TopicError, TopicRows};
use millstream_wire::records::{Header, Record, TimestampType};
use regex::Regex;

/// What stands for a header's key that is no text.
const NO_TEXT: &str = "\u{fffd}";

/// Adds a record as a row. Spark's `timestampType` is 0 for the producer's time and 1 for the broker's.
pub fn push(record: &Record, timestamp_type: TimestampType, rows: &mut TopicRows) {
    let timestamp_type = match timestamp_type {
        TimestampType::CreateTime => 0,
        TimestampType::LogAppendTime => 1,
    };
    let text = |header| std::str::from_utf8(header).unwrap_or(NO_TEXT);
    let headers = record.headers.iter().map(|header| (text(&header.key), header.value.as_deref()));
    let (key, value) = (record.key.as_deref(), record.value.as_deref());
    rows.push(key, value, record.offset, record.timestamp, timestamp_type, headers);
}

/// The record headers of a row.
pub fn headers(row: &NewRow) -> Vec<Header> {
    let header = |(key, value): &(String, Option<Bytes>)| Header {
        key: Bytes::copy_from_slice(key.as_bytes()),
        value: value.clone(),
    };
    row.headers.iter().map(header).collect()
}

/// The topics that `subscribePattern` means: those whose whole name matches.
pub fn whole_name(pattern: &str) -> Result<Regex, TopicError> {
    Regex::new(&format!("^(?:{pattern})$")).map_err(|error| {
        TopicError::Refused(format!("subscribePattern '{pattern}' is no regular expression: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use super::whole_name;

    #[test]
    fn a_pattern_means_whole_names() {
        let table = [("a|b", "a", true), ("a|b", "ab", false), ("clicks.*", "clicks-2", true)];
        for (pattern, topic, matches) in table {
            assert_eq!(whole_name(pattern).unwrap().is_match(topic), matches, "{pattern} {topic}");
        }
        assert!(whole_name("(").unwrap_err().to_string().contains("subscribePattern '('"));
    }
}
