//! `Range`: `spark.range(...)`, one column `id`. Its rows are made as they are read, never held at once.

use datafusion::catalog::TableFunctionArgs;
use datafusion::common::Column;
use datafusion::datasource::provider_as_source;
use datafusion::functions_table::range;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::Planner;
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::Range;

pub(super) fn plan(planner: &Planner<'_>, asked: &Range) -> Result<LogicalPlan> {
    let (start, end, step) = (asked.start.unwrap_or(0), asked.end, asked.step);
    if step == 0 {
        let text = "requirement failed: step (0) cannot be 0";
        return Err(SparkError::plain(Kind::IllegalArgument, text));
    }
    // A range that runs away from its end has no rows.
    let runs_away = if step > 0 { start > end } else { start < end };
    let end = if runs_away { start } else { end };
    let state = planner.session.engine.context().state();
    let bounds = [lit(start), lit(end), lit(step)];
    let rows = range().create_table_provider_with_args(TableFunctionArgs::new(&bounds, &state))?;
    let scan = LogicalPlanBuilder::scan("range", provider_as_source(rows), None)?;
    Ok(scan.project([Expr::Column(Column::from_name("value")).alias("id")])?.build()?)
}
