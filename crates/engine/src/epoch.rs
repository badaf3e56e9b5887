//! The micro-batch loop, in Spark's order: ask the sources, write the offsets, run the batch into the sink, commit the
//! state, write the commit. Triggers are policies over this one loop.
//!
//! A batch whose offsets are written but whose commit is not is run again, with the same offsets, after a restart.

mod batch;
mod open;
mod report;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use crate::checkpoint::{Checkpoint, CommitLog, OffsetLog, StateFiles};
use crate::engine::QueryEvent;
use crate::operators::SharedTable;
use crate::sinks::Sink;
use crate::snapshot::Keeper;
use crate::sources::{Source, StreamTable};
use crate::watermark_tracker::WatermarkTracker;
use crate::{EngineError, OutputMode, Query, Trigger};

/// What a loop is made of; see [`EpochLoop::open`].
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) query: Arc<Query>,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) output_mode: OutputMode,
    pub(crate) trigger: Trigger,
    pub(crate) checkpoint: Checkpoint,
    /// The settings that are written with the offsets.
    pub(crate) conf: BTreeMap<String, String>,
    pub(crate) policy: crate::watermark_tracker::Policy,
    /// Whether the watermark alone may start a batch (`spark.sql.streaming.noDataMicroBatches.enabled`).
    pub(crate) empty_batches: bool,
    pub(crate) events: broadcast::Sender<QueryEvent>,
}

/// An open source and where the query stands in it.
#[derive(Debug)]
struct OpenSource {
    table: StreamTable,
    source: Box<dyn Source>,
    /// The end of the last batch that is done.
    committed: Option<String>,
    /// The end of the batch at hand.
    end: Option<String>,
}

impl OpenSource {
    /// Where the next batch starts.
    fn start(&self) -> String {
        self.committed.clone().unwrap_or_else(|| self.source.initial_offset())
    }
}

/// One running query's loop.
#[derive(Debug)]
pub(crate) struct EpochLoop {
    parts: Parts,
    offsets: OffsetLog,
    commits: CommitLog,
    /// The tables of all operators, each with its files.
    state: Vec<(SharedTable, StateFiles)>,
    sources: Vec<OpenSource>,
    batch_id: u64,
    /// Whether the offsets of batch `batch_id` are written: it has to run with them, whatever the sources say.
    constructed: bool,
    /// The time of the batch at hand, in milliseconds since 1970.
    batch_time_ms: i64,
    watermark: WatermarkTracker,
    keeper: Keeper,
    clock: Clock,
}

/// When triggers began, and how long the parts of the batch at hand took.
#[derive(Debug, Default)]
struct Clock {
    began: Option<(Instant, i64)>,
    before: Option<Instant>,
    parts_ms: BTreeMap<&'static str, u64>,
}

impl Clock {
    fn begin(&mut self) {
        self.before = self.began.map(|(at, _)| at);
        self.began = Some((Instant::now(), chrono::Utc::now().timestamp_millis()));
        self.parts_ms.clear();
    }

    /// A trigger that found nothing to do does not count for rates.
    fn forget(&mut self) {
        if self.before.is_some() {
            self.began = self.before.map(|at| (at, 0));
        }
    }

    fn add(&mut self, part: &'static str, since: Instant) {
        *self.parts_ms.entry(part).or_default() += millis(since.elapsed());
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl EpochLoop {
    /// Runs until the trigger is through or something fails.
    pub(crate) async fn run(mut self) -> Result<(), EngineError> {
        match self.parts.trigger {
            Trigger::Default => loop {
                let request = self.parts.query.requested();
                if !self.epoch().await? {
                    self.parts.query.answer(request);
                    self.parts.query.set_status("Waiting for data to arrive", false, false);
                    self.wait_for_data().await;
                }
            },
            Trigger::ProcessingTime(interval) => loop {
                let request = self.parts.query.requested();
                if !self.epoch().await? {
                    self.parts.query.answer(request);
                }
                let message =
                    if self.has_data() { "Waiting for next trigger" } else { "Waiting for data to arrive" };
                self.parts.query.set_status(message, self.has_data(), false);
                tokio::time::sleep(until_next(interval)).await;
            },
            Trigger::Once => {
                for open in &mut self.sources {
                    open.source.lift_limits();
                }
                // A batch that was begun before is finished first; it is not this run's one batch.
                let unfinished = self.constructed;
                if self.epoch().await? && unfinished {
                    self.epoch().await?;
                }
                Ok(())
            }
            Trigger::AvailableNow => {
                for open in &mut self.sources {
                    let start = open.start();
                    open.source.freeze(&start).await?;
                }
                while self.epoch().await? {}
                Ok(())
            }
        }
    }

    /// Whether a source had more at the last look than the last batch took.
    fn has_data(&self) -> bool {
        self.sources.iter().any(|open| open.source.newest().is_some_and(|newest| newest != open.start()))
    }

    /// Returns when a source may have something new, or somebody asks.
    async fn wait_for_data(&self) {
        let changes = self.sources.iter().map(|open| {
            let start = open.start();
            Box::pin(async move { open.source.changed(&start).await })
        });
        let due = until(self.due_ms());
        tokio::select! {
            _ = futures::future::select_all(changes) => {}
            () = due => {}
            () = self.parts.query.woken() => {}
        }
    }

    /// When an operator has something to do by the clock, far away if batches without data are not wanted.
    fn due_ms(&self) -> i64 {
        if !self.parts.empty_batches {
            return i64::MAX;
        }
        let operators = self.parts.query.plan().operators().iter();
        operators.map(|operator| operator.due_ms()).min().unwrap_or(i64::MAX)
    }

    /// Whether that is now.
    fn is_due(&self) -> bool {
        self.batch_id > 0 && self.due_ms() <= chrono::Utc::now().timestamp_millis()
    }

    /// One trigger: a batch, if there is anything to do. True if one ran.
    async fn epoch(&mut self) -> Result<bool, EngineError> {
        self.clock.begin();
        if !self.constructed && !self.construct().await? {
            self.clock.forget();
            return Ok(false);
        }
        self.parts.query.set_status("Processing new data", true, true);
        self.run_batch().await?;
        Ok(true)
    }
}

/// Returns at a time, in milliseconds since 1970; never if it is far away.
async fn until(at_ms: i64) {
    if at_ms == i64::MAX {
        return std::future::pending().await;
    }
    let wait = at_ms.saturating_sub(chrono::Utc::now().timestamp_millis());
    tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0))).await;
}

/// The time until the next multiple of `interval` since 1970.
fn until_next(interval: Duration) -> Duration {
    let now = chrono::Utc::now().timestamp_micros();
    let interval = i64::try_from(interval.as_micros()).unwrap_or(i64::MAX).max(1);
    Duration::from_micros(u64::try_from(interval - now.rem_euclid(interval)).unwrap_or(0))
}
