//! `applyInPandasWithState`'s function, as the engine calls it.

use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, BooleanArray, Int64Array, RecordBatch, new_null_array,
};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Fields, Int64Type, SchemaRef};
use async_trait::async_trait;
use millstream_engine::EngineError;
use millstream_engine::plan::{GroupCall, GroupFunction, GroupOutcome, GroupOutput, GroupTimeout};
use serde_json::{Value, json};

use super::arrow_stream::{declared, decode, encode};
use super::tasks::TaskFunction;

/// The function.
#[derive(Debug)]
pub(crate) struct PythonGroups {
    pub(crate) function: Arc<TaskFunction>,
    pub(crate) schema: SchemaRef,
    pub(crate) state: Fields,
}

/// What the worker is told beside the tables; a watermark of -1 is none.
fn told(call: &GroupCall) -> Value {
    let timeout = match call.timeout {
        GroupTimeout::None => "NoTimeout",
        GroupTimeout::ProcessingTime => "ProcessingTimeTimeout",
        GroupTimeout::EventTime => "EventTimeTimeout",
    };
    json!({
        "batch_time": call.batch_time_ms,
        "watermark": call.watermark_ms.unwrap_or(-1),
        "watermark_present": call.watermark_ms.is_some(),
        "timeout": timeout,
    })
}

/// A row for each group.
fn groups(call: &GroupCall) -> Result<RecordBatch, EngineError> {
    let rows: Int64Array =
        call.groups.iter().map(|group| Some(i64::try_from(group.rows).unwrap_or(i64::MAX))).collect();
    let timed_out: BooleanArray = call.groups.iter().map(|group| Some(group.timed_out)).collect();
    Ok(RecordBatch::try_from_iter_with_nullable([
        ("rows", Arc::new(rows) as ArrayRef, false),
        ("timed_out", Arc::new(timed_out) as ArrayRef, false),
        ("state", Arc::clone(&call.states), true),
    ])?)
}

impl PythonGroups {
    /// What became of the groups, from the columns `state`, `changed` and `timeout`.
    fn outcome(&self, data: &[u8], rows: Vec<RecordBatch>) -> Result<GroupOutcome, EngineError> {
        let kind = DataType::Struct(self.state.clone());
        let parts = decode(data)?;
        let Some(first) = parts.first() else {
            let states = new_null_array(&kind, 0);
            return Ok(GroupOutcome { rows, groups: Vec::new(), states });
        };
        let told = concat_batches(&first.schema(), &parts)?;
        let torn = || EngineError::execution("the Python worker answered with another shape");
        let state = told.column_by_name("state").ok_or_else(torn)?;
        let changed =
            told.column_by_name("changed").and_then(|column| column.as_boolean_opt()).ok_or_else(torn)?;
        let timeouts = told
            .column_by_name("timeout")
            .and_then(|column| column.as_primitive_opt::<Int64Type>())
            .ok_or_else(torn)?;
        let groups = (0..told.num_rows()).map(|row| GroupOutput {
            changed: changed.is_valid(row) && changed.value(row),
            timeout_ms: timeouts.is_valid(row).then(|| timeouts.value(row)),
        });
        Ok(GroupOutcome { rows, groups: groups.collect(), states: cast(state, &kind)? })
    }
}

#[async_trait]
impl GroupFunction for PythonGroups {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn state_fields(&self) -> Fields {
        self.state.clone()
    }

    async fn apply(&self, call: GroupCall) -> Result<GroupOutcome, EngineError> {
        let zone = self.function.time_zone();
        let tables = [encode(&call.rows, zone)?, encode(&groups(&call)?, zone)?];
        let made = self.function.run(&told(&call), &tables, 2).await?;
        let part = |at: usize| made.get(at).map(Vec::as_slice).unwrap_or_default();
        let rows = declared(decode(part(0))?, &self.schema, "applyInPandasWithState")?;
        self.outcome(part(1), rows)
    }
}
