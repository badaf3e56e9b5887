//! The demo's data: 10,000 real requests to a web server, again and again with later dates.
//!
//! The log covers 84 hours. Each round through it is dated 84 hours after the one before, so that event time only
//! moves on; within an hour the lines keep their real disorder (up to 59 seconds).

use chrono::{DateTime, Duration, FixedOffset};

/// The log as it was served: see `examples/clickstream/SOURCE.md`.
const LOG: &str = include_str!("../../../../../examples/clickstream/access.log");

/// Apache's date notation, as it stands between brackets.
const DATE: &str = "%d/%b/%Y:%H:%M:%S %z";

/// Hours of event time from one round to the next.
const HOURS_A_ROUND: i64 = 84;

/// Endless lines of the log.
#[derive(Debug, Clone)]
pub struct AccessLog {
    lines: std::str::Lines<'static>,
    round: i32,
}

impl AccessLog {
    /// From the first line on.
    pub fn new() -> Self {
        Self { lines: LOG.lines(), round: 0 }
    }
}

impl Iterator for AccessLog {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if let Some(line) = self.lines.next() {
            return Some(redate(line, self.round));
        }
        self.lines = LOG.lines();
        self.round = self.round.saturating_add(1);
        self.lines.next().map(|line| redate(line, self.round))
    }
}

/// The line with its date moved by `round` rounds. A line without a readable date stays as it is.
fn redate(line: &str, round: i32) -> String {
    let moved = (round > 0).then(|| move_date(line, round)).flatten();
    moved.unwrap_or_else(|| line.to_owned())
}

fn move_date(line: &str, round: i32) -> Option<String> {
    let (before, rest) = line.split_once('[')?;
    let (date, after) = rest.split_once(']')?;
    let date: DateTime<FixedOffset> = DateTime::parse_from_str(date, DATE).ok()?;
    let moved = date.checked_add_signed(Duration::hours(HOURS_A_ROUND.checked_mul(i64::from(round))?))?;
    Some(format!("{before}[{}]{after}", moved.format(DATE)))
}

#[cfg(test)]
mod tests {
    use super::{AccessLog, redate};

    #[test]
    fn rounds_follow_each_other_in_event_time() {
        let line = r#"1.2.3.4 - - [20/May/2015:21:05:59 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#;
        assert_eq!(redate(line, 0), line);
        assert_eq!(
            redate(line, 2),
            r#"1.2.3.4 - - [27/May/2015:21:05:59 +0000] "GET / HTTP/1.1" 200 5 "-" "-""#
        );
        assert_eq!(redate("no date", 1), "no date");
    }

    #[test]
    fn the_log_has_ten_thousand_lines_and_goes_on() {
        let mut lines = AccessLog::new();
        let first = lines.next().unwrap();
        let again = lines.nth(9_999).unwrap();
        assert!(first.contains("[17/May/2015:10:05:03 +0000]"), "{first}");
        assert!(again.contains("[20/May/2015:22:05:03 +0000]"), "{again}");
    }
}
