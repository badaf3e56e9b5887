//! `ShowString`: `df.show()`: the table as text, in a column of one row.

use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::rows;
use crate::error::{Result, invalid_plan};
use crate::plan::Planner;
use crate::proto::connect::ShowString;
use crate::session::{Operation, Session};

/// Rows that one `show` prints at most.
const MAX_ROWS: i32 = 1_000_000;

pub(super) async fn run(session: &Session, operation: &Operation, show: &ShowString) -> Result<()> {
    let input = show.input.as_deref().ok_or_else(|| invalid_plan("show() lacks its input."))?;
    let plan = Planner::new(session).relation(input).await?;
    let rows = usize::try_from(show.num_rows.clamp(0, MAX_ROWS)).unwrap_or_default();
    let truncate = usize::try_from(show.truncate.max(0)).unwrap_or_default();
    let text = session.engine.show(plan, rows, truncate, show.vertical).await?;
    let schema = Schema::new(vec![Field::new("show_string", DataType::Utf8, true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(StringArray::from(vec![text]))])?;
    rows::send_batch(operation, &batch).await
}
