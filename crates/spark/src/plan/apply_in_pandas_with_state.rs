//! `ApplyInPandasWithState`: `df.groupBy(...).applyInPandasWithState(...)`.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;
use millstream_engine::OutputMode;
use millstream_engine::plan::GroupTimeout;

use super::Planner;
use super::function_schema::{rows_of, struct_of};
use crate::error::{Kind, Result, SparkError, invalid_plan, unsupported};
use crate::proto::connect::ApplyInPandasWithState;
use crate::python::{PythonGroups, TaskFunction, offsets, python_of};
use crate::types;

/// `PythonEvalType.SQL_GROUPED_MAP_PANDAS_UDF_WITH_STATE`.
const WITH_STATE: i32 = 208;

pub(super) async fn plan(planner: &mut Planner<'_>, apply: &ApplyInPandasWithState) -> Result<LogicalPlan> {
    let python = python_of(apply.func.as_ref())?;
    if python.eval_type != WITH_STATE {
        return Err(unsupported(format!("a function of kind {} over groups with state", python.eval_type)));
    }
    let timeout = match apply.timeout_conf.as_str() {
        "NoTimeout" => GroupTimeout::None,
        "ProcessingTimeTimeout" => GroupTimeout::ProcessingTime,
        "EventTimeTimeout" => GroupTimeout::EventTime,
        other => return Err(invalid_plan(format!("Invalid string for GroupStateTimeout: {other}"))),
    };
    let output_mode = OutputMode::parse(&apply.output_mode)?;
    if output_mode == OutputMode::Complete {
        let text = "The output mode of function should be append or update";
        return Err(SparkError::plain(Kind::IllegalArgument, text));
    }
    let state = struct_of(&types::nullable(&types::parse_schema(&apply.state_schema)?))?;
    let output = types::parse_schema(&apply.output_schema)?;
    let schema = match output {
        DataType::Struct(fields) => Arc::new(arrow::datatypes::Schema::new(fields)),
        _ => rows_of(python)?,
    };
    let input = planner.input(apply.input.as_deref()).await?;
    let keys = planner.scope(&input).named(&apply.grouping_expressions)?;
    let grouped = engine::plan::grouped(input, keys)?;
    let offsets = offsets(&grouped.keys, grouped.values);
    let function = TaskFunction::of(planner.session, python, &offsets, "applyInPandasWithState")?;
    let function = Arc::new(PythonGroups { function, schema, state });
    Ok(engine::plan::apply_groups(grouped, function, timeout, output_mode)?)
}
