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
use super::state_groups::StateGroups;
use super::state_table::{Changes, StateCounts, StateTable};
use crate::EngineError;

/// A store shared by the nodes that read and write it.
pub(crate) type SharedStore = Arc<Mutex<StateStore>>;

type Key = Arc<[u8]>;

/// Rows per batch that the store hands out.
const BATCH_ROWS: usize = 8192;

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
    groups: Option<StateGroups>,
    /// Keys taken out in this epoch that have not come back.
    taken: HashSet<Key>,
    changes: Changes,
    bytes: u64,
    pub(crate) counts: StateCounts,
}

/// Roughly what a row takes.
fn size(key: &[u8], value: &[u8]) -> u64 {
    u64::try_from(key.len() + value.len() + 64).unwrap_or(0)
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
            groups: None,
            taken: HashSet::new(),
            changes: Changes::default(),
            bytes: 0,
            counts: StateCounts::default(),
        })
    }

    /// The key column by which rows expire, if one is marked with a watermark.
    pub(crate) fn event_time(&self) -> Option<usize> {
        self.event_time
    }

    /// The key's columns.
    pub(crate) fn key_columns_schema(&self) -> &SchemaRef {
        &self.key_schema
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

    /// The encoded keys of a batch of keys.
    pub(crate) fn encoded(&self, keys: &RecordBatch) -> Result<Vec<Vec<u8>>, EngineError> {
        let encoded = self.encode_keys(keys)?;
        let of = |row: usize| encoded.as_ref().map(|keys| keys.row(row).data().to_vec()).unwrap_or_default();
        Ok((0..keys.num_rows()).map(of).collect())
    }

    /// The stored rows of a batch of keys, and for each key where its row is among them.
    pub(crate) fn get(&self, keys: &RecordBatch) -> Result<(RecordBatch, Vec<Option<usize>>), EngineError> {
        let mut found: Vec<(&[u8], &[u8])> = Vec::new();
        let mut places = Vec::with_capacity(keys.num_rows());
        for key in self.encoded(keys)? {
            places.push(self.rows.get_key_value(key.as_slice()).map(|(key, value)| {
                found.push((key.as_ref(), value.as_ref()));
                found.len() - 1
            }));
        }
        Ok((self.decode(found.into_iter())?, places))
    }

    /// Takes out the rows of a batch of keys: they come back by [`StateStore::put`], or are gone.
    pub(crate) fn take(&mut self, keys: &RecordBatch) -> Result<(), EngineError> {
        for key in self.encoded(keys)? {
            if let Some((key, value)) = self.rows.swap_remove_full(key.as_slice()).map(|(_, k, v)| (k, v)) {
                self.bytes -= size(&key, &value).min(self.bytes);
                self.taken.insert(key);
            }
        }
        Ok(())
    }

    /// Has the rows found by these columns of the key as well. For an empty store.
    pub(crate) fn group_by(&mut self, columns: Vec<usize>) -> Result<(), EngineError> {
        self.groups = Some(StateGroups::new(&self.key_schema, columns)?);
        Ok(())
    }

    /// Takes out the stored rows of the groups of a batch: they come back in another shape, or are gone.
    pub(crate) fn take_groups(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>, EngineError> {
        let Some(groups) = &mut self.groups else { return Ok(None) };
        let encoded = groups.encode(batch)?;
        let mut found: Vec<(Key, Box<[u8]>)> = Vec::new();
        for group in encoded.iter() {
            for key in groups.take(group.data()) {
                if let Some(value) = self.rows.swap_remove(&key) {
                    self.bytes -= size(&key, &value).min(self.bytes);
                    found.push((key, value));
                }
            }
        }
        if found.is_empty() {
            return Ok(None);
        }
        let rows = self.decode(found.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))?;
        let times = self.times(&rows)?;
        for (row, (key, _)) in found.iter().enumerate() {
            self.forget_time(times.as_ref(), row, key);
        }
        self.taken.extend(found.into_iter().map(|(key, _)| key));
        Ok(Some(rows))
    }

    fn forget_time(&mut self, times: Option<&Int64Array>, row: usize, key: &[u8]) {
        let Some(times) = times.filter(|times| times.is_valid(row)) else { return };
        if let Some(keys) = self.by_time.get_mut(&times.value(row)) {
            keys.retain(|other| other.as_ref() != key);
            if keys.is_empty() {
                self.by_time.remove(&times.value(row));
            }
        }
    }

    fn ungroup(&mut self, rows: &RecordBatch, gone: &[(Key, Box<[u8]>)]) -> Result<(), EngineError> {
        let Some(groups) = &mut self.groups else { return Ok(()) };
        for (group, (key, _)) in groups.encode(rows)?.iter().zip(gone) {
            groups.remove(group.data(), key);
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
                    self.bytes -= size(&key, &value).min(self.bytes);
                    gone.push((key, value));
                }
            }
        }
        self.counts.removed += u64::try_from(gone.len()).unwrap_or(0);
        let mut batches = Vec::new();
        for chunk in gone.chunks(BATCH_ROWS) {
            let batch = self.decode(chunk.iter().map(|(key, value)| (key.as_ref(), value.as_ref())))?;
            self.ungroup(&batch, chunk)?;
            self.changes.removed.push(batch.project(&(0..self.key_columns()).collect::<Vec<_>>())?);
            batches.push(batch);
        }
        Ok(batches)
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

