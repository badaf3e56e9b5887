//! The state of one side of a stream-stream join: the rows that may still find a partner, as Arrow batches, with an
//! index by join key and one by the time at which they may go.
//!
//! Rows stay in the batches in which they came; a match is gathered from them by Arrow's interleave. Batches go when all
//! their rows are gone, and are rewritten when more than half of all rows are dead.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::{filter_record_batch, interleave_record_batch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::physical_expr::PhysicalExpr;

use super::bounds::{Bound, TimeOf};
use crate::EngineError;
use crate::operators::event_time::event_time_us;
use crate::operators::state_table::{Changes, StateCounts, StateTable};

/// Dead rows that are kept before a rewrite is thought of.
const KEPT_DEAD: usize = 8192;

/// Where a row lies: the batch's number and the place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct RowRef {
    chunk: u32,
    row: u32,
}

#[derive(Debug)]
struct Chunk {
    rows: RecordBatch,
    ids: Int64Array,
    matched: Vec<bool>,
    live: Vec<bool>,
    left: usize,
}

/// The join keys of a batch.
pub(super) struct Keys {
    columns: Vec<ArrayRef>,
    encoded: Rows,
}

impl Keys {
    /// A row's key; none if a part of it is null, which equals nothing.
    pub(super) fn get(&self, row: usize) -> Option<&[u8]> {
        let whole = self.columns.iter().all(|column| column.is_valid(row));
        whole.then(|| self.encoded.row(row).data())
    }
}

/// Rows of one side.
#[derive(Debug)]
pub(super) struct JoinSide {
    schema: SchemaRef,
    key_schema: SchemaRef,
    rows: SchemaRef,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    converter: RowConverter,
    pub(super) bound: Option<Bound>,
    chunks: BTreeMap<u32, Chunk>,
    by_key: HashMap<Box<[u8]>, Vec<RowRef>>,
    by_time: BTreeMap<i64, Vec<RowRef>>,
    /// Only while a checkpoint is read.
    by_id: HashMap<i64, RowRef>,
    next_id: i64,
    next_chunk: u32,
    live: usize,
    dead: usize,
    bytes: u64,
    removed: Vec<i64>,
    written: Vec<RecordBatch>,
    counts: StateCounts,
}

impl JoinSide {
    /// An empty side with rows of this schema.
    ///
    /// # Errors
    /// A key type that cannot be compared.
    pub(super) fn new(
        rows: SchemaRef,
        keys: Vec<Arc<dyn PhysicalExpr>>,
        bound: Option<Bound>,
    ) -> Result<Self, EngineError> {
        let fields = keys
            .iter()
            .map(|key| Ok(SortField::new(key.data_type(&rows)?)))
            .collect::<Result<Vec<_>, EngineError>>()?;
        let id = Arc::new(Field::new("__id", DataType::Int64, false));
        let matched = Arc::new(Field::new("__matched", DataType::Boolean, false));
        let columns = [Arc::clone(&id), matched].into_iter().chain(rows.fields().iter().cloned());
        Ok(Self {
            schema: Arc::new(Schema::new(columns.collect::<Vec<_>>())),
            key_schema: Arc::new(Schema::new(vec![id])),
            rows,
            keys,
            converter: RowConverter::new(fields)?,
            bound,
            chunks: BTreeMap::new(),
            by_key: HashMap::new(),
            by_time: BTreeMap::new(),
            by_id: HashMap::new(),
            next_id: 0,
            next_chunk: 0,
            live: 0,
            dead: 0,
            bytes: 0,
            removed: Vec::new(),
            written: Vec::new(),
            counts: StateCounts::default(),
        })
    }

    /// The join keys of a batch of this side's rows.
    pub(super) fn keys_of(&self, batch: &RecordBatch) -> Result<Keys, EngineError> {
        let columns = self
            .keys
            .iter()
            .map(|key| Ok(key.evaluate(batch)?.into_array(batch.num_rows())?))
            .collect::<Result<Vec<_>, EngineError>>()?;
        let encoded = self.converter.convert_columns(&columns)?;
        Ok(Keys { columns, encoded })
    }

