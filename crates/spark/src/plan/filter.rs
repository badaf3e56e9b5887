//! `Filter`: `df.filter(...)`, `df.where(...)`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::Result;
use crate::proto::connect::Filter;

pub(super) async fn plan(planner: &mut Planner<'_>, filter: &Filter) -> Result<LogicalPlan> {
    let input = planner.input(filter.input.as_deref()).await?;
    let predicate = planner.scope(&input).required(filter.condition.as_ref())?;
    Ok(engine::plan::filter(input, predicate)?)
}
