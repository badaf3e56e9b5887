//! The rows of a table by their groups.

use std::collections::HashMap;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::row::{RowConverter, SortField};

use crate::EngineError;

/// Where the rows of a group are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSpan {
    /// The group's key in Arrow's row encoding: the same key has the same bytes, and bytes sort as keys do.
    pub key: Vec<u8>,
    /// Where its rows begin.
    pub start: usize,
    /// How many there are.
    pub rows: usize,
}

/// The rows with each group's together, in their old order, and the groups by their keys.
///
/// # Errors
/// A key of a type that cannot be compared.
pub fn rows_by_group(
    rows: &RecordBatch,
    keys: &[usize],
) -> Result<(RecordBatch, Vec<GroupSpan>), EngineError> {
    let by_key = rows.project(keys)?;
    let fields = by_key.columns().iter().map(|c| SortField::new(c.data_type().clone())).collect();
    let encoded = match keys {
        // Arrow's row encoding of no columns has no rows at all: without keys there is one group.
        [] => None,
        _ => Some(RowConverter::new(fields)?.convert_columns(by_key.columns())?),
    };
    let mut groups: HashMap<&[u8], Vec<u32>> = HashMap::new();
    for (place, row) in (0_u32..).zip(0..rows.num_rows()) {
        let key = encoded.as_ref().map_or(&[] as &[u8], |encoded| encoded.row(row).data());
        groups.entry(key).or_default().push(place);
    }
    let mut groups: Vec<(&[u8], Vec<u32>)> = groups.into_iter().collect();
    groups.sort_unstable_by_key(|(key, _)| *key);
    let mut spans = Vec::with_capacity(groups.len());
    let mut start = 0;
    for (key, members) in &groups {
        spans.push(GroupSpan { key: key.to_vec(), start, rows: members.len() });
        start += members.len();
    }
    let order: UInt32Array = groups.into_iter().flat_map(|(_, members)| members).collect();
    Ok((take_record_batch(rows, &order)?, spans))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray as _, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    #[test]
    fn groups_come_by_key_and_keep_the_order_of_their_rows() {
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("b"), Some("a"), None, Some("b")]));
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3, 4]));
        let rows = RecordBatch::try_from_iter([("name", names), ("number", numbers)]).unwrap();
        let table: [(&[usize], &[i64], &[usize]); 3] = [
            (&[0], &[3, 2, 1, 4], &[1, 1, 2]),
            (&[], &[1, 2, 3, 4], &[4]),
            (&[1, 0], &[1, 2, 3, 4], &[1; 4]),
        ];
        for (keys, numbers, counts) in table {
            let (rows, spans) = rows_by_group(&rows, keys).unwrap();
            assert_eq!(rows.column(1).as_primitive::<Int64Type>().values(), numbers);
            assert_eq!(spans.iter().map(|span| span.rows).collect::<Vec<_>>(), counts);
        }
    }
}
