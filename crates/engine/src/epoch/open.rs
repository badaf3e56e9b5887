//! Opening a loop: what the checkpoint says about where the query stands.

use std::sync::{Arc, PoisonError};

use super::{Clock, EpochLoop, OpenSource, Parts};
use crate::EngineError;
use crate::checkpoint::{Checkpoint, OffsetSeq};
use crate::snapshot::Keeper;
use crate::sources::{Source, StreamTable};
use crate::watermark_tracker::WatermarkTracker;

/// Where a restart has to go on.
#[derive(Debug, Default)]
struct Position {
    batch_id: u64,
    constructed: bool,
    /// Ends of the last batch that is done.
    committed: Vec<Option<String>>,
    /// Ends of the batch that has to run again.
    ends: Vec<Option<String>>,
    previous_watermark_ms: i64,
    watermark_ms: i64,
    /// When the batch that has to run again was made.
    batch_time_ms: i64,
}

impl EpochLoop {
    /// Opens the sources and loads the state as the checkpoint has them.
    ///
    /// # Errors
    /// A damaged checkpoint, one of another query, or a source that cannot be opened.
    pub(crate) async fn open(parts: Parts) -> Result<Self, EngineError> {
        let (offsets, commits) = (parts.checkpoint.offsets(), parts.checkpoint.commits());
        let position = find(&offsets, &commits)?;
        let plan = parts.query.plan();
        let known = position.committed.len().max(position.ends.len());
        if known > 0 && known != plan.tables().len() {
            return Err(EngineError::execution(format!(
                "There are [{known}] sources in the checkpoint offsets and now there are [{}] sources requested by the \
                 query. Cannot continue.",
                plan.tables().len()
            )));
        }
        let mut sources = Vec::new();
        for (index, table) in plan.tables().iter().enumerate() {
            let source = open_source(&parts.checkpoint, index, table).await?;
            sources.push(OpenSource {
                table: table.clone(),
                source,
                committed: position.committed.get(index).cloned().flatten(),
                end: position.ends.get(index).cloned().flatten(),
            });
        }
        let names: Vec<&str> = plan.operators().iter().map(|operator| operator.name).collect();
        let is_new = position.batch_id == 0 && !position.constructed;
        parts.checkpoint.check_operators(&names, is_new)?;
        let mut state = Vec::new();
        for (index, operator) in plan.operators().iter().enumerate() {
            for table in &operator.tables {
                let files = parts.checkpoint.state(index, table.name)?;
                let mut rows = table.rows.lock().unwrap_or_else(PoisonError::into_inner);
                files.load(&mut *rows, position.batch_id)?;
                drop(rows);
                state.push((Arc::clone(&table.rows), files));
            }
        }
        let watermark =
            WatermarkTracker::new(parts.policy, position.previous_watermark_ms, position.watermark_ms);
        Ok(Self {
            keeper: Keeper::new(parts.output_mode, parts.query.plan().keys().to_vec()),
            parts,
            offsets,
            commits,
            state,
            sources,
            batch_id: position.batch_id,
            constructed: position.constructed,
            batch_time_ms: position.batch_time_ms,
            watermark,
            clock: Clock::default(),
        })
    }
}

async fn open_source(
    checkpoint: &Checkpoint,
    index: usize,
    table: &StreamTable,
) -> Result<Box<dyn Source>, EngineError> {
    if table.spec().keeps_log() {
        return table.spec().open_with_log(checkpoint.source_directory(index)).await;
    }
    let kept = checkpoint.source_start(index)?;
    let source = table.spec().open(kept.clone()).await?;
    if kept.is_none() {
        checkpoint.keep_source_start(index, &source.initial_offset())?;
    }
    Ok(source)
}

fn find(
    offsets: &crate::checkpoint::OffsetLog,
    commits: &crate::checkpoint::CommitLog,
) -> Result<Position, EngineError> {
    let Some((latest, entry)) = offsets.latest()? else { return Ok(Position::default()) };
    let before: Option<OffsetSeq> = match latest.checked_sub(1) {
        Some(number) => offsets.get(number)?,
        None => None,
    };
    let previous_watermark_ms = before.as_ref().map_or(entry.watermark_ms, |before| before.watermark_ms);
    match commits.latest()? {
        Some((done, next_watermark_ms)) if done == latest => Ok(Position {
            batch_id: latest + 1,
            constructed: false,
            committed: entry.offsets,
            ends: Vec::new(),
            previous_watermark_ms: entry.watermark_ms,
            watermark_ms: next_watermark_ms,
            batch_time_ms: entry.timestamp_ms,
        }),
        _ => Ok(Position {
            batch_id: latest,
            constructed: true,
            committed: before.map(|before| before.offsets).unwrap_or_default(),
            ends: entry.offsets,
            previous_watermark_ms,
            watermark_ms: entry.watermark_ms,
            batch_time_ms: entry.timestamp_ms,
        }),
    }
}
