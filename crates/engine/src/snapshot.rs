//! The bounded picture of a running query's current result: what the live page shows.

use arrow::array::RecordBatch;

/// Rows that a snapshot holds at most.
pub const SNAPSHOT_ROWS: usize = 1000;

/// A query's result after a batch: the whole table (complete), the last changes (update) or last rows (append).
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The batch after which it was taken.
    pub batch_id: u64,
    /// At most [`SNAPSHOT_ROWS`] rows.
    pub rows: RecordBatch,
    /// How many rows the batch's output had in all.
    pub total_rows: usize,
    /// The query's watermark in milliseconds since 1970, if it has one.
    pub watermark_ms: Option<i64>,
    /// Rows held in the state of all operators.
    pub state_rows: u64,
}

impl Snapshot {
    /// The column names.
    pub fn columns(&self) -> Vec<String> {
        self.rows.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The rows as cells of text, formatted as `show` does, times in `time_zone` (such as `UTC`, `Europe/Berlin`).
    pub fn cells(&self, time_zone: &str) -> Vec<Vec<String>> {
        let columns: Vec<_> =
            self.rows.columns().iter().map(|column| crate::show::cells(column, time_zone)).collect();
        (0..self.rows.num_rows())
            .map(|row| columns.iter().map(|c| c.get(row).cloned().unwrap_or_default()).collect())
            .collect()
    }
}
