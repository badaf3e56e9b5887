//! Bytes from outside as JSON: text where they are text, hexadecimal where not, never more than a bound.

use serde::Serialize;

use crate::model::Record;

/// Bytes of one key, value or header that are shown; the rest is only counted.
const CELL_BYTES: usize = 8 * 1024;
/// Headers of one record that are shown.
const HEADERS: usize = 32;
/// Bytes of text that one answer carries: after this many, older records are left out.
const ANSWER_BYTES: usize = 1024 * 1024;

/// Some bytes, readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Cell {
    /// The bytes as text, when they are UTF-8 without control characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Otherwise the bytes in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    /// How many bytes there are.
    size: usize,
    /// Whether what is shown is only their beginning.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cut: bool,
}

impl Cell {
    /// Shows `bytes`.
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let size = bytes.len();
        let shown = bytes.get(..CELL_BYTES).unwrap_or(bytes);
        let cut = shown.len() < size;
        match text(shown, cut) {
            Some(text) => Self { text: Some(text.to_owned()), hex: None, size, cut },
            None => {
                // Hexadecimal is for a glance at the first bytes; two characters a byte add up.
                let shown = shown.get(..CELL_BYTES / 8).unwrap_or(shown);
                let hex = shown.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
                Self { text: None, hex: Some(hex), size, cut: shown.len() < size }
            }
        }
    }

    fn weight(&self) -> usize {
        self.text.as_deref().or(self.hex.as_deref()).map_or(0, str::len)
    }
}

/// The bytes as text; the end of bytes that were cut may fall inside a character.
fn text(bytes: &[u8], cut: bool) -> Option<&str> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if cut && error.error_len().is_none() => {
            std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    (!text.chars().any(control)).then_some(text)
}

/// A record, readable.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    partition: i32,
    offset: i64,
    timestamp_ms: Option<i64>,
    key: Option<Cell>,
    value: Option<Cell>,
    headers: Vec<(String, Option<Cell>)>,
}

impl Row {
    fn new(record: &Record) -> Self {
        let cell = |bytes: &Option<bytes::Bytes>| bytes.as_deref().map(Cell::new);
        let headers = record.headers.iter().take(HEADERS);
        Self {
            partition: record.partition,
            offset: record.offset,
            timestamp_ms: record.timestamp_ms,
            key: cell(&record.key),
            value: cell(&record.value),
            headers: headers.map(|(name, value)| (name.chars().take(256).collect(), cell(value))).collect(),
        }
    }

    fn weight(&self) -> usize {
        let cell = |cell: &Option<Cell>| cell.as_ref().map_or(0, Cell::weight);
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + cell(value)).sum();
        64 + cell(&self.key) + cell(&self.value) + headers
    }
}

/// The newest records that fit into one answer, newest first.
pub(crate) fn rows(records: &[Record]) -> Vec<Row> {
    let mut weight = 0;
    let fits = |row: &Row| {
        weight += row.weight();
        weight <= ANSWER_BYTES
    };
    records.iter().map(Row::new).take_while(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> String {
        serde_json::to_string(&Cell::new(bytes)).unwrap()
    }

    #[test]
    fn text_stays_text_and_the_rest_is_hexadecimal() {
        assert_eq!(shown(b""), r#"{"text":"","size":0}"#);
        assert_eq!(shown("<b>Zürich</b>\n".as_bytes()), r#"{"text":"<b>Zürich</b>\n","size":15}"#);
        assert_eq!(shown(&[0, 0, 0, 42]), r#"{"hex":"00 00 00 2a","size":4}"#);
        assert_eq!(shown(&[0xff, 0xfe]), r#"{"hex":"ff fe","size":2}"#);
        assert_eq!(shown(b"\x1b[31mred"), r#"{"hex":"1b 5b 33 31 6d 72 65 64","size":8}"#);
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let long = "€".repeat(CELL_BYTES);
        let cell = Cell::new(long.as_bytes());
        assert!(cell.cut && cell.size == long.len());
        assert_eq!(cell.text.unwrap().len(), CELL_BYTES / 3 * 3);
    }

    #[test]
    fn an_answer_is_bounded() {
        let value = Some(bytes::Bytes::from(vec![b'x'; CELL_BYTES]));
        let records = vec![Record { value, ..Record::default() }; 1_000];
        let rows = rows(&records);
        assert!(rows.len() < 130 && rows.len() > 100, "{}", rows.len());
    }
}
