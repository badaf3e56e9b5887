//! A batch's progress report.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat};

use super::{EpochLoop, OpenSource, millis};
use crate::operators::{EventTimeStats, StatefulOperator};
use crate::progress::{Progress, SinkProgress, SourceProgress, StateOperatorProgress};

/// Milliseconds since 1970 as Spark's progress writes times.
fn iso(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Rows per second with one decimal; 0 where there is nothing to divide by.
#[expect(clippy::cast_precision_loss, reason = "a rate with one decimal")]
fn rate(rows: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { (rows as f64 * 10.0 / time.as_secs_f64()).round() / 10.0 }
}

impl EpochLoop {
    /// The report of the batch that has just been committed.
    pub(super) fn report(
        &mut self,
        starts: &[Option<String>],
        seen: &[(i64, EventTimeStats)],
        watermark_ms: i64,
        output_rows: u64,
    ) -> Progress {
        let query = &self.parts.query;
        let plan = query.plan();
        let (began, began_ms) = self.clock.began.unwrap_or((Instant::now(), 0));
        let total = began.elapsed();
        let between = self.clock.before.map_or(Duration::ZERO, |before| began.duration_since(before));
        let mut duration_ms = std::mem::take(&mut self.clock.parts_ms);
        duration_ms.insert("queryPlanning", 0);
        for part in ["latestOffset", "walCommit"] {
            duration_ms.entry(part).or_insert(0);
        }
        duration_ms.insert("triggerExecution", millis(total));
        let rates = (between, total);
        let sources: Vec<_> = self
            .sources
            .iter()
            .zip(starts)
            .map(|(open, start)| source_report(open, start.clone(), plan.rows_read(&open.table), rates))
            .collect();
        let rows: u64 = sources.iter().map(|source| source.num_input_rows).sum();
        Progress {
            id: query.id().to_string(),
            run_id: query.run_id().to_string(),
            name: query.name().map(str::to_owned),
            timestamp: iso(began_ms),
            batch_id: self.batch_id,
            batch_duration: millis(total),
            duration_ms,
            event_time: event_time(plan.has_watermark(), seen, watermark_ms),
            state_operators: plan.operators().iter().map(|operator| state_report(operator)).collect(),
            sources,
            sink: SinkProgress {
                description: query.sink().to_owned(),
                num_output_rows: i64::try_from(output_rows).unwrap_or(i64::MAX),
                metrics: self.parts.sink.metrics(),
            },
            num_input_rows: rows,
            input_rows_per_second: rate(rows, between),
            processed_rows_per_second: rate(rows, total),
            observed_metrics: BTreeMap::new(),
        }
    }
}

fn event_time(
    has_watermark: bool,
    seen: &[(i64, EventTimeStats)],
    watermark_ms: i64,
) -> BTreeMap<&'static str, String> {
    let mut shown = BTreeMap::new();
    if has_watermark {
        shown.insert("watermark", iso(watermark_ms));
    }
    let all = seen.iter().fold(EventTimeStats::default(), |all, (_, stats)| all.merge(*stats));
    if all.count > 0 {
        shown.insert("avg", iso(all.avg()));
        shown.insert("max", iso(all.max));
        shown.insert("min", iso(all.min));
    }
    shown
}

fn source_report(
    open: &OpenSource,
    start: Option<String>,
    rows: u64,
    (between, total): (Duration, Duration),
) -> SourceProgress {
    SourceProgress {
        description: open.source.description(),
        start_offset: start,
        end_offset: open.end.clone(),
        latest_offset: open.source.newest(),
        num_input_rows: rows,
        input_rows_per_second: rate(rows, between),
        processed_rows_per_second: rate(rows, total),
        metrics: open.end.as_deref().map(|end| open.source.metrics(end)).unwrap_or_default(),
    }
}

fn state_report(operator: &StatefulOperator) -> StateOperatorProgress {
    let (rows, memory, counts) = operator.totals();
    let bytes = i64::try_from(memory).unwrap_or(i64::MAX);
    StateOperatorProgress {
        operator_name: operator.name,
        num_rows_total: rows,
        num_rows_updated: counts.updated,
        num_rows_removed: counts.removed,
        all_updates_time_ms: counts.updates_ms,
        all_removals_time_ms: counts.removals_ms,
        commit_time_ms: counts.commit_ms,
        memory_used_bytes: memory,
        num_rows_dropped_by_watermark: counts.dropped_late,
        num_shuffle_partitions: 1,
        num_state_store_instances: 1,
        custom_metrics: BTreeMap::from([
            ("SnapshotLastUploaded.partition_0_default".to_owned(), -1),
            ("forceSnapshotCount".to_owned(), 0),
            ("loadedMapCacheHitCount".to_owned(), 0),
            ("loadedMapCacheMissCount".to_owned(), 0),
            ("numSnapshotsAutoRepaired".to_owned(), 0),
            ("stateOnCurrentVersionSizeBytes".to_owned(), bytes),
        ]),
    }
}
