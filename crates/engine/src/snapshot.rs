//! The bounded picture of a running query's current result: what the live page shows.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{RecordBatch, UInt64Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::row::{Row, RowConverter, SortField};
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt as _;
use indexmap::IndexMap;

use crate::{EngineError, OutputMode};

/// Rows that a snapshot holds at most.
pub(crate) const SNAPSHOT_ROWS: usize = 1000;

/// A query's result after a batch: the whole table (complete), each key's newest row (update of an aggregation), or the
/// last rows that came.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The batch after which it was taken.
    pub batch_id: u64,
    /// At most 1,000 rows.
    pub rows: RecordBatch,
    /// How many rows the batch's output had in all.
    pub total_rows: u64,
    /// The query's watermark in milliseconds since 1970, if it has one.
    pub watermark_ms: Option<i64>,
    /// Rows held in the state of all operators.
    pub state_rows: u64,
}

impl Snapshot {
    /// The column names.
    pub fn columns(&self) -> Vec<String> {
        self.rows.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The rows as cells of text, formatted as `show` does, times in `time_zone` (such as `UTC`, `Europe/Berlin`).
    pub fn cells(&self, time_zone: &str) -> Vec<Vec<String>> {
        let columns: Vec<_> =
            self.rows.columns().iter().map(|column| crate::show::cells(column, time_zone)).collect();
        (0..self.rows.num_rows())
            .map(|row| columns.iter().map(|c| c.get(row).cloned().unwrap_or_default()).collect())
            .collect()
    }
}

/// Keeps a query's last rows over its batches.
#[derive(Debug)]
pub(crate) struct Keeper {
    output_mode: OutputMode,
    keys: Vec<usize>,
    rows: VecDeque<RecordBatch>,
}

/// What passed the tap in one batch.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// All rows, by number.
    pub(crate) count: u64,
    schema: Option<SchemaRef>,
    rows: VecDeque<RecordBatch>,
    finished: bool,
}

/// The other end of a tapped stream.
#[derive(Debug)]
pub(crate) struct Tap(Arc<Mutex<Kept>>);

impl Tap {
    /// What passed.
    ///
    /// # Errors
    /// The sink did not read to the end: the epoch is not complete.
    pub(crate) fn finish(self) -> Result<Kept, EngineError> {
        let kept = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if kept.finished {
            Ok(kept)
        } else {
            Err(EngineError::execution("the sink did not read all rows of its batch"))
        }
    }
}

/// Slices are copied so that a few kept rows do not hold on to big batches.
fn push(rows: &mut VecDeque<RecordBatch>, batch: &RecordBatch, keep_first: bool) {
    let held: usize = rows.iter().map(RecordBatch::num_rows).sum();
    if keep_first {
        let room = SNAPSHOT_ROWS.saturating_sub(held).min(batch.num_rows());
        if room > 0 {
            rows.push_back(batch.slice(0, room));
        }
        return;
    }
    let take = batch.num_rows().min(SNAPSHOT_ROWS);
    rows.push_back(batch.slice(batch.num_rows() - take, take));
    let mut over = (held + take).saturating_sub(SNAPSHOT_ROWS);
    while over > 0 {
        let Some(oldest) = rows.pop_front() else { break };
        if oldest.num_rows() > over {
            rows.push_front(oldest.slice(over, oldest.num_rows() - over));
            break;
        }
        over -= oldest.num_rows();
    }
}

/// The last row of each key, where its first one stood.
fn newest_of_each(rows: &RecordBatch, keys: &[usize]) -> Result<RecordBatch, EngineError> {
    let by_key = rows.project(keys)?;
    let schema = by_key.schema();
    let fields = schema.fields().iter().map(|field| SortField::new(field.data_type().clone()));
    let encoded = RowConverter::new(fields.collect())?.convert_columns(by_key.columns())?;
    let mut newest: IndexMap<Row<'_>, u64> = IndexMap::new();
    for (index, key) in (0_u64..).zip(encoded.iter()) {
        newest.insert(key, index);
    }
    let indices: UInt64Array = newest.into_values().collect();
    Ok(take_record_batch(rows, &indices)?)
}

impl Keeper {
    /// `keys`: the places of the columns by which a later row replaces an earlier one in update mode.
    pub(crate) fn new(output_mode: OutputMode, keys: Vec<usize>) -> Self {
        Self { output_mode, keys, rows: VecDeque::new() }
    }

    /// The same stream, watched.
    pub(crate) fn tap(&self, rows: SendableRecordBatchStream) -> (SendableRecordBatchStream, Tap) {
        let kept = Arc::new(Mutex::new(Kept { schema: Some(rows.schema()), ..Kept::default() }));
        let (watched, ended) = (Arc::clone(&kept), Arc::clone(&kept));
        let keep_first = self.output_mode == OutputMode::Complete;
        let schema = rows.schema();
        let rows = rows
            .inspect(move |batch| {
                if let Ok(batch) = batch
                    && batch.num_rows() > 0
                {
                    let mut kept = watched.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.count += u64::try_from(batch.num_rows()).unwrap_or(0);
                    push(&mut kept.rows, batch, keep_first);
                }
            })
            .chain(
                futures::stream::once(async move {
                    ended.lock().unwrap_or_else(PoisonError::into_inner).finished = true;
                })
                .filter_map(|()| async { None }),
            );
        (Box::pin(RecordBatchStreamAdapter::new(schema, rows)), Tap(kept))
    }

    /// The picture after a batch.
    pub(crate) fn snapshot(
        &mut self,
        batch_id: u64,
        kept: Kept,
        (watermark_ms, state_rows): (Option<i64>, u64),
    ) -> Result<Snapshot, EngineError> {
        if self.output_mode == OutputMode::Complete {
            self.rows.clear();
        }
        for batch in &kept.rows {
            push(&mut self.rows, batch, false);
        }
        let schema = kept.schema.unwrap_or_else(|| Arc::new(arrow::datatypes::Schema::empty()));
        let mut rows = concat_batches(&schema, &self.rows)?;
        if self.output_mode == OutputMode::Update && !self.keys.is_empty() {
            rows = newest_of_each(&rows, &self.keys)?;
        }
        self.rows = std::iter::once(rows.clone()).collect();
        Ok(Snapshot { batch_id, rows, total_rows: kept.count, watermark_ms, state_rows })
    }
}
