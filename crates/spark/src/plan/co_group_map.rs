//! `CoGroupMap`: `a.groupBy(...).cogroup(b.groupBy(...)).applyInPandas(...)`, `.applyInArrow(...)`.

use std::sync::Arc;

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;
use millstream_engine::plan::Grouped;

use super::Planner;
use super::function_schema::rows_of;
use crate::error::{Kind, Result, SparkError, unsupported};
use crate::proto::connect::{CoGroupMap, Expression, Relation};
use crate::python::{PythonTable, TaskFunction, offsets, python_of};
use crate::types::{canonical, nullable};

pub(super) async fn plan(planner: &mut Planner<'_>, map: &CoGroupMap) -> Result<LogicalPlan> {
    let python = python_of(map.func.as_ref())?;
    let name = match python.eval_type {
        206 => "cogroup().applyInPandas",
        210 => "cogroup().applyInArrow",
        other => return Err(unsupported(format!("a function of kind {other} over cogrouped tables"))),
    };
    let one = side(planner, map.input.as_deref(), &map.input_grouping_expressions).await?;
    let other = side(planner, map.other.as_deref(), &map.other_grouping_expressions).await?;
    if key_types(&one)? != key_types(&other)? {
        let text = "Cogroup keys must have the same size and the same types on both sides: cast one side's.";
        return Err(SparkError::plain(Kind::Analysis, text));
    }
    let mut both = offsets(&one.keys, one.values);
    both.extend(offsets(&other.keys, other.values));
    let function = TaskFunction::of(planner.session, python, &both, name)?;
    let keys = vec![one.keys, other.keys];
    let table = PythonTable { function, name, schema: rows_of(python)?, keys };
    Ok(engine::plan::apply_function(vec![one.rows, other.rows], Arc::new(table))?)
}

async fn side(planner: &mut Planner<'_>, input: Option<&Relation>, keys: &[Expression]) -> Result<Grouped> {
    let input = planner.input(input).await?;
    let keys = planner.scope(&input).named(keys)?;
    Ok(engine::plan::grouped(input, keys)?)
}

fn key_types(side: &Grouped) -> Result<Vec<arrow::datatypes::DataType>> {
    let fields = side.rows.schema().fields();
    let keys = side.keys.iter().filter_map(|key| fields.get(*key));
    keys.map(|field| canonical(&nullable(field.data_type()), "UTC")).collect()
}
