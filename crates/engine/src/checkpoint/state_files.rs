//! `state/OPERATOR/0/VERSION.delta|.snapshot`: a stateful operator's rows, as Arrow IPC streams.
//!
//! Version N+1 is the state after batch N, as in Spark. A delta holds what batch N wrote and removed; now and then a
//! snapshot holds everything, so that a restart reads few files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

use super::{RETAINED, damaged, durable, numbered};
use crate::EngineError;
use crate::operators::StateTable;

/// Deltas between snapshots (`spark.sql.streaming.stateStore.minDeltasForSnapshot`).
const SNAPSHOT_EVERY: u64 = 10;

/// The files of one operator. Without a directory it keeps nothing.
#[derive(Debug)]
pub(crate) struct StateFiles {
    directory: Option<PathBuf>,
}

fn encode(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>, EngineError> {
    let mut out = Vec::new();
    let mut writer = StreamWriter::try_new(&mut out, schema)?;
    for batch in batches {
        writer.write(&RecordBatch::try_new(Arc::clone(schema), batch.columns().to_vec())?)?;
    }
    writer.finish()?;
    Ok(out)
}

/// The schema without metadata: marks on columns are the plan's business, and may change.
fn plain(schema: &Schema) -> SchemaRef {
    let fields: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| {
            field.as_ref().clone().with_metadata(std::collections::HashMap::new()).with_nullable(true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}

impl StateFiles {
    pub(super) fn open(directory: Option<PathBuf>) -> Result<Self, EngineError> {
        if let Some(directory) = &directory {
            durable::create_dir(directory)?;
        }
        Ok(Self { directory })
    }

    /// Writes version `version` of the store: its changes, or all of it now and then.
    pub(crate) fn commit(&self, store: &mut dyn StateTable, version: u64) -> Result<(), EngineError> {
        let changes = store.take_changes()?;
        let Some(directory) = &self.directory else { return Ok(()) };
        let (all, keys) = (plain(store.schema()), plain(store.key_schema()));
        let mut delta = encode(&all, &changes.written)?;
        let split = u64::try_from(delta.len()).unwrap_or(0);
        delta.extend(encode(&keys, &changes.removed)?);
        delta.extend(split.to_le_bytes());
        durable::write(&directory.join(format!("{version}.delta")), &delta)?;
        if version.is_multiple_of(SNAPSHOT_EVERY) {
            let mut rows = Vec::new();
            let mut from = 0;
            while let Some(batch) = store.scan(from)? {
                from += batch.num_rows();
                rows.push(batch);
            }
            durable::write(&directory.join(format!("{version}.snapshot")), &encode(&all, &rows)?)?;
        }
        let keep_from = version.saturating_sub(RETAINED + SNAPSHOT_EVERY);
        durable::purge(directory, ".delta", keep_from);
        durable::purge(directory, ".snapshot", keep_from);
        Ok(())
    }

    /// Fills an empty store with version `version`; version 0 is empty.
    pub(crate) fn load(&self, store: &mut dyn StateTable, version: u64) -> Result<(), EngineError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        if version == 0 {
            return Ok(());
        }
        let snapshot = numbered(directory, ".snapshot")?.into_iter().rfind(|number| *number <= version);
        if let Some(number) = snapshot {
            let path = directory.join(format!("{number}.snapshot"));
            for batch in decode(&path, &read(&path)?)? {
                store.insert(&typed(batch, store)?)?;
            }
        }
        for number in snapshot.map_or(1, |number| number + 1)..=version {
            self.apply(store, &directory.join(format!("{number}.delta")))?;
        }
        Ok(())
    }

    fn apply(&self, store: &mut dyn StateTable, path: &Path) -> Result<(), EngineError> {
        let bytes = read(path)?;
        let torn = || damaged(path, "it is torn");
        let (body, split) = bytes.split_last_chunk::<8>().ok_or_else(torn)?;
        let split = usize::try_from(u64::from_le_bytes(*split)).map_err(|_| torn())?;
        let (written, removed) = body.split_at_checked(split).ok_or_else(torn)?;
        // What an epoch wrote comes before what its end removed.
        for batch in decode(path, written)? {
            store.insert(&typed(batch, store)?)?;
        }
        for batch in decode(path, removed)? {
            store.forget(&RecordBatch::try_new(Arc::clone(store.key_schema()), batch.columns().to_vec())?)?;
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, EngineError> {
    std::fs::read(path).map_err(|error| EngineError::io(path, &error))
}

fn decode(path: &Path, bytes: &[u8]) -> Result<Vec<RecordBatch>, EngineError> {
    StreamReader::try_new(bytes, None)
        .and_then(Iterator::collect)
        .map_err(|error| damaged(path, &error.to_string()))
}

/// The batch with the store's own schema; fails if the query's state has changed its shape.
fn typed(batch: RecordBatch, store: &dyn StateTable) -> Result<RecordBatch, EngineError> {
    let keys = store.key_schema().fields().len();
    let (is, wanted) = (batch.schema(), store.schema());
    let types = |schema: &Schema, part: std::ops::Range<usize>| {
        let fields = schema.fields().get(part).unwrap_or_default();
        let each = fields.iter().map(|f| format!("{} {}", f.name(), crate::files::type_name(f.data_type())));
        each.collect::<Vec<_>>().join(", ")
    };
    let kinds = |schema: &Schema| schema.fields().iter().map(|f| f.data_type().clone()).collect::<Vec<_>>();
    if kinds(&is) == kinds(wanted) {
        return Ok(RecordBatch::try_new(Arc::clone(wanted), batch.columns().to_vec())?);
    }
    let same_keys = kinds(&is).get(..keys) == kinds(wanted).get(..keys);
    let (what, is, wanted) = if same_keys {
        ("value", types(&is, keys..is.fields().len()), types(wanted, keys..wanted.fields().len()))
    } else {
        ("key", types(&is, 0..keys.min(is.fields().len())), types(wanted, 0..keys))
    };
    Err(EngineError::other_state(what, &is, &wanted))
}
