//! What the queries have said so far: the last value of each key, for the terminal.

use super::view::{PageRow, StatusRow, View};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Windows that are kept: more than the terminal shows.
const WINDOWS_KEPT: usize = 8;

/// Hits by page of each window.
type Pages = BTreeMap<DateTime<Utc>, BTreeMap<String, i64>>;
/// Hits and bytes by status of each hour.
type Statuses = BTreeMap<DateTime<Utc>, BTreeMap<String, (i64, i64)>>;

/// Both results, filled by the sinks and read by the screen.
#[derive(Debug, Default)]
pub struct Tables {
    records: AtomicU64,
    statuses: Mutex<Statuses>,
    pages: Mutex<Pages>,
}

impl Tables {
    /// Counts log lines that the broker has acknowledged.
    pub fn wrote(&self, lines: u64) {
        self.records.fetch_add(lines, Ordering::Relaxed);
    }

    /// Log lines that the broker has acknowledged.
    pub fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Takes a row of `clicks-by-status`.
    pub fn status_row(&self, row: &Value) {
        let (Some(window), Some(status)) = (window_start(row), text(row, "status")) else { return };
        let mut statuses = lock(&self.statuses);
        statuses.entry(window).or_default().insert(status, (number(row, "hits"), number(row, "bytes")));
        forget_oldest(&mut statuses);
    }

    /// Takes a row of `top-pages`.
    pub fn page_row(&self, row: &Value) {
        let (Some(window), Some(page)) = (window_start(row), text(row, "page")) else { return };
        let mut pages = lock(&self.pages);
        pages.entry(window).or_default().insert(page, number(row, "hits"));
        forget_oldest(&mut pages);
    }

    /// Whether one of the two tables has nothing to show yet.
    pub fn is_empty(&self) -> bool {
        lock(&self.statuses).is_empty() || lock(&self.pages).is_empty()
    }

    /// One look: hours newest first, pages of the oldest window that is still open, most hits first.
    pub fn view(&self, watermark_ms: Option<i64>) -> View {
        let watermark = watermark_ms.and_then(DateTime::from_timestamp_millis);
        let mut clicks_by_status = Vec::new();
        for (window, statuses) in lock(&self.statuses).iter().rev() {
            clicks_by_status.extend(statuses.iter().map(|(status, (hits, bytes))| StatusRow {
                window_start: *window,
                status: status.clone(),
                hits: *hits,
                bytes: *bytes,
            }));
        }
        let mut top_pages = Vec::new();
        if let Some((window, pages)) = fullest_window(&lock(&self.pages)) {
            top_pages.extend(pages.iter().map(|(page, hits)| PageRow {
                window_start: window,
                page: page.clone(),
                hits: *hits,
            }));
        }
        top_pages.sort_by(|one, other| other.hits.cmp(&one.hits).then_with(|| one.page.cmp(&other.page)));
        top_pages.truncate(20);
        View { records: self.records(), watermark, clicks_by_status, top_pages }
    }
}

/// The window that covers the last six hours: of the six that are open it has run longest.
fn fullest_window(pages: &Pages) -> Option<(DateTime<Utc>, &BTreeMap<String, i64>)> {
    pages.iter().rev().take(6).next_back().map(|(window, pages)| (*window, pages))
}

fn forget_oldest<T>(windows: &mut BTreeMap<DateTime<Utc>, T>) {
    while windows.len() > WINDOWS_KEPT {
        windows.pop_first();
    }
}

fn window_start(row: &Value) -> Option<DateTime<Utc>> {
    let start = row.get("window")?.get("start")?.as_str()?;
    DateTime::parse_from_rfc3339(start).ok().map(|time| time.to_utc())
}

fn text(row: &Value, name: &str) -> Option<String> {
    row.get(name)?.as_str().map(str::to_owned)
}

fn number(row: &Value, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or(0)
}

fn lock<T>(table: &Mutex<T>) -> MutexGuard<'_, T> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::Tables;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn the_last_value_of_a_key_counts_and_old_windows_go() {
        let tables = Tables::default();
        for hour in 10..20 {
            let window = json!({ "start": format!("2015-05-17T{hour}:00:00Z") });
            tables.status_row(&json!({ "window": window, "status": "200", "hits": 1, "bytes": 10 }));
            tables.status_row(&json!({ "window": window, "status": "200", "hits": hour, "bytes": 20 }));
            tables.page_row(&json!({ "window": window, "page": "/a", "hits": 1 }));
            tables.page_row(&json!({ "window": window, "page": "/b", "hits": 2 }));
        }
        tables.status_row(&json!({ "status": "a row without a window is passed over" }));
        let view = tables.view(Some(0));
        let hours: Vec<_> =
            view.clicks_by_status.iter().map(|row| format!("{} {}", row.window_start, row.hits)).collect();
        let expected = expect![[r#"
            2015-05-17 19:00:00 UTC 19
            2015-05-17 18:00:00 UTC 18
            2015-05-17 17:00:00 UTC 17
            2015-05-17 16:00:00 UTC 16
            2015-05-17 15:00:00 UTC 15
            2015-05-17 14:00:00 UTC 14
            2015-05-17 13:00:00 UTC 13
            2015-05-17 12:00:00 UTC 12"#]];
        expected.assert_eq(&hours.join("\n"));
        let pages: Vec<_> =
            view.top_pages.iter().map(|row| format!("{} {}", row.window_start, row.page)).collect();
        assert_eq!(pages, ["2015-05-17 14:00:00 UTC /b", "2015-05-17 14:00:00 UTC /a"]);
    }
}
