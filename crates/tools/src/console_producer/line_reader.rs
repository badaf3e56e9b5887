//! How a line becomes a record: headers, key and value, cut at separators.

use bytes::Bytes;
use millstream_wire::records::Header;

use crate::failure::Failure;

/// Kafka's settings of the reader of lines.
pub(super) const PROPERTIES: [&str; 9] = [
    "headers.delimiter",
    "headers.key.separator",
    "headers.separator",
    "ignore.error",
    "key.separator",
    "null.marker",
    "parse.headers",
    "parse.key",
    "topic",
];

/// Cuts lines.
#[derive(Debug)]
pub(super) struct LineReader {
    parses_key: bool,
    key_separator: String,
    parses_headers: bool,
    headers_delimiter: String,
    headers_separator: String,
    headers_key_separator: String,
    ignores_errors: bool,
    null_marker: Option<String>,
    /// The line that was read last, from 1.
    number: u64,
}

/// A line, cut.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) key: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: Vec<Header>,
}

impl LineReader {
    /// A reader with these settings; the last of two of a name counts.
    pub(super) fn new(properties: &[(String, String)]) -> Result<Self, Failure> {
        let get =
            |name: &str| properties.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value);
        let is = |name: &str| get(name).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"));
        let text = |name: &str, default: &str| get(name).cloned().unwrap_or_else(|| default.to_owned());
        let reader = Self {
            parses_key: is("parse.key"),
            key_separator: text("key.separator", "\t"),
            parses_headers: is("parse.headers"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: text("headers.separator", ","),
            headers_key_separator: text("headers.key.separator", ":"),
            ignores_errors: is("ignore.error"),
            null_marker: get("null.marker").cloned(),
            number: 0,
        };
        reader.check()?;
        Ok(reader)
    }

    /// Separators must be there, and must differ where they could be taken for each other.
    fn check(&self) -> Result<(), Failure> {
        let delimiter = ("headers.delimiter", &self.headers_delimiter);
        let separator = ("headers.separator", &self.headers_separator);
        let pair = ("headers.key.separator", &self.headers_key_separator);
        let key = ("key.separator", &self.key_separator);
        if let Some((name, _)) = [delimiter, separator, pair, key].iter().find(|(_, text)| text.is_empty()) {
            return Err(Failure::new(format!("{name} may not be empty")));
        }
        let mut unequal = vec![(delimiter, separator), (delimiter, pair), (separator, pair)];
        if let Some(marker) = &self.null_marker {
            let marker = ("null.marker", marker);
            unequal.extend([(marker, key), (marker, separator), (marker, delimiter), (marker, pair)]);
        }
        match unequal.into_iter().find(|((_, one), (_, other))| one == other) {
            Some(((one, _), (other, _))) => Err(Failure::new(format!("{one} and {other} may not be equal"))),
            None => Ok(()),
        }
    }

