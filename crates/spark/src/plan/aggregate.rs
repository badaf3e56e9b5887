//! `Aggregate`: `df.groupBy(...).agg(...)`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;
use millstream_engine::plan::Grouping;

use super::Planner;
use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::Aggregate;
use crate::proto::connect::aggregate::GroupType;

pub(super) async fn plan(planner: &mut Planner<'_>, aggregate: &Aggregate) -> Result<LogicalPlan> {
    let grouping = match aggregate.group_type() {
        GroupType::Groupby => Grouping::All,
        GroupType::Rollup => Grouping::Rollup,
        GroupType::Cube => Grouping::Cube,
        GroupType::Pivot => return super::pivot::plan(planner, aggregate).await,
        GroupType::GroupingSets => return Err(unsupported("DataFrame.groupingSets")),
        GroupType::Unspecified => return Err(invalid_plan("The aggregation has no group type.")),
    };
    let input = planner.input(aggregate.input.as_deref()).await?;
    let scope = planner.scope(&input);
    let groups = scope.named(&aggregate.grouping_expressions)?;
    let aggregates = scope.named(&aggregate.aggregate_expressions)?;
    Ok(engine::plan::aggregate_over(input, grouping, groups, aggregates)?)
}
