//! The demo's data: speeds that three road sensors measured, again and again with later dates.
//!
//! All three report from 8 to 17 September 2015. Each round through those ten days is dated ten days after the one
//! before, so that event time only moves on; within a round the readings come in the order in which they were taken.

use chrono::{Duration, NaiveDate, NaiveDateTime, Timelike};

/// The series as they were published: see `examples/traffic/data/SOURCE.md`.
const SERIES: [(&str, &str); 3] = [
    ("6005", include_str!("../../../../../examples/traffic/data/speed_6005.csv")),
    ("7578", include_str!("../../../../../examples/traffic/data/speed_7578.csv")),
    ("t4013", include_str!("../../../../../examples/traffic/data/speed_t4013.csv")),
];

/// The first day on which all three report, as the series write it.
const BEGIN: &str = "2015-09-08";

/// Days of event time from one round to the next.
const DAYS_A_ROUND: i64 = 10;

/// One measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The sensor.
    pub sensor: &'static str,
    /// When, in UTC.
    pub time: NaiveDateTime,
    /// Miles an hour.
    pub speed: i64,
}

impl Reading {
    /// The hour in which it was taken.
    pub fn hour(&self) -> (NaiveDate, u32) {
        (self.time.date(), self.time.hour())
    }
}

/// Endless readings.
#[derive(Debug, Clone)]
pub struct Readings {
    round: Vec<Reading>,
    next: usize,
    rounds: i64,
}

impl Readings {
    /// From the first one on.
    pub fn new() -> Self {
        let series = SERIES.iter().flat_map(|(sensor, lines)| {
            lines.lines().filter(|line| *line >= BEGIN).filter_map(move |line| reading(sensor, line))
        });
        let mut round: Vec<Reading> = series.collect();
        round.sort_by_key(|reading| (reading.time, reading.sensor));
        Self { round, next: 0, rounds: 0 }
    }
}

impl Iterator for Readings {
    type Item = Reading;

    fn next(&mut self) -> Option<Reading> {
        if self.next == self.round.len() {
            self.next = 0;
            self.rounds = self.rounds.saturating_add(1);
        }
        let reading = *self.round.get(self.next)?;
        self.next += 1;
        let moved = Duration::try_days(self.rounds.saturating_mul(DAYS_A_ROUND))?;
        Some(Reading { time: reading.time.checked_add_signed(moved)?, ..reading })
    }
}

/// One line, `2015-09-08 11:39:00,73`; the head of the file is none.
fn reading(sensor: &'static str, line: &str) -> Option<Reading> {
    let (time, speed) = line.split_once(',')?;
    let time = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(Reading { sensor, time, speed: speed.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::Readings;

    #[test]
    fn event_time_moves_on_from_round_to_round() {
        let readings = Readings::new();
        let count = readings.round.len();
        let times: Vec<_> = readings.take(2 * count).map(|reading| reading.time).collect();
        assert!(times.is_sorted());
        assert_eq!(times[0].to_string(), "2015-09-08 10:44:00");
        assert_eq!((times[count] - times[0]).num_days(), 10);
    }

    #[test]
    fn every_sensor_reports() {
        let readings = Readings::new().round;
        let of = |sensor| readings.iter().filter(|reading| reading.sensor == sensor).count();
        assert_eq!([of("6005"), of("7578"), of("t4013")], [1800, 1127, 1854]);
    }
}
