//! `Limit` and `Offset`: `df.limit(n)`, `df.offset(n)`.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::Planner;
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::{Limit, Offset};

pub(super) async fn plan(planner: &mut Planner<'_>, limit: &Limit) -> Result<LogicalPlan> {
    let input = planner.input(limit.input.as_deref()).await?;
    let rows = count("limit", limit.limit)?;
    Ok(LogicalPlanBuilder::from(input).limit(0, Some(rows))?.build()?)
}

pub(super) async fn offset(planner: &mut Planner<'_>, offset: &Offset) -> Result<LogicalPlan> {
    let input = planner.input(offset.input.as_deref()).await?;
    let rows = count("offset", offset.offset)?;
    Ok(LogicalPlanBuilder::from(input).limit(rows, None)?.build()?)
}

fn count(name: &str, value: i32) -> Result<usize> {
    usize::try_from(value).map_err(|_| {
        let text = format!(
            "The limit like expression \"{value}\" is invalid. \
             The {name} expression must be equal to or greater than 0, but got {value}."
        );
        SparkError::new(Kind::Analysis, "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", "42K0E", text)
            .with("name", name)
            .with("expr", format!("\"{value}\""))
            .with("v", value.to_string())
    })
}
