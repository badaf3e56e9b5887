//! The query's watermark: how it moves from batch to batch.

use crate::operators::EventTimeStats;

/// Which of several watermarks holds (`spark.sql.streaming.multipleWatermarkPolicy`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// The slowest: nothing is dropped that any input still waits for.
    Min,
    /// The fastest.
    Max,
}

/// Watermarks of all `withWatermark` nodes, and the one that holds. Milliseconds since 1970; never moves back.
#[derive(Debug)]
pub(crate) struct WatermarkTracker {
    policy: Policy,
    nodes: Vec<Option<i64>>,
    current_ms: i64,
    previous_ms: i64,
}

impl WatermarkTracker {
    /// A tracker that starts at `current_ms`, after a batch that ran with `previous_ms`.
    pub(crate) fn new(policy: Policy, previous_ms: i64, current_ms: i64) -> Self {
        Self { policy, nodes: Vec::new(), current_ms, previous_ms }
    }

    /// The watermark that holds for the next batch.
    pub(crate) fn current_ms(&self) -> i64 {
        self.current_ms
    }

    /// The watermark of the batch before: rows are late by this one.
    pub(crate) fn previous_ms(&self) -> i64 {
        self.previous_ms
    }

    /// Whether the last batch moved the watermark.
    pub(crate) fn has_moved(&self) -> bool {
        self.current_ms > self.previous_ms
    }

    /// Takes in what the nodes saw in a batch, each with its delay in milliseconds.
    pub(crate) fn update(&mut self, seen: &[(i64, EventTimeStats)]) {
        self.previous_ms = self.current_ms;
        self.nodes.resize(seen.len(), None);
        for (node, (delay_ms, stats)) in self.nodes.iter_mut().zip(seen) {
            if stats.count > 0 {
                *node = Some(node.unwrap_or(i64::MIN).max(stats.max.saturating_sub(*delay_ms)));
            }
        }
        // A node without any event yet holds back the slowest, not the fastest.
        let known = self.nodes.iter().map(|node| node.unwrap_or(0));
        let chosen = match self.policy {
            Policy::Min => known.min(),
            Policy::Max => known.max(),
        };
        self.current_ms = self.current_ms.max(chosen.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(delay_ms: i64, max: i64) -> (i64, EventTimeStats) {
        (delay_ms, EventTimeStats { count: 1, sum: i128::from(max), min: max, max })
    }

    #[test]
    fn slowest_or_fastest_never_back() {
        let nothing = (10, EventTimeStats::default());
        for (policy, expected) in [(Policy::Min, [0, 90, 90]), (Policy::Max, [90, 190, 190])] {
            let mut tracker = WatermarkTracker::new(policy, 0, 0);
            let mut got = Vec::new();
            for batch in [[seen(10, 100), nothing], [nothing, seen(10, 200)], [seen(10, 50), nothing]] {
                tracker.update(&batch);
                got.push(tracker.current_ms());
            }
            assert_eq!(got, expected, "{policy:?}");
        }
    }
}
