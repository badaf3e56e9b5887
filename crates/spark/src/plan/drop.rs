//! `Drop`: `df.drop(...)`. A column that is not there is no error, as with Spark.

use datafusion::logical_expr::{Expr, LogicalPlan};
use millstream_engine as engine;

use super::{Planner, columns};
use crate::error::{Result, SparkError};
use crate::proto::connect::Drop;

pub(super) async fn plan(planner: &mut Planner<'_>, drop: &Drop) -> Result<LogicalPlan> {
    let input = planner.input(drop.input.as_deref()).await?;
    let scope = planner.scope(&input);
    let mut gone: Vec<Expr> = Vec::new();
    for column in &drop.columns {
        match scope.convert(column) {
            Ok(expr) => gone.push(expr),
            Err(error) if is_unresolved(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let named = |name: &str| drop.column_names.iter().any(|gone| gone.eq_ignore_ascii_case(name));
    let fields = input.schema().fields().iter();
    let kept = columns(&input)
        .into_iter()
        .zip(fields)
        .filter(|(column, field)| !named(field.name()) && !gone.contains(column));
    let kept = kept.map(|(column, _)| column).collect();
    Ok(engine::plan::select(input, kept)?)
}

fn is_unresolved(error: &SparkError) -> bool {
    error.condition_name().is_some_and(|name| name.starts_with("UNRESOLVED_COLUMN"))
}
