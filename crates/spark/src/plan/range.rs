//! `Range`: `spark.range(...)`, one column `id`.

use datafusion::logical_expr::LogicalPlan;

use super::Planner;
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::Range;

/// The most rows of a range: what it takes is worked off in pieces, never held at once.
pub(super) async fn plan(planner: &mut Planner<'_>, range: &Range) -> Result<LogicalPlan> {
    if range.step == 0 {
        let text = "requirement failed: step (0) cannot be 0";
        return Err(SparkError::plain(Kind::IllegalArgument, text));
    }
    let (start, end, step) = (range.start.unwrap_or(0), range.end, range.step);
    let sql =
        format!("SELECT value AS id FROM range(CAST({start} AS BIGINT), CAST({end} AS BIGINT), {step})");
    let frame = planner.session.engine.context().sql(&sql).await?;
    Ok(frame.into_unoptimized_plan())
}
