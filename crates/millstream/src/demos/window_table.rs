//! What a windowed query has said so far: the last value of each key in each window.

use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Windows that are kept: more than a terminal shows.
const WINDOWS_KEPT: usize = 8;

/// The windows by their start, in each the values by key.
type Windows<T> = BTreeMap<DateTime<Utc>, BTreeMap<String, T>>;

/// A query's newest windows, filled by its sink and read by the screen.
#[derive(Debug)]
pub struct WindowTable<T>(Mutex<Windows<T>>);

impl<T> Default for WindowTable<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> WindowTable<T> {
    /// Takes a row with a column `window`; its column `key` names it within the window. Others are passed over.
    pub fn put(&self, row: &Value, key: &str, value: T) {
        let (Some(window), Some(key)) = (window_start(row), text(row, key)) else { return };
        let mut windows = self.windows();
        windows.entry(window).or_default().insert(key, value);
        while windows.len() > WINDOWS_KEPT {
            windows.pop_first();
        }
    }

    /// Whether no row has come yet.
    pub fn is_empty(&self) -> bool {
        self.windows().is_empty()
    }

    /// The rows made by `row`, newest window first.
    pub fn newest_first<R>(&self, row: impl Fn(DateTime<Utc>, &str, &T) -> R) -> Vec<R> {
        let windows = self.windows();
        let newest = windows.iter().rev();
        newest.flat_map(|(window, keys)| keys.iter().map(|(key, value)| row(*window, key, value))).collect()
    }

    /// The rows of the window with `newer` newer ones, or of the oldest there is.
    pub fn back<R>(&self, newer: usize, row: impl Fn(DateTime<Utc>, &str, &T) -> R) -> Vec<R> {
        let windows = self.windows();
        let Some((window, keys)) = windows.iter().rev().take(newer + 1).next_back() else {
            return Vec::new();
        };
        keys.iter().map(|(key, value)| row(*window, key, value)).collect()
    }

    fn windows(&self) -> MutexGuard<'_, Windows<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn window_start(row: &Value) -> Option<DateTime<Utc>> {
    time(row.get("window")?, "start")
}

/// A column that is a time.
pub fn time(row: &Value, name: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(row.get(name)?.as_str()?).ok().map(|time| time.to_utc())
}

/// A column that is text.
pub fn text(row: &Value, name: &str) -> Option<String> {
    row.get(name)?.as_str().map(str::to_owned)
}

/// A column that is a whole number; 0 when it is not there.
pub fn number(row: &Value, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{WindowTable, number};
    use serde_json::json;

    #[test]
    fn the_last_value_of_a_key_counts_and_old_windows_go() {
        let table = WindowTable::default();
        for hour in 10..20 {
            let window = json!({ "start": format!("2015-05-17T{hour}:00:00Z") });
            let row = json!({ "window": window, "status": "200", "hits": 1 });
            table.put(&row, "status", number(&row, "hits"));
            let row = json!({ "window": window, "status": "200", "hits": hour });
            table.put(&row, "status", number(&row, "hits"));
        }
        table.put(&json!({ "status": "a row without a window is passed over" }), "status", 0);
        let rows = table.newest_first(|window, key, hits| format!("{} {key} {hits}", window.format("%H")));
        let expected: Vec<String> = (12..20).rev().map(|hour| format!("{hour} 200 {hour}")).collect();
        assert_eq!(rows, expected);
        assert_eq!(table.back(5, |_, _, hits| *hits), [14]);
        assert_eq!(table.back(50, |_, _, hits| *hits), [12]);
    }
}
