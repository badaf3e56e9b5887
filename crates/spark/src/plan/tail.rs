//! `Tail`: `df.tail(n)`: the last rows, in their order.

use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, UNNAMED_TABLE};
use std::sync::Arc;

use super::Planner;
use crate::error::Result;
use crate::proto::connect::Tail;

/// The rows have to be made to know which are the last.
pub(super) async fn plan(planner: &mut Planner<'_>, tail: &Tail) -> Result<LogicalPlan> {
    let input = planner.input(tail.input.as_deref()).await?;
    let (schema, rows) = planner.session.engine.collect(input).await?;
    let total: usize = rows.iter().map(|rows| rows.num_rows()).sum();
    let mut skip = total.saturating_sub(usize::try_from(tail.limit).unwrap_or(0));
    let mut last = Vec::new();
    for batch in rows {
        let skipped = skip.min(batch.num_rows());
        skip -= skipped;
        if skipped < batch.num_rows() {
            last.push(batch.slice(skipped, batch.num_rows() - skipped).with_schema(Arc::clone(&schema))?);
        }
    }
    let table = MemTable::try_new(schema, vec![last])?;
    Ok(LogicalPlanBuilder::scan(UNNAMED_TABLE, provider_as_source(Arc::new(table)), None)?.build()?)
}
