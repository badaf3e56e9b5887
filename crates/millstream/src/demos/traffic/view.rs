//! What the demo shows: the state of both queries, as text for a person or as one line of JSON.

use crate::demos::Look;
use crate::demos::layout::{self, ROWS, grouped, iso, iso_or_null, moment};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::fmt::Write as _;

/// One look at the demo.
#[derive(Debug, Clone, Default, Serialize)]
pub struct View {
    /// Readings written to the topic so far.
    pub records: u64,
    /// The watermark of the hourly query.
    #[serde(serialize_with = "iso_or_null")]
    pub watermark: Option<DateTime<Utc>>,
    /// Speeds of each sensor, newest hour first.
    pub speeds_by_sensor: Vec<SpeedRow>,
    /// Alerts so far.
    pub alerts: u64,
    /// The last of them, newest first.
    pub slow_traffic: Vec<AlertRow>,
}

/// What one sensor measured in one hour of event time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpeedRow {
    /// Where the window starts.
    #[serde(serialize_with = "iso")]
    pub window_start: DateTime<Utc>,
    /// The sensor.
    pub sensor: String,
    /// What the table of sensors calls it.
    pub name: String,
    /// Readings.
    pub readings: i64,
    /// Their mean in miles an hour.
    pub mean: f64,
    /// The least.
    pub least: i64,
    /// The greatest.
    pub greatest: i64,
}

/// A reading below what is slow for its sensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertRow {
    /// When.
    #[serde(serialize_with = "iso")]
    pub time: DateTime<Utc>,
    /// What the table of sensors calls it.
    pub name: String,
    /// Miles an hour.
    pub speed: i64,
    /// What is slow there.
    pub slow_below: i64,
}

impl Look for View {
    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn tables(&self) -> String {
        let mut text = String::from("speeds-by-sensor: miles an hour in one-hour windows, open ones too\n");
        let head = ["hour", "sensor", "readings", "mean", "least", "greatest"];
        let [hour, sensor, readings, mean, least, greatest] = head;
        let _ = writeln!(text, "{hour:<18} {sensor:<15} {readings:>8} {mean:>6} {least:>6} {greatest:>8}");
        for row in self.speeds_by_sensor.iter().take(ROWS) {
            let SpeedRow { name, readings, mean, least, greatest, .. } = row;
            let hour = moment(&row.window_start);
            let _ =
                writeln!(text, "{hour:<18} {name:<15} {readings:>8} {mean:>6.1} {least:>6} {greatest:>8}");
        }
        let alerts = grouped(i64::try_from(self.alerts).unwrap_or(i64::MAX));
        let _ = writeln!(text, "\nslow-traffic: {alerts} readings below what is slow for their sensor");
        let _ = writeln!(text, "{:<18} {:<15} {:>8} {:>14}", "time", "sensor", "speed", "slow below");
        for row in self.slow_traffic.iter().take(ROWS) {
            let AlertRow { time, name, speed, slow_below } = row;
            let _ = writeln!(text, "{:<18} {name:<15} {speed:>8} {slow_below:>14}", moment(time));
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
    use super::{AlertRow, SpeedRow, View};
    use crate::demos::Look;
    use chrono::DateTime;
    use expect_test::expect;

    #[test]
    fn the_tables_are_readable() {
        let time = DateTime::from_timestamp(1_441_706_400, 0).unwrap();
        let name = || "Detector 6005".to_owned();
        let speed = SpeedRow {
            window_start: time,
            sensor: "6005".into(),
            name: name(),
            readings: 12,
            mean: 61.25,
            least: 20,
            greatest: 90,
        };
        let view = View {
            records: 36,
            watermark: None,
            speeds_by_sensor: vec![speed],
            alerts: 1,
            slow_traffic: vec![AlertRow { time, name: name(), speed: 20, slow_below: 60 }],
        };
        let expected = expect![[r#"
            speeds-by-sensor: miles an hour in one-hour windows, open ones too
            hour               sensor          readings   mean  least greatest
            8 Sep 2015 10:00   Detector 6005         12   61.2     20       90

            slow-traffic: 1 readings below what is slow for their sensor
            time               sensor             speed     slow below
            8 Sep 2015 10:00   Detector 6005         20             60
        "#]];
        expected.assert_eq(&view.tables());
        assert_eq!(view.watermark(), "none yet");
    }
}
