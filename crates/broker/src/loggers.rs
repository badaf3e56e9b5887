//! Broker loggers (KIP-412): the loggers of the process, whose levels can be seen and changed while it runs. A level
//! that was set so is forgotten at the process's end, as with Kafka.

use std::collections::BTreeMap;
use std::fmt::Debug;

use millstream_wire::ErrorCode;

use crate::config_changes::{APPEND, Change, DELETE, Refused, SET, SUBTRACT, invalid, told};

/// The logger above all others. Its level is always set.
pub const ROOT_LOGGER: &str = "root";

/// How much a logger lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// What ends the process.
    Fatal,
    /// What failed.
    Error,
    /// What should be looked at.
    Warn,
    /// What happens.
    Info,
    /// How it happens.
    Debug,
    /// Every step.
    Trace,
}

impl LogLevel {
    /// Those that can be set, as Kafka names them in a refusal.
    const SETTABLE: [Self; 6] = [Self::Debug, Self::Error, Self::Fatal, Self::Info, Self::Trace, Self::Warn];

    /// Kafka's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Fatal => "FATAL",
            Self::Error => "ERROR",
            Self::Warn => "WARN",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
            Self::Trace => "TRACE",
        }
    }

    fn settable(name: &str) -> Option<Self> {
        Self::SETTABLE.into_iter().find(|level| level.name() == name)
    }
}

/// The loggers of the process that a broker lives in.
pub trait Loggers: Debug + Send + Sync {
    /// Every logger's level, by the logger's name, [`ROOT_LOGGER`] among them.
    fn levels(&self) -> BTreeMap<String, LogLevel>;

    /// Sets levels; a logger whose level is `None` gets that of the logger above it. All of them are there, and none of
    /// those without a level is [`ROOT_LOGGER`].
    fn alter(&self, changes: &[(String, Option<LogLevel>)]);
}

/// Those of a process that writes no log: there is nothing that a level could let through.
#[derive(Debug)]
pub(crate) struct NoLog;

impl Loggers for NoLog {
    fn levels(&self) -> BTreeMap<String, LogLevel> {
        BTreeMap::from([(ROOT_LOGGER.to_owned(), LogLevel::Off)])
    }

    fn alter(&self, _: &[(String, Option<LogLevel>)]) {}
}

/// Carries out IncrementalAlterConfigs on the loggers of a broker: all changes or none.
pub(crate) fn change(
    loggers: &dyn Loggers,
    node_id: i32,
    name: &str,
    changes: Vec<Change>,
    validate_only: bool,
) -> Result<(), Refused> {
    let id: i32 =
        name.parse().map_err(|_| invalid(&format!("Node id must be an integer, but it is: {name}")))?;
    if id != node_id {
        return Err(invalid(&format!("Unexpected node id. Expected {node_id}, but received {id}")));
    }
    let there = loggers.levels();
    let changes = changes.into_iter().map(|change| checked(&there, change));
    let changes: Vec<_> = changes.collect::<Result<_, _>>()?;
    if !validate_only {
        loggers.alter(&changes);
    }
    Ok(())
}

fn checked(
    there: &BTreeMap<String, LogLevel>,
    Change { name, operation, value }: Change,
) -> Result<(String, Option<LogLevel>), Refused> {
    let refused =
        |what: &str| Err(invalid(&format!("{what} operation is not allowed for the BROKER_LOGGER resource")));
    let wrong = |message: String| Err((ErrorCode::INVALID_CONFIG, told(&message)));
    match operation {
        SET | DELETE if !there.contains_key(name.as_str()) => wrong(format!("Logger {name} does not exist!")),
        SET => {
            let value = value.unwrap_or_default();
            let Some(level) = LogLevel::settable(&value) else {
                let valid = LogLevel::SETTABLE.map(LogLevel::name).join(", ");
                return wrong(format!(
                    "Cannot set the log level of {name} to {value} as it is not a supported log level. Valid log \
                     levels are {valid}"
                ));
            };
            Ok((name.into(), Some(level)))
        }
        DELETE if name == ROOT_LOGGER => {
            Err(invalid(&format!("Removing the log level of the {ROOT_LOGGER} logger is not allowed")))
        }
        DELETE => Ok((name.into(), None)),
        APPEND => refused("APPEND"),
        SUBTRACT => refused("SUBTRACT"),
        other => Err(invalid(&format!(
            "Unknown operation type {other} is not allowed for the BROKER_LOGGER resource"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug, Default)]
    struct Noted(Mutex<Vec<(String, Option<LogLevel>)>>);

    impl Loggers for Noted {
        fn levels(&self) -> BTreeMap<String, LogLevel> {
            [(ROOT_LOGGER, LogLevel::Info), ("a.b", LogLevel::Warn)]
                .map(|(name, level)| (name.to_owned(), level))
                .into()
        }

        fn alter(&self, changes: &[(String, Option<LogLevel>)]) {
            self.0.lock().unwrap().extend_from_slice(changes);
        }
    }

    /// A logger, what is to be done to it, and the level.
    type Row = (&'static str, i8, Option<&'static str>);

    fn asked(rows: &[Row]) -> Vec<Change> {
        let change = |(name, operation, value): &Row| Change {
            name: (*name).into(),
            operation: *operation,
            value: value.map(Into::into),
        };
        rows.iter().map(change).collect()
    }

    #[test]
    fn what_is_wrong_is_refused_in_kafkas_words() {
        let table: [(&str, Row, &str); 10] = [
            ("x", ("root", SET, Some("INFO")), "Node id must be an integer, but it is: x"),
            ("2", ("root", SET, Some("INFO")), "Unexpected node id. Expected 1, but received 2"),
            ("1", ("a", SET, Some("INFO")), "Logger a does not exist!"),
            ("1", ("a", DELETE, None), "Logger a does not exist!"),
            ("1", ("root", DELETE, None), "Removing the log level of the root logger is not allowed"),
            (
                "1",
                ("root", SET, Some("info")),
                "not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN",
            ),
            ("1", ("root", SET, Some("OFF")), "Cannot set the log level of root to OFF as"),
            (
                "1",
                ("root", APPEND, Some("INFO")),
                "APPEND operation is not allowed for the BROKER_LOGGER resource",
            ),
            ("1", ("root", SUBTRACT, Some("INFO")), "SUBTRACT operation is not allowed"),
            ("1", ("root", 9, Some("INFO")), "Unknown operation type 9 is not allowed"),
        ];
        let loggers = Noted::default();
        for (node, row, expected) in table {
            let (_, why) =
                change(&loggers, 1, node, asked(&[("a.b", SET, Some("INFO")), row]), false).unwrap_err();
            assert!(why.contains(expected), "{row:?}: {why}");
        }
        assert!(loggers.0.lock().unwrap().is_empty(), "one that is wrong changes none");
    }

    #[test]
    fn changes_come_in_their_order_and_not_when_they_are_only_looked_at() {
        let loggers = Noted::default();
        let all = [("root", SET, Some("FATAL")), ("a.b", DELETE, None)];
        change(&loggers, 1, "1", asked(&all), true).unwrap();
        assert!(loggers.0.lock().unwrap().is_empty());
        change(&loggers, 1, "1", asked(&all), false).unwrap();
        let expected = [("root".to_owned(), Some(LogLevel::Fatal)), ("a.b".to_owned(), None)];
        assert_eq!(*loggers.0.lock().unwrap(), expected);
    }
}
