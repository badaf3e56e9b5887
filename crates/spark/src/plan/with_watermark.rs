//! `WithWatermark`: `df.withWatermark(column, delay)`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::Result;
use crate::proto::connect::WithWatermark;

pub(super) async fn plan(planner: &mut Planner<'_>, watermark: &WithWatermark) -> Result<LogicalPlan> {
    let input = planner.input(watermark.input.as_deref()).await?;
    Ok(engine::plan::with_watermark(input, &watermark.event_time, &watermark.delay_threshold)?)
}
