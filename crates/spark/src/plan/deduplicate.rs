//! `Deduplicate`: `df.distinct()`, `df.dropDuplicates([...])`.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine as engine;

use super::Planner;
use crate::error::{Result, unsupported};
use crate::expr::attribute;
use crate::proto::connect::Deduplicate;

pub(super) async fn plan(planner: &mut Planner<'_>, deduplicate: &Deduplicate) -> Result<LogicalPlan> {
    if deduplicate.within_watermark() {
        return Err(unsupported("DataFrame.dropDuplicatesWithinWatermark"));
    }
    let input = planner.input(deduplicate.input.as_deref()).await?;
    let schema = input.schema();
    let names = deduplicate.column_names.iter();
    let columns: Vec<String> = match deduplicate.all_columns_as_keys() {
        true => Vec::new(),
        false => {
            names.map(|name| attribute::column_named(schema, name).map(|c| c.name)).collect::<Result<_>>()?
        }
    };
    Ok(engine::plan::drop_duplicates(input, &columns)?)
}
