//! How many requests of each API there have been, how long they took, from the frame to the encoded answer, and which
//! error codes their answers had; the times of syncs too.
//!
//! Counting is a few relaxed atomic additions a request. The memory of an API is taken when it is first used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use millstream_wire::{ApiKey, CodeCounts, ErrorCode};

/// API keys are below this.
const KEYS: usize = 128;
/// Error codes are below this less one; the first is -1.
const CODES: usize = 160;
/// Steps within a doubling of the time.
const STEPS: usize = 4;
/// Times are told apart up to 2^30 microseconds, a quarter of an hour.
const DOUBLINGS: usize = 30;
const BUCKETS: usize = STEPS * DOUBLINGS;

/// The requests of an API since the process started.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestView {
    /// Kafka's name of the API.
    pub api: &'static str,
    /// Their times.
    pub times: TimesView,
    /// How often their answers had each error code, NONE too, by code; an answer has one for each of its partitions.
    pub codes: Vec<(ErrorCode, u64)>,
}

/// How often something was done since the process started, and how long it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimesView {
    /// How often.
    pub count: u64,
    /// All the times together.
    pub total: Duration,
    /// Pairs of a share and the time within which this share was done, within a quarter of it.
    pub quantiles: Vec<(f64, Duration)>,
}

/// The shares that are told.
const SHARES: [f64; 5] = [0.5, 0.75, 0.95, 0.99, 0.999];

/// Counts something with its times.
#[derive(Debug)]
pub(crate) struct Times {
    count: AtomicU64,
    total_us: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

impl Default for Times {
    fn default() -> Self {
        let zero = || AtomicU64::new(0);
        Self { count: zero(), total_us: zero(), buckets: std::array::from_fn(|_| zero()) }
    }
}

impl Times {
    /// Notes that it was done once more.
    pub(crate) fn record(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.count.fetch_add(1, Ordering::Relaxed);
        self.total_us.fetch_add(us, Ordering::Relaxed);
        if let Some(bucket) = self.buckets.get(bucket_of(us)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn view(&self) -> TimesView {
        let buckets: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let all: u64 = buckets.iter().sum();
        let within = |share: f64| {
            let mut left = share_of(all, share);
            let at = buckets.iter().position(|count| {
                left = left.saturating_sub(*count);
                left == 0
            });
            (share, Duration::from_micros(end_of(at.unwrap_or(0))))
        };
        TimesView {
            count: self.count.load(Ordering::Relaxed),
            total: Duration::from_micros(self.total_us.load(Ordering::Relaxed)),
            quantiles: SHARES.into_iter().filter(|_| all > 0).map(within).collect(),
        }
    }
}

/// The requests of one API.
#[derive(Debug)]
struct Row {
    times: Times,
    /// By code, from -1 on.
    codes: [AtomicU64; CODES],
}

impl Default for Row {
    fn default() -> Self {
        Self { times: Times::default(), codes: std::array::from_fn(|_| AtomicU64::new(0)) }
    }
}

impl Row {
    fn codes(&self) -> Vec<(ErrorCode, u64)> {
        let counts = (-1..).zip(&self.codes).map(|(code, count)| (code, count.load(Ordering::Relaxed)));
        counts
            .filter(|(_, count)| *count > 0)
            .map(|(code, count)| (ErrorCode::from_code(code), count))
            .collect()
    }
}

/// The requests of all APIs.
#[derive(Debug)]
pub(crate) struct RequestTimes(Vec<OnceLock<Box<Row>>>);

impl Default for RequestTimes {
    fn default() -> Self {
        Self((0..KEYS).map(|_| OnceLock::new()).collect())
    }
}

impl RequestTimes {
    /// Notes a request that is answered.
    pub(crate) fn record(&self, api: ApiKey, took: Duration, codes: &CodeCounts) {
        let Some(row) = usize::try_from(api.code()).ok().and_then(|key| self.0.get(key)) else { return };
        let row = row.get_or_init(Box::default);
        row.times.record(took);
        for (code, times) in codes.iter() {
            let at = usize::try_from(code.code().saturating_add(1)).ok();
            if let Some(count) = at.and_then(|at| row.codes.get(at)) {
                count.fetch_add(times, Ordering::Relaxed);
            }
        }
    }

    /// Every API that was used, by key.
    pub(crate) fn views(&self) -> Vec<RequestView> {
        let rows = self.0.iter().zip(0_i16..);
        let view = |(row, key): (&OnceLock<Box<Row>>, i16)| {
            let row = row.get()?;
            Some(RequestView {
                api: ApiKey::from_code(key)?.name(),
                times: row.times.view(),
                codes: row.codes(),
            })
        };
        rows.filter_map(view).collect()
    }
}

/// How many of `all` are this share of them; at least one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count is no exact number, and `as` saturates"
)]
fn share_of(all: u64, share: f64) -> u64 {
    ((all as f64 * share).ceil() as u64).max(1)
}

/// Times up to 4 us are one each; then four steps to each doubling.
fn bucket_of(us: u64) -> usize {
    let bits = us.max(1).ilog2() as usize;
    let step = match bits {
        0 => 0,
        1 => usize::try_from(us & 1).unwrap_or(0) * 2,
        _ => usize::try_from((us >> (bits - 2)) & 3).unwrap_or(0),
    };
    (bits * STEPS + step).min(BUCKETS - 1)
}

/// The first time, in us, that is beyond a bucket.
fn end_of(bucket: usize) -> u64 {
    let (bits, step) = (bucket / STEPS, (bucket % STEPS) as u64);
    let base = 1_u64 << bits;
    base + ((step + 1) * base).div_ceil(STEPS as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_within_a_quarter_of_its_bucket() {
        for us in (1..5000).chain([10_000, 123_456, 1_000_000, 60_000_000]) {
            let end = end_of(bucket_of(us));
            assert!(us < end && end <= us + us / 4 + 2, "{us} us end at {end}");
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn quantiles_are_of_what_was_recorded() {
        let times = RequestTimes::default();
        assert!(times.views().is_empty());
        for ms in 1..=1000 {
            times.record(ApiKey::Fetch, Duration::from_millis(ms), &CodeCounts::default());
        }
        let [RequestView { api, times: view, .. }] = times.views().try_into().unwrap();
        assert_eq!((api, view.count, view.total), ("Fetch", 1000, Duration::from_millis(500_500)));
        for (share, time) in view.quantiles {
            let exact = 1000.0 * share;
            let told = time.as_secs_f64() * 1000.0;
            assert!(told >= exact && told <= exact * 1.26, "{share}: {told} ms");
        }
    }
}
