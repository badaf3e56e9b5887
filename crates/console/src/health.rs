//! Is it well? A level for the colour and a reason in words, so that colour never says it alone.

use serde::Serialize;

use crate::model::{Query, QueryState};

/// How something is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Health {
    /// For the colour.
    pub(crate) level: Level,
    /// For the reader; empty when all is well.
    pub(crate) reason: String,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// Nothing to say.
    Ok,
    /// It rests, on purpose.
    Off,
    /// Worth a look.
    Warn,
    /// Broken.
    Bad,
}

impl Health {
    fn new(level: Level, reason: impl Into<String>) -> Self {
        Self { level, reason: reason.into() }
    }
}

/// A reason is one line in a box.
const REASON_CHARS: usize = 200;

/// How a query is.
pub(crate) fn of_query(query: &Query) -> Health {
    match &query.state {
        QueryState::Stopped => Health::new(Level::Off, "stopped"),
        QueryState::Failed(error) => {
            let line = error.lines().find(|line| !line.trim().is_empty()).unwrap_or("without a message");
            let line: String = line.chars().take(REASON_CHARS).collect();
            Health::new(Level::Bad, format!("failed: {line}"))
        }
        QueryState::Running => match (query.batch_ms, query.trigger_ms) {
            (Some(took), Some(interval)) if interval > 0 && took > interval => {
                let (took, interval) = (seconds(took), seconds(interval));
                Health::new(Level::Warn, format!("batch takes {took} of a {interval} interval"))
            }
            _ => Health::new(Level::Ok, ""),
        },
    }
}

/// How a group is, by its state, its members, its whole lag and how much the lag grows a second.
pub(crate) fn of_group(state: &str, members: u32, lag: u64, growth: f64) -> Health {
    if state.ends_with("Rebalance") {
        return Health::new(Level::Warn, "rebalancing: no member reads until all have joined");
    }
    if members == 0 {
        return match lag {
            0 => Health::new(Level::Off, "no members"),
            _ => Health::new(Level::Off, format!("no members, {} behind", grouped(lag))),
        };
    }
    // Lag swings with every fetch; it is news when it is more than a swing and goes on growing.
    if growth >= 1.0 && lag as f64 > growth.max(100.0) * 2.0 {
        return Health::new(Level::Warn, format!("lag grows by {}/s", grouped(whole(growth))));
    }
    Health::new(Level::Ok, "")
}

/// To the next whole number; what does not fit is the greatest there is.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

/// `950 ms`, `3.1 s`, `2 min`.
fn seconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        1_000..120_000 => format!("{:.1} s", ms as f64 / 1_000.0),
        _ => format!("{} min", ms / 60_000),
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn queries_say_what_is_wrong() {
        let cases = [
            Query::default(),
            Query { batch_ms: Some(300), trigger_ms: Some(1_000), ..Query::default() },
            Query { batch_ms: Some(3_100), trigger_ms: Some(1_000), ..Query::default() },
            Query { batch_ms: Some(700_000), trigger_ms: Some(500), ..Query::default() },
            Query { batch_ms: Some(300), ..Query::default() },
            Query { state: QueryState::Stopped, ..Query::default() },
            Query {
                state: QueryState::Failed("\nZeroDivisionError: division by zero\n  at x".into()),
                ..Query::default()
            },
            Query { state: QueryState::Failed(String::new()), ..Query::default() },
        ];
        let said: Vec<_> =
            cases.iter().map(of_query).map(|h| format!("{:?} {}", h.level, h.reason)).collect();
        expect![[r#"
            Ok 
            Ok 
            Warn batch takes 3.1 s of a 1 s interval
            Warn batch takes 11 min of a 500 ms interval
            Ok 
            Off stopped
            Bad failed: ZeroDivisionError: division by zero
            Bad failed: without a message"#]]
        .assert_eq(&said.join("\n"));
    }

    #[test]
    fn groups_say_what_is_wrong() {
        let cases = [
            of_group("Stable", 1, 0, 0.0),
            of_group("Stable", 1, 50, 20.0),
            of_group("Stable", 1, 5_000_000, 1_200.4),
            of_group("Stable", 1, 5_000_000, -300.0),
            of_group("PreparingRebalance", 2, 10, 0.0),
            of_group("Empty", 0, 0, 0.0),
            of_group("Empty", 0, 1_234_567, 0.0),
        ];
        let said: Vec<_> = cases.iter().map(|h| format!("{:?} {}", h.level, h.reason)).collect();
        expect![[r#"
            Ok 
            Ok 
            Warn lag grows by 1,200/s
            Ok 
            Warn rebalancing: no member reads until all have joined
            Off no members
            Off no members, 1,234,567 behind"#]]
        .assert_eq(&said.join("\n"));
    }
}
