//! What the demo shows: the state of both queries, as text for a person or as one line of JSON.

use crate::demos::Look;
use crate::demos::layout::{self, ROWS, grouped, iso, iso_or_null, moment};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt::Write as _;

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
    /// The pages of the fullest window, most hits first.
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

impl Look for View {
    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn tables(&self) -> String {
        let mut text = String::from("clicks-by-status: one-hour windows, open ones too\n");
        let _ = writeln!(text, "{:<18} {:>6} {:>8} {:>14}", "hour", "status", "hits", "bytes");
        for row in self.clicks_by_status.iter().take(ROWS) {
            let (hits, bytes) = (grouped(row.hits), grouped(row.bytes));
            let _ =
                writeln!(text, "{:<18} {:>6} {hits:>8} {bytes:>14}", moment(&row.window_start), row.status);
        }
        let _ = writeln!(text, "\ntop-pages: windows of six hours, a new one every hour");
        let _ = writeln!(text, "{:<18} {:>8}  page", "from", "hits");
        for row in self.top_pages.iter().take(ROWS) {
            let _ =
                writeln!(text, "{:<18} {:>8}  {}", moment(&row.window_start), grouped(row.hits), row.page);
        }
        text
    }

    fn watermark(&self) -> String {
        layout::watermark(self.watermark.as_ref())
    }

    fn records(&self) -> u64 {
        self.records
    }
}

#[cfg(test)]
mod tests {
    use super::{PageRow, StatusRow, View};
    use crate::demos::Look;
    use chrono::DateTime;
    use expect_test::expect;

    #[test]
    fn the_tables_are_readable() {
        let window_start = DateTime::from_timestamp(1_431_856_800, 0).unwrap();
        let status = "200".into();
        let view = View {
            records: 1234,
            watermark: Some(window_start),
            clicks_by_status: vec![StatusRow { window_start, status, hits: 98, bytes: 12_345_678 }],
            top_pages: vec![PageRow { window_start, page: "/a/long/path.html".into(), hits: 7 }],
        };
        let expected = expect![[r#"
            clicks-by-status: one-hour windows, open ones too
            hour               status     hits          bytes
            17 May 2015 10:00     200       98     12,345,678

            top-pages: windows of six hours, a new one every hour
            from                   hits  page
            17 May 2015 10:00         7  /a/long/path.html
        "#]];
        expected.assert_eq(&view.tables());
        assert_eq!(view.watermark(), "17 May 2015 10:00");
    }
}
