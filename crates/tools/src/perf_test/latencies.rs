//! The figures of a producer's run: rates and latencies, as Kafka's command prints them.

use std::time::{Duration, Instant};

use super::mega;

/// Latencies that are kept for the percentiles, at most.
const KEPT: u64 = 500_000;

/// Counts since some moment.
#[derive(Debug, Clone, Copy)]
struct Window {
    since: Instant,
    count: u64,
    bytes: u64,
    total_ms: u64,
    max_ms: u32,
}

impl Window {
    fn new() -> Self {
        Self { since: Instant::now(), count: 0, bytes: 0, total_ms: 0, max_ms: 0 }
    }

    fn record(&mut self, latency_ms: u32, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
        self.total_ms += u64::from(latency_ms);
        self.max_ms = self.max_ms.max(latency_ms);
    }

    /// Records and MB each second.
    #[expect(clippy::cast_precision_loss, reason = "it is printed with few digits")]
    fn rates(&self) -> (f64, f64) {
        let seconds = self.since.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        (self.count as f64 / seconds, mega(self.bytes) / seconds)
    }

    #[expect(clippy::cast_precision_loss, reason = "it is printed with few digits")]
    fn average(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.total_ms as f64 / self.count as f64 }
    }
}

/// What a run comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// Records that were written.
    pub(crate) records: u64,
    pub(crate) records_per_second: f64,
    /// MB of 1024 x 1024 bytes.
    pub(crate) megabytes_per_second: f64,
    pub(crate) average_ms: f64,
    pub(crate) max_ms: u32,
    /// 50th, 95th, 99th and 99.9th.
    pub(crate) percentiles_ms: [u32; 4],
}

/// The figures.
#[derive(Debug)]
pub(super) struct Latencies {
    whole: Window,
    window: Window,
    every: Duration,
    kept: Vec<u32>,
    /// Of so many records, the latency of one is kept.
    sampling: u64,
    is_steady: bool,
    is_silent: bool,
}

impl Latencies {
    /// For so many records; a line is due after each interval.
    pub(super) fn new(records: u64, every: Duration, is_steady: bool) -> Self {
        let sampling = (records / records.clamp(1, KEPT)).max(1);
        Self {
            whole: Window::new(),
            window: Window::new(),
            every,
            kept: Vec::new(),
            sampling,
            is_steady,
            is_silent: false,
        }
    }

    /// No lines any more but the last.
    pub(super) fn silence(&mut self) {
        self.is_silent = true;
    }

    /// Notes a record that is written; gives the lines that are due.
    pub(super) fn record(&mut self, latency_ms: u32, bytes: u64) -> Vec<String> {
        if self.whole.count.is_multiple_of(self.sampling) {
            self.kept.push(latency_ms);
        }
        self.whole.record(latency_ms, bytes);
        self.window.record(latency_ms, bytes);
        let mut lines = Vec::new();
        if self.window.since.elapsed() >= self.every {
            if self.is_steady && self.whole.count == self.window.count {
                lines.push("In steady state.".to_owned());
            }
            if !self.is_silent {
                lines.push(self.window_line());
            }
            self.window = Window::new();
        }
        lines
    }

    fn window_line(&self) -> String {
        let (records, megabytes) = self.window.rates();
        let Window { count, max_ms, .. } = self.window;
        format!(
            "{count} records sent, {records:.1} records/sec ({megabytes:.2} MB/sec), {:.1} ms avg latency, \
             {:.1} ms max latency.",
            self.window.average(),
            f64::from(max_ms)
        )
    }

    /// The last line.
    pub(super) fn total(&mut self) -> String {
        let Figures { records, records_per_second, megabytes_per_second, average_ms, max_ms, percentiles_ms } =
            self.figures();
        let [half, most, nearly, all] = percentiles_ms;
        format!(
            "{records}{} records sent, {records_per_second:.6} records/sec ({megabytes_per_second:.2} MB/sec), \
             {average_ms:.2} ms avg latency, {:.2} ms max latency, {half} ms 50th, {most} ms 95th, {nearly} ms 99th, \
             {all} ms 99.9th.",
            if self.is_steady { " steady state" } else { "" },
            f64::from(max_ms)
        )
    }

    /// Everything so far.
    pub(crate) fn figures(&mut self) -> Figures {
        let (records_per_second, megabytes_per_second) = self.whole.rates();
        self.kept.sort_unstable();
        let percentiles_ms = [(1, 2), (95, 100), (99, 100), (999, 1000)].map(|(part, of)| {
            let at = self.kept.len() * part / of;
            self.kept.get(at).or(self.kept.last()).copied().unwrap_or(0)
        });
        Figures {
            records: self.whole.count,
            records_per_second,
            megabytes_per_second,
            average_ms: self.whole.average(),
            max_ms: self.whole.max_ms,
            percentiles_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_recorded() {
        let mut latencies = Latencies::new(1000, Duration::from_secs(3600), false);
        (0..1000).for_each(|latency| assert!(latencies.record(latency, 100).is_empty()));
        let line = latencies.total();
        let (head, tail) = line.split_once(" records/sec").unwrap();
        assert!(head.starts_with("1000 records sent, "), "{line}");
        let (_, tail) = tail.split_once("MB/sec), ").unwrap();
        assert_eq!(
            tail,
            "499.50 ms avg latency, 999.00 ms max latency, 500 ms 50th, 950 ms 95th, 990 ms 99th, 999 ms 99.9th."
        );
    }

    #[test]
    fn a_line_is_due_after_the_interval() {
        let mut latencies = Latencies::new(10, Duration::ZERO, true);
        let lines = latencies.record(3, 10);
        assert_eq!(lines[0], "In steady state.");
        assert!(lines[1].starts_with("1 records sent, ") && lines[1].ends_with("3.0 ms max latency."));
        latencies.silence();
        assert!(latencies.record(3, 10).is_empty());
    }
}
