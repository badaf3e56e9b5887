//! `MapPartitions`: `df.mapInPandas(...)`, `df.mapInArrow(...)`.

use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use super::function_schema::rows_of;
use crate::error::{Result, unsupported};
use crate::proto::connect::MapPartitions;
use crate::python::{PythonTable, TaskFunction, python_of};

pub(super) async fn plan(planner: &mut Planner<'_>, map: &MapPartitions) -> Result<LogicalPlan> {
    let input = planner.input(map.input.as_deref()).await?;
    let python = python_of(map.func.as_ref())?;
    let name = match python.eval_type {
        205 => "mapInPandas",
        207 => "mapInArrow",
        other => return Err(unsupported(format!("a function of kind {other} over a DataFrame"))),
    };
    let function = TaskFunction::of(planner.session, python, &[0], name)?;
    let table = PythonTable { function, name, schema: rows_of(python)?, keys: Vec::new() };
    Ok(engine::plan::apply_function(vec![input], Arc::new(table))?)
}
