//! When batches are due: at the multiples of the batch interval, each exactly once, also those that were missed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::CallError;

/// Batches that may be past at the start (a restart from a checkpoint).
const MISSED: i64 = 1_000_000;

/// Milliseconds since the epoch.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The next batch and the interval, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    interval: i64,
    next: i64,
}

impl Schedule {
    /// From `first` on; 0 means the next multiple of the interval.
    ///
    /// # Errors
    /// The interval is not positive, `first` is no multiple of it, or too long ago.
    pub(crate) fn new(interval: i64, first: i64, now: i64) -> Result<Self, CallError> {
        if interval <= 0 {
            return Err(CallError::Invalid(format!("a batch interval of {interval} ms")));
        }
        if first < 0 || first % interval != 0 {
            return Err(CallError::Invalid(format!(
                "the first batch, {first}, is no multiple of {interval} ms"
            )));
        }
        if first != 0 && (now - first) / interval > MISSED {
            return Err(CallError::TooMuch(format!(
                "the checkpoint is so old that more than {MISSED} batches were missed: start without it"
            )));
        }
        let next = if first == 0 { (now.div_euclid(interval) + 1) * interval } else { first };
        Ok(Self { interval, next })
    }

    /// One batch before the first.
    pub(crate) fn zero(self) -> i64 {
        self.next - self.interval
    }

    /// The time of the next batch.
    pub(crate) fn next(self) -> i64 {
        self.next
    }

    /// The next batch, if its time has come.
    pub(crate) fn due(&mut self, now: i64) -> Option<i64> {
        let due = (self.next <= now).then_some(self.next);
        if due.is_some() {
            self.next = self.next.saturating_add(self.interval);
        }
        due
    }

    /// How long to wait for the next batch.
    pub(crate) fn wait(self, now: i64) -> Duration {
        Duration::from_millis(u64::try_from(self.next.saturating_sub(now)).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_multiples_of_the_interval() {
        let mut schedule = Schedule::new(1000, 0, 5300).unwrap();
        assert_eq!((schedule.zero(), schedule.next()), (5000, 6000));
        assert_eq!(schedule.wait(5300), Duration::from_millis(700));
        let asked = [5999, 6000, 6001, 8100, 8100, 8100];
        assert_eq!(
            asked.map(|now| schedule.due(now)),
            [None, Some(6000), None, Some(7000), Some(8000), None]
        );
        assert_eq!(Schedule::new(1000, 0, 6000).unwrap().next(), 7000, "at a multiple: the one after it");
    }

    #[test]
    fn missed_batches_follow_each_other() {
        let mut schedule = Schedule::new(500, 2000, 3100).unwrap();
        let due: Vec<_> = std::iter::from_fn(|| schedule.due(3100)).collect();
        assert_eq!(due, [2000, 2500, 3000]);
    }

    #[test]
    fn nonsense_is_refused() {
        for (interval, first, now) in
            [(0, 0, 1), (-5, 0, 1), (1000, 1500, 1), (1000, -1000, 1), (1, 1, i64::MAX)]
        {
            assert!(Schedule::new(interval, first, now).is_err(), "{interval} {first} {now}");
        }
    }
}
