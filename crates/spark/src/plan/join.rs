//! `Join`: `df.join(other, on, how)`, `df.crossJoin(other)`.

use datafusion::common::JoinType;
use datafusion::logical_expr::LogicalPlan;
use millstream_engine::plan::JoinInputs;

use super::Planner;
use crate::error::{Result, invalid_plan, unsupported};
use crate::proto::connect::Join;
use crate::proto::connect::join::JoinType as Asked;

pub(super) async fn plan(planner: &mut Planner<'_>, join: &Join) -> Result<LogicalPlan> {
    if join.join_data_type.is_some() {
        return Err(unsupported("Dataset.joinWith"));
    }
    let left = planner.input(join.left.as_deref()).await?;
    let right = planner.input(join.right.as_deref()).await?;
    let how = match join.join_type() {
        Asked::Inner | Asked::Cross => JoinType::Inner,
        Asked::FullOuter => JoinType::Full,
        Asked::LeftOuter => JoinType::Left,
        Asked::RightOuter => JoinType::Right,
        Asked::LeftAnti => JoinType::LeftAnti,
        Asked::LeftSemi => JoinType::LeftSemi,
        Asked::Unspecified => return Err(invalid_plan("The join has no type.")),
    };
    let inputs = JoinInputs::new(left, right)?;
    if !join.using_columns.is_empty() {
        return Ok(inputs.using(how, &join.using_columns)?);
    }
    let condition = match &join.join_condition {
        Some(condition) => Some(planner.scope(&inputs.both()?).convert(condition)?),
        None => None,
    };
    Ok(inputs.on(how, condition)?)
}
