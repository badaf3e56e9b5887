//! `SubqueryAlias`: `df.alias("t")`.

use datafusion::common::TableReference;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::Planner;
use crate::error::Result;
use crate::proto::connect::SubqueryAlias;

pub(super) async fn plan(planner: &mut Planner<'_>, alias: &SubqueryAlias) -> Result<LogicalPlan> {
    let input = planner.input(alias.input.as_deref()).await?;
    Ok(LogicalPlanBuilder::from(input).alias(TableReference::bare(alias.alias.as_str()))?.build()?)
}
