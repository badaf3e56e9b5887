//! `GroupMap`: `df.groupBy(...).applyInPandas(...)`, `.applyInArrow(...)`.

use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use super::function_schema::rows_of;
use crate::error::{Result, unsupported};
use crate::proto::connect::GroupMap;
use crate::python::{PythonTable, TaskFunction, offsets, python_of};

pub(super) async fn plan(planner: &mut Planner<'_>, map: &GroupMap) -> Result<LogicalPlan> {
    let python = python_of(map.func.as_ref())?;
    let name = match python.eval_type {
        201 | 216 => "applyInPandas",
        209 | 215 => "applyInArrow",
        211..=214 => return Err(unsupported("GroupedData.transformWithState")),
        other => return Err(unsupported(format!("a function of kind {other} over groups"))),
    };
    let input = planner.input(map.input.as_deref()).await?;
    let keys = planner.scope(&input).named(&map.grouping_expressions)?;
    let grouped = engine::plan::grouped(input, keys)?;
    let offsets = offsets(&grouped.keys, grouped.values);
    let function = TaskFunction::of(planner.session, python, &offsets, name)?;
    let table = PythonTable { function, name, schema: rows_of(python)?, keys: vec![grouped.keys] };
    Ok(engine::plan::apply_function(vec![grouped.rows], Arc::new(table))?)
}
