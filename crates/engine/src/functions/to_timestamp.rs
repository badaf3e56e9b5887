//! wip
use arrow::array::{ArrayRef, StringArray, TimestampMicrosecondArray};
use std::sync::Arc;
pub(super) fn parse_default(text: &StringArray, _zone: &str) -> ArrayRef {
    let x: TimestampMicrosecondArray = text.iter().map(|_| None).collect();
    Arc::new(x)
}