    /// Cuts the next line.
    pub(super) fn cut<'a>(&mut self, line: &'a [u8]) -> Result<Line<'a>, Failure> {
        self.number += 1;
        let mut rest = line;
        let mut headers = None;
        if self.parses_headers {
            (headers, rest) = self.take(rest, line, &self.headers_delimiter, "headers delimiter")?;
        }
        let mut key = None;
        if self.parses_key {
            (key, rest) = self.take(rest, line, &self.key_separator, "key separator")?;
        }
        let headers = match headers.filter(|headers| !self.is_null(headers)) {
            Some(headers) => self.headers(headers)?,
            None => Vec::new(),
        };
        Ok(Line {
            key: key.filter(|key| !self.is_null(key)),
            value: Some(rest).filter(|v| !self.is_null(v)),
            headers,
        })
    }

    fn take<'a>(
        &self,
        rest: &'a [u8],
        line: &[u8],
        separator: &str,
        what: &str,
    ) -> Result<(Option<&'a [u8]>, &'a [u8]), Failure> {
        match split(rest, separator) {
            Some((before, behind)) => Ok((Some(before), behind)),
            None if self.ignores_errors => Ok((None, rest)),
            None => Err(Failure::with_way_out(
                format!(
                    "No {what} found on line number {}: '{}'",
                    self.number,
                    String::from_utf8_lossy(line)
                ),
                "--reader-property ignore.error=true sends such a line as a value.",
            )),
        }
    }

    fn headers(&self, text: &[u8]) -> Result<Vec<Header>, Failure> {
        let mut headers = Vec::new();
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (pair, behind) = match split(text, &self.headers_separator) {
                Some((pair, behind)) => (pair, Some(behind)),
                None => (text, None),
            };
            rest = behind;
            headers.push(self.header(pair)?);
        }
        Ok(headers)
    }

    fn header(&self, pair: &[u8]) -> Result<Header, Failure> {
        let shown = || String::from_utf8_lossy(pair).into_owned();
        let (name, value) = match split(pair, &self.headers_key_separator) {
            Some((name, value)) => (name, Some(value).filter(|value| !self.is_null(value))),
            None if self.ignores_errors => (pair, None),
            None => {
                return Err(Failure::new(format!(
                    "No header key separator found in pair '{}' on line number {}",
                    shown(),
                    self.number
                )));
            }
        };
        if self.is_null(name) {
            return Err(Failure::new(format!("the name of a header cannot be null, as in '{}'", shown())));
        }
        Ok(Header { key: Bytes::copy_from_slice(name), value: value.map(Bytes::copy_from_slice) })
    }

    fn is_null(&self, text: &[u8]) -> bool {
        self.null_marker.as_ref().is_some_and(|marker| marker.as_bytes() == text)
    }
}

fn split<'a>(text: &'a [u8], separator: &str) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(separator.len()).position(|window| window == separator.as_bytes())?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(properties: &str, line: &str) -> String {
        let pairs: Vec<_> = properties
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let shown = |part: Option<&[u8]>| part.map_or("null".to_owned(), |part| format!("'{}'", text(part)));
        let mut reader = match LineReader::new(&pairs) {
            Ok(reader) => reader,
            Err(Failure::Failed { message, .. }) => return message,
            Err(_) => return String::new(),
        };
        match reader.cut(line.as_bytes()) {
            Ok(line) => {
                let header = |h: &Header| format!(" {}={}", text(&h.key), shown(h.value.as_deref()));
                let headers: String = line.headers.iter().map(header).collect();
                format!("{} {}{headers}", shown(line.key), shown(line.value))
            }
            Err(Failure::Failed { message, .. }) => message,
            Err(_) => String::new(),
        }
    }

    #[test]
    fn lines_are_cut_as_kafka_cuts_them() {
        let table = [
            ("", "k:v", "null 'k:v'"),
            ("parse.key=true", "k\tv", "'k' 'v'"),
            ("parse.key=TRUE key.separator=:", "k:v:w", "'k' 'v:w'"),
            ("parse.key=true key.separator=:", "kv", "No key separator found on line number 1: 'kv'"),
            ("parse.key=true key.separator=: ignore.error=true", "kv", "null 'kv'"),
            ("parse.key=true key.separator=: null.marker=NULL", "k:NULL", "'k' null"),
            ("parse.key=true key.separator=: null.marker=NULL", "NULL:v", "null 'v'"),
            ("parse.headers=true", "a:1,b:2\tv", "null 'v' a='1' b='2'"),
            ("parse.headers=true parse.key=true", "a:1\tk\tv", "'k' 'v' a='1'"),
            ("parse.headers=true null.marker=-", "-\tv", "null 'v'"),
            ("parse.headers=true null.marker=-", "a:-\tv", "null 'v' a=null"),
            ("parse.headers=true", "a\tv", "No header key separator found in pair 'a' on line number 1"),
            (
                "parse.headers=true headers.separator=:",
                "",
                "headers.separator and headers.key.separator may not be equal",
            ),
            ("key.separator=x null.marker=x", "", "null.marker and key.separator may not be equal"),
            ("key.separator=", "", "key.separator may not be empty"),
        ];
        for (properties, line, expected) in table {
            assert_eq!(cut(properties, line), expected, "{properties} {line}");
        }
    }
}
