//! Spark's table text: `df.show()` and the console sink.

use arrow::array::ArrayRef;

/// The cells of a column as `show` writes them, times in `time_zone`.
pub fn cells(column: &ArrayRef, time_zone: &str) -> Vec<String> {
    let _ = time_zone;
    vec![String::new(); column.len()]
}
