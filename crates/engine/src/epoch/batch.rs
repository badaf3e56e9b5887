//! One batch: from asking the sources to the written commit.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::{EpochLoop, millis};
use crate::EngineError;
use crate::checkpoint::OffsetSeq;
use crate::engine::QueryEvent;
use crate::sinks::SinkBatch;

impl EpochLoop {
    /// Decides what the next batch reads and writes it to the offset log. False if there is nothing to do.
    pub(super) async fn construct(&mut self) -> Result<bool, EngineError> {
        let asked = Instant::now();
        for open in &mut self.sources {
            let start = open.start();
            let latest = open.source.latest_offset(&start).await?;
            open.end = (!open.source.is_nothing(&latest)).then_some(latest);
        }
        self.clock.add("latestOffset", asked);
        let new_data = self.sources.iter().any(|open| open.committed != open.end);
        let closes_state = self.parts.empty_batches
            && self.batch_id > 0
            && self.watermark.has_moved()
            && self.parts.query.plan().operators().iter().any(|operator| operator.wants_empty_epochs());
        if !new_data && !closes_state && !self.is_due() {
            return Ok(false);
        }
        let written = Instant::now();
        self.batch_time_ms = chrono::Utc::now().timestamp_millis();
        let entry = OffsetSeq {
            watermark_ms: self.watermark.current_ms(),
            timestamp_ms: self.batch_time_ms,
            conf: self.parts.conf.clone(),
            offsets: self.sources.iter().map(|open| open.end.clone()).collect(),
        };
        self.offsets.add(self.batch_id, &entry)?;
        self.constructed = true;
        self.clock.add("walCommit", written);
        Ok(true)
    }

    /// Runs the batch whose offsets are written.
    pub(super) async fn run_batch(&mut self) -> Result<(), EngineError> {
        self.get_batch().await?;
        let added = Instant::now();
        let plan = Arc::clone(self.parts.query.plan());
        let rows =
            plan.execute(self.watermark.previous_ms(), self.watermark.current_ms(), self.batch_time_ms)?;
        let schema = rows.schema();
        let (rows, tap) = self.keeper.tap(rows);
        let batch = SinkBatch { batch_id: self.batch_id, schema, rows, output_mode: self.parts.output_mode };
        self.parts.sink.add_batch(batch).await?;
        let kept = tap.finish()?;
        self.commit_state()?;
        self.clock.add("addBatch", added);

        let seen = plan.event_times();
        let used_ms = self.watermark.current_ms();
        self.watermark.update(&seen);
        let committed = Instant::now();
        self.commits.add(self.batch_id, self.watermark.current_ms())?;
        let starts: Vec<_> = self.sources.iter().map(|open| open.committed.clone()).collect();
        for open in &mut self.sources {
            if let Some(end) = &open.end {
                open.source.commit(end).await;
            }
            open.committed = open.end.clone();
        }
        self.clock.add("commitOffsets", committed);
        self.constructed = false;

        let progress = Arc::new(self.report(&starts, &seen, used_ms, kept.count));
        let snapshot = Arc::new(self.keeper.snapshot(self.batch_id, kept, self.snapshot_facts())?);
        let query = &self.parts.query;
        query.add_progress(Arc::clone(&progress), Arc::clone(&snapshot));
        // Nobody listening is no failure.
        let _ = self.parts.events.send(QueryEvent::Rows(Arc::clone(query), snapshot));
        let _ = self.parts.events.send(QueryEvent::Progress(Arc::clone(query), progress));
        self.batch_id += 1;
        Ok(())
    }

    async fn get_batch(&mut self) -> Result<(), EngineError> {
        let began = Instant::now();
        let plan = Arc::clone(self.parts.query.plan());
        for open in &mut self.sources {
            let start = open.start();
            let Some(end) = open.end.clone() else { continue };
            let mut readings = Vec::new();
            for _ in 0..plan.readings(&open.table) {
                readings.push(open.source.batch(&start, &end).await?);
            }
            plan.fill(&open.table, readings.into_iter());
        }
        self.clock.add("getBatch", began);
        Ok(())
    }

    /// Makes the state after this batch durable, as version batch + 1.
    fn commit_state(&mut self) -> Result<(), EngineError> {
        for (table, files) in &self.state {
            let began = Instant::now();
            let mut rows = table.lock().unwrap_or_else(PoisonError::into_inner);
            files.commit(&mut *rows, self.batch_id + 1)?;
            rows.counts().commit_ms = millis(began.elapsed());
        }
        Ok(())
    }

    /// The watermark, if the query has one, and the rows in its state.
    fn snapshot_facts(&self) -> (Option<i64>, u64) {
        let plan = self.parts.query.plan();
        let rows = plan.operators().iter().map(|operator| operator.totals().0);
        (plan.has_watermark().then(|| self.watermark.current_ms()), rows.sum())
    }
}
