//! `SubqueryAlias`: `df.alias("t")`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::Result;
use crate::proto::connect::SubqueryAlias;

pub(super) async fn plan(planner: &mut Planner<'_>, alias: &SubqueryAlias) -> Result<LogicalPlan> {
    let input = planner.input(alias.input.as_deref()).await?;
    Ok(engine::plan::alias(input, &alias.alias)?)
}
