//! Counters over a query's whole life, added up from its progress events: the engine keeps the last batches only.

use millstream_engine::progress::Progress;
use millstream_engine::{Engine, QueryEvent};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

/// What a query has done since it started.
#[derive(Debug, Clone, Copy, Default)]
pub struct Total {
    /// Rows read.
    pub rows_in: u64,
    /// Rows given to the sink.
    pub rows_out: u64,
    /// Batches done.
    pub batches: u64,
    /// Rows that came later than the watermark allows.
    pub late_rows: u64,
}

/// Totals by run id.
#[derive(Debug, Clone, Default)]
pub struct Totals(Arc<Mutex<HashMap<Uuid, Total>>>);

impl Totals {
    /// Follows the engine's events until the engine is gone.
    pub fn follow(engine: &Engine) -> Self {
        let totals = Self::default();
        let (mine, mut events) = (totals.clone(), engine.events());
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(QueryEvent::Progress(query, progress)) => mine.add(query.run_id(), &progress),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
        totals
    }

    /// The totals of one run.
    pub fn of(&self, run: Uuid) -> Total {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&run).copied().unwrap_or_default()
    }

    /// Forgets runs that `keep` does not want, so that short queries do not pile up.
    pub fn retain(&self, keep: impl Fn(&Uuid) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|run, _| keep(run));
    }

    fn add(&self, run: Uuid, progress: &Progress) {
        let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let total = totals.entry(run).or_default();
        total.rows_in += progress.num_input_rows;
        total.rows_out += u64::try_from(progress.sink.num_output_rows).unwrap_or(0);
        total.batches += 1;
        total.late_rows +=
            progress.state_operators.iter().map(|state| state.num_rows_dropped_by_watermark).sum::<u64>();
    }
}
