//! Levels by logger, as the filter's notation says them and as they were changed since.
//!
//! A logger is a target of log lines, its `::` written as `.`, as in Kafka's names. The filter's rule holds: a level is
//! that of the longest name that the target begins with.

use std::collections::BTreeMap;

use millstream_broker::{LogLevel, ROOT_LOGGER};

/// What lets nothing through.
const OFF: &str = "off";

/// Levels by target; the empty target is the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Levels {
    by_target: BTreeMap<String, LogLevel>,
    /// Directives for spans and fields, as they were written; no logger shows them.
    others: Vec<String>,
}

impl Levels {
    /// Reads `info,millstream_broker=debug`.
    pub(super) fn parse(filter: &str) -> Self {
        let (mut by_target, mut others) = (BTreeMap::new(), Vec::new());
        for directive in filter.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
            if directive.contains('[') {
                others.push(directive.to_owned());
                continue;
            }
            let (target, level) = match (directive.split_once('='), parse_level(directive)) {
                (Some((target, level)), _) => (target, parse_level(level)),
                (None, Some(level)) => ("", Some(level)),
                // A target alone lets all through.
                (None, None) => (directive, Some(LogLevel::Trace)),
            };
            by_target.extend(level.map(|level| (target.to_owned(), level)));
        }
        let is_empty = by_target.is_empty() && others.is_empty();
        by_target.entry(String::new()).or_insert(if is_empty { LogLevel::Error } else { LogLevel::Off });
        Self { by_target, others }
    }

    /// The same in the filter's notation.
    pub(super) fn directives(&self) -> String {
        let levels = self.by_target.iter().map(|(target, level)| match target.as_str() {
            "" => notation(*level).to_owned(),
            target => format!("{target}={}", notation(*level)),
        });
        levels.chain(self.others.iter().cloned()).collect::<Vec<_>>().join(",")
    }

    /// The level of a logger, its own or that of the one above it.
    pub(super) fn of(&self, logger: &str) -> LogLevel {
        let target = target(logger);
        let above = self.by_target.iter().filter(|(name, _)| target.starts_with(name.as_str()));
        above.max_by_key(|(name, _)| name.len()).map_or(LogLevel::Off, |(_, level)| *level)
    }

    /// Sets a logger's level, or takes it away.
    pub(super) fn set(&mut self, logger: &str, level: Option<LogLevel>) {
        let target = target(logger);
        match level {
            Some(level) => drop(self.by_target.insert(target, level)),
            None => drop(self.by_target.remove(&target)),
        }
    }

    /// The loggers that have levels of their own.
    pub(super) fn loggers(&self) -> impl Iterator<Item = String> {
        self.by_target.keys().map(|target| logger(target))
    }
}

/// The logger of a target.
pub(super) fn logger(target: &str) -> String {
    if target.is_empty() { ROOT_LOGGER.to_owned() } else { target.replace("::", ".") }
}

fn target(logger: &str) -> String {
    if logger == ROOT_LOGGER { String::new() } else { logger.replace('.', "::") }
}

/// Names in any case, and the numbers that the filter takes.
fn parse_level(text: &str) -> Option<LogLevel> {
    Some(match text.trim().to_ascii_lowercase().as_str() {
        "off" | "0" => LogLevel::Off,
        "error" | "1" => LogLevel::Error,
        "warn" | "2" => LogLevel::Warn,
        "info" | "3" => LogLevel::Info,
        "debug" | "4" => LogLevel::Debug,
        "trace" | "5" => LogLevel::Trace,
        _ => return None,
    })
}

/// No line is worse than an error here: what lets through only that lets nothing through.
fn notation(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Off | LogLevel::Fatal => OFF,
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_notation_is_read_and_written() {
        let table = [
            ("info,datafusion=warn,lapin=off", "info,datafusion=warn,lapin=off"),
            ("DEBUG", "debug"),
            ("", "error"),
            ("millstream_broker", "off,millstream_broker=trace"),
            ("a=2, b=4 ,a=info", "off,a=info,b=debug"),
            ("warn,a[span{field=1}]=debug", "warn,a[span{field=1}]=debug"),
        ];
        for (text, expected) in table {
            let levels = Levels::parse(text);
            assert_eq!(levels.directives(), expected, "{text}");
            assert_eq!(Levels::parse(expected), levels);
        }
    }

    #[test]
    fn a_logger_has_the_level_of_the_longest_name_above_it() {
        let mut levels = Levels::parse("info,millstream=warn,millstream_log=debug");
        let told = |levels: &Levels| {
            ["root", "h2", "millstream.server", "millstream_log", "millstream_log.log.roll"]
                .map(|name| levels.of(name).name())
        };
        assert_eq!(told(&levels), ["INFO", "INFO", "WARN", "DEBUG", "DEBUG"]);
        levels.set("millstream_log.log", Some(LogLevel::Trace));
        levels.set("root", Some(LogLevel::Fatal));
        levels.set("millstream", None);
        assert_eq!(told(&levels), ["FATAL", "FATAL", "FATAL", "DEBUG", "TRACE"]);
        assert_eq!(levels.directives(), "off,millstream_log=debug,millstream_log::log=trace");
        assert_eq!(levels.loggers().collect::<Vec<_>>(), ["root", "millstream_log", "millstream_log.log"]);
    }
}
