//! The console sink: each batch as a table of text.

use async_trait::async_trait;
use futures::TryStreamExt as _;

use super::{Sink, SinkBatch};
use crate::show::{Show, show};
use crate::{ConsoleOut, EngineError, Options};

const LINE: &str = "-------------------------------------------";

/// Options `numRows` (20) and `truncate` (true).
#[derive(Debug)]
pub(super) struct ConsoleSink {
    out: ConsoleOut,
    how: Show,
}

impl ConsoleSink {
    pub(super) fn new(options: &Options, out: ConsoleOut, time_zone: String) -> Result<Self, EngineError> {
        let rows = options.number("numRows", 0)?.unwrap_or(20);
        let truncate = if options.flag("truncate")?.unwrap_or(true) { 20 } else { 0 };
        let rows = usize::try_from(rows).unwrap_or(usize::MAX);
        Ok(Self { out, how: Show { rows, truncate, vertical: false, time_zone } })
    }
}

#[async_trait]
impl Sink for ConsoleSink {
    fn description(&self) -> String {
        "org.apache.spark.sql.execution.streaming.ConsoleTable$".to_owned()
    }

    async fn add_batch(&self, mut batch: SinkBatch) -> Result<(), EngineError> {
        let (mut shown, mut more, mut left) = (Vec::new(), false, self.how.rows);
        while let Some(rows) = batch.rows.try_next().await? {
            let take = rows.num_rows().min(left);
            more |= take < rows.num_rows();
            left -= take;
            shown.push(rows.slice(0, take));
        }
        let table = show(&batch.schema, &shown, more, &self.how);
        self.out.write(&format!("{LINE}\nBatch: {}\n{LINE}\n{table}\n", batch.batch_id));
        Ok(())
    }
}
