//! The state of one stateful operator: rows by key, in memory, with what changed since the last commit.
//!
//! Keys and values are rows of Arrow columns in Arrow's row encoding. On disk (see [`crate::checkpoint`]) they are
//! columns again: the row encoding may change between versions of Arrow.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use arrow::array::{Array as _, ArrayRef, Int64Array, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use indexmap::IndexMap;

use super::event_time::{event_time_column, event_time_us};
use crate::EngineError;

/// A store shared by the nodes that read and write it.
pub(crate) type SharedStore = Arc<Mutex<StateStore>>;

type Key = Arc<[u8]>;

/// Rows per batch that the store hands out.
const BATCH_ROWS: usize = 8192;

/// What a commit has to make durable: rows written and keys removed since the last.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) written: Vec<RecordBatch>,
    pub(crate) removed: Vec<RecordBatch>,
}

/// The counts that progress shows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StateCounts {
    pub(crate) updated: u64,
    pub(crate) removed: u64,
    pub(crate) dropped_late: u64,
    pub(crate) updates_ms: u64,
    pub(crate) removals_ms: u64,
    pub(crate) commit_ms: u64,
}

/// A table of rows by key. The first `key_columns` columns of the schema are the key.
#[derive(Debug)]
pub(crate) struct StateStore {
    schema: SchemaRef,
    key_schema: SchemaRef,
    keys: RowConverter,
    values: RowConverter,
    rows: IndexMap<Key, Box<[u8]>>,
    event_time: Option<usize>,
    by_time: BTreeMap<i64, Vec<Key>>,
    touched: HashSet<Key>,
    changes: Changes,
    bytes: u64,
    pub(crate) counts: StateCounts,
}

fn converter(schema: &Schema, columns: std::ops::Range<usize>) -> Result<RowConverter, EngineError> {
    let fields = schema.fields().get(columns).unwrap_or_default();
    Ok(RowConverter::new(fields.iter().map(|f| SortField::new(f.data_type().clone())).collect())?)
}

impl StateStore {
    /// An empty store.
    ///
    /// # Errors
    /// A type that cannot be a key or a value.
    pub(crate) fn new(schema: SchemaRef, key_columns: usize) -> Result<Self, EngineError> {
        let key_schema: SchemaRef =
            Arc::new(Schema::new(schema.fields().iter().take(key_columns).cloned().collect::<Vec<_>>()));
        Ok(Self {
            keys: converter(&schema, 0..key_columns)?,
            values: converter(&schema, key_columns..schema.fields().len())?,
            event_time: event_time_column(&key_schema),
            schema,
            key_schema,
            rows: IndexMap::new(),
            by_time: BTreeMap::new(),
            touched: HashSet::new(),
            changes: Changes::default(),
            bytes: 0,
            counts: StateCounts::default(),
        })
    }

    /// All columns: key, then value.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The key's columns.
    pub(crate) fn key_schema(&self) -> &SchemaRef {
        &self.key_schema
    }

    /// The key column by which rows expire, if one is marked with a watermark.
    pub(crate) fn event_time(&self) -> Option<usize> {
        self.event_time
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Roughly how many bytes they take.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Begins an epoch: counts at zero, no key restored yet.
    pub(crate) fn begin(&mut self) {
        self.touched.clear();
        self.counts = StateCounts::default();
    }

    fn key_columns(&self) -> usize {
        self.key_schema.fields().len()
    }

    /// The encoded keys of a batch whose first columns are the key.
    fn encode_keys(&self, batch: &RecordBatch) -> Result<Option<Rows>, EngineError> {
        let columns = batch.columns().get(..self.key_columns()).unwrap_or_default();
        // Arrow's row encoding of no columns has no rows at all: a grouping without keys has one key, the empty one.
        Ok(if columns.is_empty() { None } else { Some(self.keys.convert_columns(columns)?) })
    }

    /// The stored rows of those keys of the batch that were not asked for yet in this epoch.
    pub(crate) fn restore(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>, EngineError> {
        let keys = self.encode_keys(batch)?;
        let mut found: Vec<(Key, Box<[u8]>)> = Vec::new();
        for row in 0..batch.num_rows() {
            let bytes = keys.as_ref().map_or(&[] as &[u8], |keys| keys.row(row).data());
            if let Some((key, value)) = self.rows.get_key_value(bytes)
                && !self.touched.contains(key)
            {
                found.push((Arc::clone(key), value.clone()));
                self.touched.insert(Arc::clone(key));
            }
        }
        if found.is_empty() {
            return Ok(None);
        }
        self.decode(found.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))).map(Some)
    }

