//! `Deduplicate`: `df.distinct()`, `df.dropDuplicates([...])`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Result, unsupported};
use crate::proto::connect::Deduplicate;

pub(super) async fn plan(planner: &mut Planner<'_>, deduplicate: &Deduplicate) -> Result<LogicalPlan> {
    if deduplicate.within_watermark() {
        return Err(unsupported("DataFrame.dropDuplicatesWithinWatermark"));
    }
    let input = planner.input(deduplicate.input.as_deref()).await?;
    let columns: &[String] = if deduplicate.all_columns_as_keys() { &[] } else { &deduplicate.column_names };
    Ok(engine::plan::drop_duplicates(input, columns)?)
}
