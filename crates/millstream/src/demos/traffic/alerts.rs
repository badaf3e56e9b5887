//! The last alerts, and how many there were.

use super::view::AlertRow;
use crate::demos::window_table::{number, text, time};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Alerts that are kept: more than a terminal shows.
const KEPT: usize = 20;

/// Filled by the sink, read by the screen.
#[derive(Debug, Default)]
pub struct Alerts(Mutex<(u64, VecDeque<AlertRow>)>);

impl Alerts {
    /// Takes a row of `slow-traffic`.
    pub fn put(&self, row: &Value) {
        let (Some(time), Some(name)) = (time(row, "time"), text(row, "name")) else { return };
        let alert =
            AlertRow { time, name, speed: number(row, "speed"), slow_below: number(row, "slow_below") };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        kept.1.push_front(alert);
        kept.1.truncate(KEPT);
    }

    /// How many, and the last ones: a batch brings them sensor by sensor.
    pub fn newest_first(&self) -> (u64, Vec<AlertRow>) {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last: Vec<AlertRow> = kept.1.iter().cloned().collect();
        last.sort_by_key(|alert| std::cmp::Reverse(alert.time));
        (kept.0, last)
    }
}

#[cfg(test)]
mod tests {
    use super::{Alerts, KEPT};
    use serde_json::json;

    #[test]
    fn the_last_ones_are_kept_and_all_are_counted() {
        let alerts = Alerts::default();
        for minute in 10..40 {
            let time = format!("2015-09-08T10:{minute}:00Z");
            alerts.put(&json!({ "time": time, "name": "a", "speed": minute, "slow_below": 60 }));
        }
        let (count, last) = alerts.newest_first();
        assert_eq!((count, last.len(), last[0].speed), (30, KEPT, 39));
    }
}
