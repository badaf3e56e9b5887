//! What the demo shows in the terminal: the state of both queries, as text for a person or as one line of JSON.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// Rows of each table in the terminal: both fit on 24 lines.
const ROWS: usize = 8;

/// One look at the demo.
#[derive(Debug, Clone, Default, Serialize)]
pub struct View {
    /// Log lines written to the topic so far.
    pub records: u64,
    /// The watermark of the hourly query.
    #[serde(serialize_with = "iso_or_null")]
    pub watermark: Option<DateTime<Utc>>,
    /// Hits by status, newest hour first.
    pub clicks_by_status: Vec<StatusRow>,
    /// The pages of the newest window, most hits first.
    pub top_pages: Vec<PageRow>,
}

/// Hits of one status in one hour of event time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusRow {
    /// Where the window starts.
    #[serde(serialize_with = "iso")]
    pub window_start: DateTime<Utc>,
    /// The HTTP status.
    pub status: String,
    /// Requests.
    pub hits: i64,
    /// Bytes sent.
    pub bytes: i64,
}

/// Hits of one page in one sliding window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageRow {
    /// Where the window starts.
    #[serde(serialize_with = "iso")]
    pub window_start: DateTime<Utc>,
    /// The path of the page.
    pub page: String,
    /// Requests.
    pub hits: i64,
}

impl View {
    /// The tables as text, `width` columns at most.
    pub fn text(&self, rate: f64, page: Option<&str>, width: usize) -> String {
        let mut text = String::new();
        let watermark = self.watermark.map_or_else(|| "none yet".into(), |time| hour(&time));
        let page = page.map_or(String::new(), |address| format!("   page http://{address}"));
        let _ = writeln!(
            text,
            "{} log lines, {rate} a second   watermark {watermark}{page}\n",
            grouped(i64::try_from(self.records).unwrap_or(i64::MAX))
        );
        let _ = writeln!(text, "clicks-by-status: one-hour windows, open ones too");
        let _ = writeln!(text, "{:<18} {:>6} {:>8} {:>14}", "hour", "status", "hits", "bytes");
        for row in self.clicks_by_status.iter().take(ROWS) {
            let _ = writeln!(
                text,
                "{:<18} {:>6} {:>8} {:>14}",
                hour(&row.window_start),
                row.status,
                grouped(row.hits),
                grouped(row.bytes)
            );
        }
        let _ = writeln!(text, "\ntop-pages: windows of six hours, a new one every hour");
        let _ = writeln!(text, "{:<18} {:>8}  page", "from", "hits");
        for row in self.top_pages.iter().take(ROWS) {
            let _ = writeln!(text, "{:<18} {:>8}  {}", hour(&row.window_start), grouped(row.hits), row.page);
        }
        text.lines().flat_map(|line| [shortened(line, width), "\n".to_owned()]).collect()
    }
}

fn iso<S: Serializer>(time: &DateTime<Utc>, out: S) -> Result<S::Ok, S::Error> {
    out.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[expect(clippy::ref_option, reason = "the signature serde asks for")]
fn iso_or_null<S: Serializer>(time: &Option<DateTime<Utc>>, out: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => iso(time, out),
        None => out.serialize_none(),
    }
}

fn hour(time: &DateTime<Utc>) -> String {
    time.format("%e %b %Y %H:%M").to_string().trim_start().to_owned()
}

/// `line`, cut to `width` characters so that a narrow terminal does not wrap and the redraw stays in place.
fn shortened(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A number with its thousands apart.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::{PageRow, StatusRow, View, grouped};
    use chrono::DateTime;
    use expect_test::expect;

    #[test]
    fn the_tables_fit_the_terminal() {
        let window_start = DateTime::from_timestamp(1_431_856_800, 0).unwrap();
        let view = View {
            records: 1234,
            watermark: Some(window_start),
            clicks_by_status: vec![StatusRow {
                window_start,
                status: "200".into(),
                hits: 98,
                bytes: 12_345_678,
            }],
            top_pages: vec![PageRow { window_start, page: "/a/very/long/path/indeed.html".into(), hits: 7 }],
        };
        let expected = expect![[r#"
            1,234 log lines, 48 a second   watermark 17…

            clicks-by-status: one-hour windows, open on…
            hour               status     hits         …
            17 May 2015 10:00     200       98     12,3…

            top-pages: windows of six hours, a new one …
            from                   hits  page
            17 May 2015 10:00         7  /a/very/long/p…
        "#]];
        expected.assert_eq(&view.text(48.0, Some("127.0.0.1:8080"), 44));
    }

    #[test]
    fn thousands_stand_apart() {
        let table = [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")];
        for (number, text) in table {
            assert_eq!(grouped(number), text);
        }
    }
}
