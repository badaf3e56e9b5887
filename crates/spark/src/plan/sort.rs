//! `Sort`: `df.orderBy(...)`.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::Planner;
use crate::error::Result;
use crate::expr::sort_order;
use crate::proto::connect::Sort;

/// Sorting within partitions is sorting: there is one partition that a program could tell apart.
pub(super) async fn plan(planner: &mut Planner<'_>, sort: &Sort) -> Result<LogicalPlan> {
    let input = planner.input(sort.input.as_deref()).await?;
    let scope = planner.scope(&input);
    let orders =
        sort.order.iter().map(|order| sort_order::convert(&scope, order)).collect::<Result<Vec<_>>>()?;
    Ok(LogicalPlanBuilder::from(input).sort(orders)?.build()?)
}
