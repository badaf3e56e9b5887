//! Prometheus' text format: a line that says what kind of metric it is, then a line for each set of labels.

use std::{
    fmt::{Display, Write},
    time::Duration,
};

use crate::model::Times;

/// The text so far.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// The whole text.
    pub(super) fn text(self) -> String {
        self.0
    }

    /// A metric without labels.
    pub(super) fn one(&mut self, name: &str, kind: &str, value: impl Display) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "# TYPE {name} {kind}\n{name} {value}");
    }

    /// A metric with a line for each set of labels; nothing at all if there is none.
    pub(super) fn many<'a>(
        &mut self,
        name: &str,
        kind: &str,
        lines: impl Iterator<Item = (Vec<(&'static str, &'a str)>, impl Display)>,
    ) {
        let mut lines = lines.peekable();
        if lines.peek().is_some() {
            self.head(name, kind);
        }
        for (labels, value) in lines {
            self.line(name, &labels, value);
        }
    }

    /// A summary of times in milliseconds for each set of labels; nothing at all if there is none.
    pub(super) fn times<'a>(
        &mut self,
        name: &str,
        rows: impl Iterator<Item = (Vec<(&'static str, &'a str)>, &'a Times)>,
    ) {
        let mut rows = rows.peekable();
        if rows.peek().is_some() {
            self.head(name, "summary");
        }
        let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
        for (labels, times) in rows {
            for (share, time) in &times.quantiles {
                let share = share.to_string();
                self.line(name, &[labels.as_slice(), &[("quantile", &share)]].concat(), ms(*time));
            }
            self.line(&format!("{name}_sum"), &labels, ms(times.total));
            self.line(&format!("{name}_count"), &labels, times.count);
        }
    }

    /// The line before those of a metric.
    pub(super) fn head(&mut self, name: &str, kind: &str) {
        let _ = writeln!(self.0, "# TYPE {name} {kind}");
    }

    /// One line more of the metric that came last.
    pub(super) fn line(&mut self, name: &str, labels: &[(&'static str, &str)], value: impl Display) {
        let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escape(value));
        let labels: Vec<_> = labels.iter().map(label).collect();
        let braces = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.0, "{name}{braces} {value}");
    }
}

/// A label's value: backslash, quote and newline are escaped.
fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
