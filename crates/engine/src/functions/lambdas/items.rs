//! The items of a column of lists, laid side by side, and the rows that they are of.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, Int32Array, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take_arrays;
use datafusion::common::utils::adjust_offsets_for_slice;
use datafusion::common::{exec_err, internal_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs, LambdaArgument, ValueOrLambda};

/// A column of lists.
#[derive(Debug)]
pub(super) struct Items {
    pub(super) list: ListArray,
    /// All items; null lists have none.
    pub(super) values: ArrayRef,
    /// Where each list's items begin among them.
    pub(super) offsets: OffsetBuffer<i32>,
}

/// Argument `place`, as values.
pub(super) fn value(args: &HigherOrderFunctionArgs, place: usize) -> Result<ArrayRef> {
    match args.args.get(place) {
        Some(ValueOrLambda::Value(value)) => value.to_array(args.number_rows),
        _ => internal_err!("argument {place} is no value"),
    }
}

/// Argument `place`, as a lambda, if there is one.
pub(super) fn lambda(args: &HigherOrderFunctionArgs, place: usize) -> Result<Option<&LambdaArgument>> {
    match args.args.get(place) {
        Some(ValueOrLambda::Lambda(lambda)) => Ok(Some(lambda)),
        None => Ok(None),
        Some(_) => internal_err!("argument {place} is no lambda"),
    }
}

impl Items {
    /// The items of the first argument; none if all of its rows are null.
    pub(super) fn of(args: &HigherOrderFunctionArgs) -> Result<Option<Self>> {
        let lists = value(args, 0)?;
        if lists.null_count() == lists.len() || lists.data_type().is_null() {
            return Ok(None);
        }
        let Some(list) = lists.as_list_opt::<i32>() else {
            return exec_err!("a list is needed, and not {}", lists.data_type());
        };
        let offsets = adjust_offsets_for_slice(list);
        let first = list.offsets().first().copied().unwrap_or(0);
        let count = offsets.last().copied().unwrap_or(0);
        let values =
            list.values().slice(usize::try_from(first).unwrap_or(0), usize::try_from(count).unwrap_or(0));
        Ok(Some(Self { list: list.clone(), values, offsets }))
    }

    /// The row of each item.
    fn rows(&self) -> UInt32Array {
        let rows = (0_u32..).zip(self.offsets.lengths());
        rows.flat_map(|(row, length)| std::iter::repeat_n(row, length)).collect::<Vec<_>>().into()
    }

    /// The place of each item in its list, from 0.
    fn places(&self) -> Int32Array {
        self.offsets.lengths().flat_map(|length| (0_i32..).take(length)).collect::<Vec<_>>().into()
    }

    /// What a lambda of one item (and its place) gives for each.
    pub(super) fn each(&self, lambda: &LambdaArgument) -> Result<ArrayRef> {
        let item = || Ok(Arc::clone(&self.values));
        let place = || Ok(Arc::new(self.places()) as ArrayRef);
        let made =
            lambda.evaluate(&[&item, &place], |captures| Ok(take_arrays(captures, &self.rows(), None)?))?;
        made.into_array(self.values.len())
    }
}

/// Nulls for all rows.
pub(super) fn nothing(args: &HigherOrderFunctionArgs) -> Result<ColumnarValue> {
    Ok(ColumnarValue::Array(arrow::array::new_null_array(args.return_type(), args.number_rows)))
}
