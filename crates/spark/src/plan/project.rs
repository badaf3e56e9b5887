//! `Project`: `df.select(...)`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::Result;
use crate::proto::connect::Project;

pub(super) async fn plan(planner: &mut Planner<'_>, project: &Project) -> Result<LogicalPlan> {
    let input = match &project.input {
        Some(input) => planner.relation(input).await?,
        // A select without a table: one row.
        None => datafusion::logical_expr::LogicalPlanBuilder::empty(true).build()?,
    };
    let exprs = planner.scope(&input).named(&project.expressions)?;
    Ok(engine::plan::select(input, exprs)?)
}
