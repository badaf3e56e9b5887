//! Which groups' time is out.

use std::sync::{Arc, PoisonError};

use arrow::array::{ArrayRef, AsArray as _, BooleanArray, Int64Array, RecordBatch, new_null_array};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Field, Int64Type, Schema, SchemaRef};

use crate::EngineError;
use crate::operators::state_table::StateTable as _;
use crate::operators::stateful_operator::Keyed;

/// The timeouts of stored rows, which are their last column.
pub(super) fn timeouts(rows: &RecordBatch) -> Result<&Int64Array, EngineError> {
    rows.columns()
        .last()
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| EngineError::execution("the state of a group has another shape"))
}

/// The stored rows of the groups that asked to be called before this time.
pub(super) fn due(keyed: &Keyed, limit_ms: i64) -> Result<RecordBatch, EngineError> {
    let store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut from, mut found) = (0, Vec::new());
    while let Some(batch) = store.scan(from)? {
        from += batch.num_rows();
        let times = timeouts(&batch)?.iter();
        let is_due: BooleanArray = times.map(|at| Some(at.is_some_and(|at| at < limit_ms))).collect();
        if is_due.true_count() > 0 {
            found.push(filter_record_batch(&batch, &is_due)?);
        }
    }
    Ok(concat_batches(store.schema(), &found)?)
}

/// When the next group's time is out, in milliseconds since 1970; far away if none asked for that.
pub(super) fn next_due(keyed: &Keyed) -> Result<i64, EngineError> {
    let store = keyed.store.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut from, mut next) = (0, i64::MAX);
    while let Some(batch) = store.scan(from)? {
        from += batch.num_rows();
        next = timeouts(&batch)?.iter().flatten().fold(next, i64::min);
    }
    // A time is out when it has passed.
    Ok(next.saturating_add(1))
}

/// A row for each stored group: its key, and nulls.
pub(super) fn rows_of_keys(
    stored: &RecordBatch,
    schema: &SchemaRef,
    keys: &[usize],
) -> Result<RecordBatch, EngineError> {
    let fields: Vec<Field> =
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let columns: Vec<ArrayRef> = fields
        .iter()
        .enumerate()
        .map(|(place, field)| {
            let key = keys.iter().position(|key| *key == place);
            match key.and_then(|key| stored.columns().get(key)) {
                Some(key) => Arc::clone(key),
                None => new_null_array(field.data_type(), stored.num_rows()),
            }
        })
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
