//! `groupBy(...).pivot(column, values).agg(...)`: a column for each value of the pivot column.

use datafusion::logical_expr::{Expr, LogicalPlan, lit, when};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt as _;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Kind, Result, SparkError, invalid_plan};
use crate::expr::literal_value;
use crate::proto::connect::Aggregate;

/// Columns that a pivot may make when the program does not name the values (`spark.sql.pivotMaxValues`).
const MAX_VALUES: usize = 10_000;

pub(super) async fn plan(planner: &mut Planner<'_>, aggregate: &Aggregate) -> Result<LogicalPlan> {
    let input = planner.input(aggregate.input.as_deref()).await?;
    let pivot = aggregate.pivot.as_ref().ok_or_else(|| invalid_plan("The pivot has no column."))?;
    let scope = planner.scope(&input);
    let column = scope.required(pivot.col.as_ref())?;
    let groups = scope.named(&aggregate.grouping_expressions)?;
    let aggregates = scope.named(&aggregate.aggregate_expressions)?;
    let values = if pivot.values.is_empty() {
        distinct(planner, &input, column.clone()).await?
    } else {
        pivot.values.iter().map(literal_value).collect::<Result<_>>()?
    };
    let single = aggregates.len() == 1;
    let mut exprs = Vec::new();
    for value in values {
        let text = name_of(&value);
        let is_it = if value.is_null() { column.clone().is_null() } else { column.clone().eq(lit(value)) };
        for aggregate in &aggregates {
            let own = engine::functions::name_of(aggregate);
            let name = if single { text.clone() } else { format!("{text}_{own}") };
            exprs.push(only_where(aggregate.clone().unalias(), &is_it)?.alias(name));
        }
    }
    Ok(engine::plan::aggregate(input, groups, exprs)?)
}

/// The aggregate over those rows alone: the others give it null, which no aggregate counts.
fn only_where(aggregate: Expr, condition: &Expr) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode as _};
    let replaced = aggregate.transform_down(|expr| {
        let Expr::AggregateFunction(mut function) = expr else { return Ok(Transformed::no(expr)) };
        if let Some(first) = function.params.args.first_mut() {
            *first = when(condition.clone(), first.clone()).end()?;
        }
        let stop = datafusion::common::tree_node::TreeNodeRecursion::Jump;
        Ok(Transformed::new(Expr::AggregateFunction(function), true, stop))
    })?;
    Ok(replaced.data)
}

async fn distinct(planner: &Planner<'_>, input: &LogicalPlan, column: Expr) -> Result<Vec<ScalarValue>> {
    let values = engine::plan::aggregate(input.clone(), vec![column.alias("value")], vec![])?;
    let rows = planner.session.engine.execute(values).await?;
    let rows: Vec<_> = rows.try_collect().await?;
    let mut found = Vec::new();
    for batch in &rows {
        for row in 0..batch.num_rows() {
            found.push(ScalarValue::try_from_array(batch.column(0), row)?);
        }
    }
    if found.len() > MAX_VALUES {
        let text =
            format!("The pivot column has more than {MAX_VALUES} distinct values; name those that you want.");
        return Err(SparkError::plain(Kind::Analysis, text));
    }
    found.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    Ok(found)
}

fn name_of(value: &ScalarValue) -> String {
    if value.is_null() { "null".to_owned() } else { value.to_string() }
}