    /// The time of each row that decides when it goes, in microseconds.
    pub(super) fn times_of(
        &self,
        batch: &RecordBatch,
        keys: &Keys,
    ) -> Result<Option<Int64Array>, EngineError> {
        let column = match self.bound.as_ref().map(|bound| bound.time) {
            None => return Ok(None),
            Some(TimeOf::Key(place)) => keys.columns.get(place),
            Some(TimeOf::Row(place)) => batch.columns().get(place),
        };
        column.map(event_time_us).transpose()
    }

    /// The rows with this key, those that are gone left out.
    pub(super) fn matches(&self, key: &[u8]) -> &[RowRef] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    /// Gathers rows, in the order of `refs`.
    pub(super) fn gather(&self, refs: &[RowRef]) -> Result<RecordBatch, EngineError> {
        let mut numbers: HashMap<u32, usize> = HashMap::new();
        let mut batches: Vec<&RecordBatch> = Vec::new();
        let mut places = Vec::with_capacity(refs.len());
        for at in refs {
            let Some(chunk) = self.chunks.get(&at.chunk) else { continue };
            let number = *numbers.entry(at.chunk).or_insert_with(|| {
                batches.push(&chunk.rows);
                batches.len() - 1
            });
            places.push((number, usize::try_from(at.row).unwrap_or(usize::MAX)));
        }
        if batches.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.rows)));
        }
        Ok(interleave_record_batch(&batches, &places)?)
    }

    fn chunk(&mut self, at: RowRef) -> Option<(&mut Chunk, usize)> {
        Some((self.chunks.get_mut(&at.chunk)?, usize::try_from(at.row).ok()?))
    }

    /// Notes that a row has found a partner; true if it is its first.
    pub(super) fn mark_matched(&mut self, at: RowRef) -> bool {
        let Some((chunk, row)) = self.chunk(at) else { return false };
        match chunk.matched.get_mut(row) {
            Some(matched) if !*matched => {
                *matched = true;
                true
            }
            _ => false,
        }
    }

    /// Whether a row has found a partner.
    pub(super) fn is_matched(&self, at: RowRef) -> bool {
        let row = usize::try_from(at.row).ok();
        self.chunks.get(&at.chunk).zip(row).and_then(|(c, row)| c.matched.get(row)).is_some_and(|m| *m)
    }

    /// Counts rows that were late.
    pub(super) fn dropped_late(&mut self, rows: u64) {
        self.counts.dropped_late += rows;
    }

    /// Counts time.
    pub(super) fn spent_updating(&mut self, time: Duration) {
        self.counts.updates_ms += u64::try_from(time.as_millis()).unwrap_or(0);
    }

    /// Counts time.
    pub(super) fn spent_removing(&mut self, time: Duration) {
        self.counts.removals_ms += u64::try_from(time.as_millis()).unwrap_or(0);
    }

    /// Has rows whose match was noted made durable anew.
    pub(super) fn rewrite(&mut self, refs: &[RowRef]) -> Result<(), EngineError> {
        if !refs.is_empty() {
            let rows = self.gather(refs)?;
            let ids: Int64Array = refs.iter().filter_map(|at| self.id_of(*at)).collect();
            self.written.push(self.durable(&rows, &ids, &vec![true; refs.len()])?);
        }
        Ok(())
    }

    fn id_of(&self, at: RowRef) -> Option<i64> {
        Some(self.chunks.get(&at.chunk)?.ids.value(usize::try_from(at.row).ok()?))
    }

    fn durable(
        &self,
        rows: &RecordBatch,
        ids: &Int64Array,
        matched: &[bool],
    ) -> Result<RecordBatch, EngineError> {
        let matched: BooleanArray = matched.iter().map(|m| Some(*m)).collect();
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids.clone()), Arc::new(matched)];
        columns.extend(rows.columns().iter().cloned());
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// Keeps rows; `matched` says for each whether it has found a partner already.
    pub(super) fn append(&mut self, rows: RecordBatch, matched: Vec<bool>) -> Result<(), EngineError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let count = i64::try_from(rows.num_rows()).unwrap_or(i64::MAX);
        let ids = Int64Array::from_iter_values(self.next_id..self.next_id.saturating_add(count));
        self.next_id = self.next_id.saturating_add(count);
        self.counts.updated += u64::try_from(rows.num_rows()).unwrap_or(0);
        self.written.push(self.durable(&rows, &ids, &matched)?);
        self.add(rows, ids, matched)
    }

    /// Files rows. No rows make no chunk: a scan would give an empty one for ever.
    fn add(&mut self, rows: RecordBatch, ids: Int64Array, matched: Vec<bool>) -> Result<(), EngineError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        let keys = self.keys_of(&rows)?;
        let times = self.times_of(&rows, &keys)?;
        let chunk = self.next_chunk;
        self.next_chunk = self.next_chunk.wrapping_add(1);
        for (place, row) in (0_u32..).zip(0..rows.num_rows()) {
            let at = RowRef { chunk, row: place };
            if let Some(key) = keys.get(row) {
                match self.by_key.get_mut(key) {
                    Some(refs) => refs.push(at),
                    None => {
                        self.by_key.insert(Box::from(key), vec![at]);
                    }
                }
            }
            if let Some(times) = times.as_ref().filter(|times| times.is_valid(row)) {
                self.by_time.entry(times.value(row)).or_default().push(at);
            }
        }
        let left = rows.num_rows();
        self.live += left;
        self.bytes += u64::try_from(rows.get_array_memory_size()).unwrap_or(0);
        let live = vec![true; left];
        self.chunks.insert(chunk, Chunk { rows, ids, matched, live, left });
        Ok(())
    }

    /// The rows at or behind a time, in milliseconds; they leave the index by time, and must be removed.
    pub(super) fn expired(&mut self, limit_ms: i64) -> Vec<RowRef> {
        let limit = limit_ms.saturating_mul(1000);
        let mut refs = Vec::new();
        while let Some(entry) = self.by_time.first_entry().filter(|entry| *entry.key() <= limit) {
            refs.extend(entry.remove());
        }
        refs
    }

    /// Removes rows.
    pub(super) fn remove(&mut self, refs: &[RowRef]) -> Result<(), EngineError> {
        self.removed.extend(refs.iter().filter_map(|at| self.id_of(*at)).collect::<Vec<_>>());
        self.counts.removed += u64::try_from(refs.len()).unwrap_or(0);
        self.drop_rows(refs)?;
        if self.dead > self.live + KEPT_DEAD {
            self.rebuild()?;
        }
        Ok(())
    }

    fn drop_rows(&mut self, refs: &[RowRef]) -> Result<(), EngineError> {
        if refs.is_empty() {
            return Ok(());
        }
        let keys = self.keys_of(&self.gather(refs)?)?;
        for at in refs {
            if let Some((chunk, row)) = self.chunk(*at)
                && let Some(live) = chunk.live.get_mut(row)
                && std::mem::take(live)
            {
                chunk.left -= 1;
                self.live -= 1;
                self.dead += 1;
            }
        }
        let gone: HashSet<&[u8]> = (0..refs.len()).filter_map(|row| keys.get(row)).collect();
        for key in gone {
            let chunks = &self.chunks;
            let Some(refs) = self.by_key.get_mut(key) else { continue };
            refs.retain(|at| {
                let row = usize::try_from(at.row).ok();
                chunks.get(&at.chunk).zip(row).and_then(|(c, row)| c.live.get(row)).is_some_and(|live| *live)
            });
            if refs.is_empty() {
                self.by_key.remove(key);
            }
        }
        let (dead, bytes) = (&mut self.dead, &mut self.bytes);
        self.chunks.retain(|_, chunk| {
            if chunk.left == 0 {
                *dead = dead.saturating_sub(chunk.live.len());
                let size = u64::try_from(chunk.rows.get_array_memory_size()).unwrap_or(0);
                *bytes = bytes.saturating_sub(size);
            }
            chunk.left > 0
        });
        Ok(())
    }

    /// Writes the living rows anew and makes the indexes from them.
    fn rebuild(&mut self) -> Result<(), EngineError> {
        let chunks = std::mem::take(&mut self.chunks);
        self.by_key.clear();
        self.by_time.clear();
        (self.live, self.dead, self.bytes) = (0, 0, 0);
        for chunk in chunks.into_values() {
            let (rows, ids, matched) = living(&chunk)?;
            self.add(rows, ids, matched)?;
        }
        Ok(())
    }
}