    /// Which rows of a batch have keys that are stored.
    pub(crate) fn contains(&self, batch: &RecordBatch) -> Result<Vec<bool>, EngineError> {
        let keys = self.encode_keys(batch)?;
        Ok((0..batch.num_rows())
            .map(|row| {
                let bytes = keys.as_ref().map_or(&[] as &[u8], |keys| keys.row(row).data());
                self.rows.contains_key(bytes)
            })
            .collect())
    }

    /// Writes rows; those with the same key replace what is there.
    pub(crate) fn put(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        self.insert(batch)?;
        self.counts.updated += u64::try_from(batch.num_rows()).unwrap_or(0);
        self.changes.written.push(batch.clone());
        Ok(())
    }

    /// Writes rows that need not be made durable again (they come from there).
    pub(crate) fn insert(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let keys = self.encode_keys(batch)?;
        let value_columns = batch.columns().get(self.key_columns()..).unwrap_or_default();
        let values = match value_columns {
            [] => None,
            columns => Some(self.values.convert_columns(columns)?),
        };
        let times = self.times(batch)?;
        for row in 0..batch.num_rows() {
            let key: Key = keys.as_ref().map_or(Arc::from([]), |keys| Arc::from(keys.row(row).data()));
            let value: Box<[u8]> =
                values.as_ref().map_or_else(Box::default, |v| Box::from(v.row(row).data()));
            self.bytes += u64::try_from(key.len() + value.len() + 64).unwrap_or(0);
            let before = self.rows.insert(Arc::clone(&key), value);
            if let Some(before) = before {
                self.bytes -= u64::try_from(key.len() + before.len() + 64).unwrap_or(0).min(self.bytes);
            } else if let Some(times) = times.as_ref().filter(|times| times.is_valid(row)) {
                self.by_time.entry(times.value(row)).or_default().push(key);
            }
        }
        Ok(())
    }

    /// Removes rows by key, as told by a checkpoint.
    pub(crate) fn forget(&mut self, keys: &RecordBatch) -> Result<(), EngineError> {
        let times = self.times(keys)?;
        let Some(keys) = self.encode_keys(keys)? else { return Ok(()) };
        for row in 0..keys.num_rows() {
            self.rows.swap_remove(keys.row(row).data());
            if let Some(times) = times.as_ref().filter(|times| times.is_valid(row)) {
                self.by_time.remove(&times.value(row));
            }
        }
        Ok(())
    }

    fn times(&self, batch: &RecordBatch) -> Result<Option<Int64Array>, EngineError> {
        self.event_time.and_then(|column| batch.columns().get(column)).map(event_time_us).transpose()
    }

    /// Removes the rows at or behind the watermark and returns them.
    pub(crate) fn evict(&mut self, watermark_ms: i64) -> Result<Vec<RecordBatch>, EngineError> {
        let limit = watermark_ms.saturating_mul(1000);
        let mut gone: Vec<(Key, Box<[u8]>)> = Vec::new();
        while let Some(entry) = self.by_time.first_entry().filter(|entry| *entry.key() <= limit) {
            for key in entry.remove() {
                if let Some(value) = self.rows.swap_remove(&key) {
                    self.bytes -= u64::try_from(key.len() + value.len() + 64).unwrap_or(0).min(self.bytes);
                    gone.push((key, value));
                }
            }
        }
        self.counts.removed += u64::try_from(gone.len()).unwrap_or(0);
        let mut batches = Vec::new();
        for chunk in gone.chunks(BATCH_ROWS) {
            let batch = self.decode(chunk.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))?;
            self.changes.removed.push(batch.project(&(0..self.key_columns()).collect::<Vec<_>>())?);
            batches.push(batch);
        }
        Ok(batches)
    }

    /// Up to [`BATCH_ROWS`] rows from position `from` on, in the order of their first arrival.
    pub(crate) fn scan(&self, from: usize) -> Result<Option<RecordBatch>, EngineError> {
        let to = (from + BATCH_ROWS).min(self.rows.len());
        match self.rows.get_range(from..to) {
            Some(slice) if !slice.is_empty() => {
                self.decode(slice.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// What changed since the last call.
    pub(crate) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    fn decode<'a>(
        &self,
        rows: impl ExactSizeIterator<Item = (&'a [u8], &'a [u8])> + Clone,
    ) -> Result<RecordBatch, EngineError> {
        let count = rows.len();
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        if self.key_columns() > 0 {
            let parser = self.keys.parser();
            columns.extend(self.keys.convert_rows(rows.clone().map(|(key, _)| parser.parse(key)))?);
        }
        if self.key_columns() < self.schema.fields().len() {
            let parser = self.values.parser();
            columns.extend(self.values.convert_rows(rows.map(|(_, value)| parser.parse(value)))?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}