impl StateTable for StateStore {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn key_schema(&self) -> &SchemaRef {
        &self.key_schema
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn begin(&mut self) {
        self.touched.clear();
        self.counts = StateCounts::default();
    }

    fn insert(&mut self, batch: &RecordBatch) -> Result<(), EngineError> {
        let keys = self.encode_keys(batch)?;
        let value_columns = batch.columns().get(self.key_columns()..).unwrap_or_default();
        let values = match value_columns {
            [] => None,
            columns => Some(self.values.convert_columns(columns)?),
        };
        let times = self.times(batch)?;
        let encoded = self.groups.as_ref().map(|groups| groups.encode(batch)).transpose()?;
        for row in 0..batch.num_rows() {
            let key: Key = keys.as_ref().map_or(Arc::from([]), |keys| Arc::from(keys.row(row).data()));
            let value: Box<[u8]> =
                values.as_ref().map_or_else(Box::default, |v| Box::from(v.row(row).data()));
            self.bytes += size(&key, &value);
            if !self.taken.is_empty() {
                self.taken.remove(&key);
            }
            if let Some(before) = self.rows.insert(Arc::clone(&key), value) {
                self.bytes -= size(&key, &before).min(self.bytes);
                continue;
            }
            if let (Some(groups), Some(encoded)) = (&mut self.groups, &encoded) {
                groups.add(encoded.row(row).data(), &key);
            }
            if let Some(times) = times.as_ref().filter(|times| times.is_valid(row)) {
                self.by_time.entry(times.value(row)).or_default().push(key);
            }
        }
        Ok(())
    }

    fn forget(&mut self, keys: &RecordBatch) -> Result<(), EngineError> {
        let times = self.times(keys)?;
        let encoded = self.groups.as_ref().map(|groups| groups.encode(keys)).transpose()?;
        let Some(keys) = self.encode_keys(keys)? else { return Ok(()) };
        for row in 0..keys.num_rows() {
            let key = keys.row(row).data();
            let Some(value) = self.rows.swap_remove(key) else { continue };
            self.bytes -= size(key, &value).min(self.bytes);
            self.forget_time(times.as_ref(), row, key);
            if let (Some(groups), Some(encoded)) = (&mut self.groups, &encoded) {
                groups.remove(encoded.row(row).data(), key);
            }
        }
        Ok(())
    }

    fn scan(&self, from: usize) -> Result<Option<RecordBatch>, EngineError> {
        let to = (from + BATCH_ROWS).min(self.rows.len());
        match self.rows.get_range(from..to) {
            Some(slice) if !slice.is_empty() => {
                self.decode(slice.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn counts(&mut self) -> &mut StateCounts {
        &mut self.counts
    }

    fn take_changes(&mut self) -> Result<Changes, EngineError> {
        let mut changes = std::mem::take(&mut self.changes);
        let taken = std::mem::take(&mut self.taken);
        if !taken.is_empty() {
            let parser = self.keys.parser();
            let columns = self.keys.convert_rows(taken.iter().map(|key| parser.parse(key)))?;
            changes.removed.push(RecordBatch::try_new(Arc::clone(&self.key_schema), columns)?);
        }
        Ok(changes)
    }
}