fn living(chunk: &Chunk) -> Result<(RecordBatch, Int64Array, Vec<bool>), EngineError> {
    let live: BooleanArray = chunk.live.iter().map(|live| Some(*live)).collect();
    let rows = filter_record_batch(&chunk.rows, &live)?;
    let ids = arrow::compute::filter(&chunk.ids, &live)?.as_primitive::<Int64Type>().clone();
    let matched = chunk.matched.iter().zip(&chunk.live).filter(|(_, live)| **live).map(|(m, _)| *m);
    Ok((rows, ids, matched.collect()))
}

impl StateTable for JoinSide {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn key_schema(&self) -> &SchemaRef {
        &self.key_schema
    }

    fn len(&self) -> usize {
        self.live
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn begin(&mut self) {
        self.by_id = HashMap::new();
        self.counts = StateCounts::default();
    }

    fn counts(&mut self) -> &mut StateCounts {
        &mut self.counts
    }

    fn take_changes(&mut self) -> Result<Changes, EngineError> {
        let removed = match std::mem::take(&mut self.removed) {
            ids if ids.is_empty() => Vec::new(),
            ids => {
                let ids: ArrayRef = Arc::new(Int64Array::from(ids));
                vec![RecordBatch::try_new(Arc::clone(&self.key_schema), vec![ids])?]
            }
        };
        Ok(Changes { written: std::mem::take(&mut self.written), removed })
    }

    /// One batch as it lies there, per call.
    fn scan(&self, from: usize) -> Result<Option<RecordBatch>, EngineError> {
        let mut before = 0;
        for chunk in self.chunks.values() {
            if before >= from {
                let (rows, ids, matched) = living(chunk)?;
                return self.durable(&rows, &ids, &matched).map(Some);
            }
            before += chunk.left;
        }
        Ok(None)
    }

    fn insert(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let torn = || EngineError::execution("a row of a join's state lacks its number");
        let ids = batch.column(0).as_primitive_opt::<Int64Type>().ok_or_else(torn)?.clone();
        let matched = batch.column(1).as_boolean_opt().ok_or_else(torn)?;
        let matched: Vec<bool> = (0..matched.len()).map(|row| matched.value(row)).collect();
        // A row that is there already has only found a partner since.
        let known: Vec<bool> = ids.values().iter().map(|id| self.by_id.contains_key(id)).collect();
        for (id, _) in ids.values().iter().zip(&known).filter(|(_, known)| **known) {
            if let Some(at) = self.by_id.get(id).copied() {
                self.mark_matched(at);
            }
        }
        let news: BooleanArray = known.iter().map(|known| Some(!known)).collect();
        let rows = batch.project(&(2..batch.num_columns()).collect::<Vec<_>>())?;
        let rows = filter_record_batch(&rows.with_schema(Arc::clone(&self.rows))?, &news)?;
        let matched = matched.iter().zip(&known).filter(|(_, known)| !**known).map(|(m, _)| *m).collect();
        let ids = arrow::compute::filter(&ids, &news)?.as_primitive::<Int64Type>().clone();
        let chunk = self.next_chunk;
        for (row, id) in (0_u32..).zip(ids.values()) {
            self.by_id.insert(*id, RowRef { chunk, row });
            self.next_id = self.next_id.max(id.saturating_add(1));
        }
        self.add(rows, ids, matched)
    }

    fn forget(&mut self, keys: &RecordBatch) -> Result<(), EngineError> {
        let Some(ids) = keys.columns().first().and_then(|ids| ids.as_primitive_opt::<Int64Type>()) else {
            return Ok(());
        };
        let refs: Vec<RowRef> = ids.values().iter().filter_map(|id| self.by_id.remove(id)).collect();
        self.drop_rows(&refs)?;
        // The index by time holds them still.
        let chunks = &self.chunks;
        self.by_time.retain(|_, refs| {
            refs.retain(|at| {
                let row = usize::try_from(at.row).ok();
                chunks.get(&at.chunk).zip(row).and_then(|(c, row)| c.live.get(row)).is_some_and(|live| *live)
            });
            !refs.is_empty()
        });
        Ok(())
    }
}
