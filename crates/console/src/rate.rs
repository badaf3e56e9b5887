//! A counter's speed: how much it grew a second lately, and the last minute of that for the sparkline.
//!
//! Time comes in with the value, so that the arithmetic is tested without a clock.

use std::collections::VecDeque;

use crate::meter::STEP;

/// The speed is taken over this long: short enough to follow, long enough not to flicker at a few records a second.
const WINDOW_MS: u64 = 2_000;
/// Time between two points of history.
const STEP_MS: u64 = STEP.as_millis() as u64;
/// Points of history kept: a minute at two a second.
pub(crate) const HISTORY: usize = 120;

/// The speed of one counter.
#[derive(Debug, Default)]
pub(crate) struct Rate {
    samples: VecDeque<(u64, u64)>,
    history: VecDeque<f64>,
}

impl Rate {
    /// Takes the counter's value at a time and gives its growth a second, to one decimal.
    ///
    /// A counter that shrank has been started anew (a topic created again, a connection closed): its past is dropped.
    pub(crate) fn push(&mut self, at_ms: u64, total: u64) -> f64 {
        if self.samples.back().is_some_and(|&(at, last)| total < last || at_ms <= at) {
            self.samples.clear();
        }
        let passed = self.samples.back().map_or(0, |&(at, _)| at_ms.saturating_sub(at));
        let steps = usize::try_from((passed + STEP_MS / 2) / STEP_MS).unwrap_or(HISTORY);
        self.samples.push_back((at_ms, total));
        while self.samples.len() > 2 && self.samples.front().is_some_and(|&(at, _)| at + WINDOW_MS < at_ms) {
            self.samples.pop_front();
        }
        let rate = self.now();
        // While nobody looks, readings are rare: one stands for the steps before it.
        for _ in 0..steps.clamp(1, HISTORY) {
            if self.history.len() == HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(rate);
        }
        rate
    }

    /// The growth a second over the window.
    pub(crate) fn now(&self) -> f64 {
        match (self.samples.front(), self.samples.back()) {
            (Some(&(from, low)), Some(&(to, high))) if to > from => {
                round((high - low) as f64 * 1_000.0 / (to - from) as f64)
            }
            _ => 0.0,
        }
    }

    /// The speeds of the last minute, oldest first.
    pub(crate) fn history(&self) -> Vec<f64> {
        self.history.iter().copied().collect()
    }
}

/// To one decimal: enough for an eye, short in JSON.
pub(crate) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_growth_over_the_window() {
        let mut rate = Rate::default();
        assert_eq!(rate.push(0, 100), 0.0);
        assert_eq!(rate.push(500, 124), 48.0);
        assert_eq!(rate.push(1_000, 148), 48.0);
        for step in 3..20 {
            assert_eq!(rate.push(step * 500, 100 + step * 24), 48.0);
        }
        assert_eq!(rate.push(20_000, 556), 0.0, "nothing came for longer than the window");
    }

    #[test]
    fn a_counter_that_shrinks_starts_anew() {
        let mut rate = Rate::default();
        rate.push(0, 1_000_000);
        assert_eq!(rate.push(500, 3), 0.0);
        assert_eq!(rate.push(1_500, 13), 10.0);
    }

    #[test]
    fn a_rare_reading_stands_for_the_steps_before_it() {
        let mut rate = Rate::default();
        rate.push(0, 0);
        rate.push(500, 10);
        rate.push(5_500, 160);
        assert_eq!(rate.history(), [vec![0.0, 20.0], vec![30.0; 10]].concat());
        rate.push(10_500, 310);
        assert_eq!(rate.history().last(), Some(&30.0));
    }

    #[test]
    fn history_is_bounded() {
        let mut rate = Rate::default();
        for step in 0..1_000 {
            rate.push(step * 500, step);
        }
        assert_eq!(rate.history().len(), HISTORY);
    }
}
