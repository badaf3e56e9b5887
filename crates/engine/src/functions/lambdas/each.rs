//! Lambdas of one item: `transform`, `filter`, `exists`, `forall`.

use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, BooleanArray, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{exec_err, internal_datafusion_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs};

use super::items::{Items, lambda, nothing};

/// The items and what the lambda says about each.
fn asked(args: &HigherOrderFunctionArgs) -> Result<Option<(Items, arrow::array::ArrayRef)>> {
    let Some(items) = Items::of(args)? else { return Ok(None) };
    let function = lambda(args, 1)?.ok_or_else(|| internal_datafusion_err!("the lambda is missing"))?;
    let said = items.each(function)?;
    Ok(Some((items, said)))
}

pub(super) fn transform(args: &HigherOrderFunctionArgs) -> Result<ColumnarValue> {
    let Some((items, made)) = asked(args)? else { return nothing(args) };
    let DataType::List(field) = args.return_type() else { return exec_err!("transform gives a list") };
    let list = ListArray::try_new(Arc::clone(field), items.offsets, made, items.list.nulls().cloned())?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

/// What is null is not kept.
pub(super) fn filter(args: &HigherOrderFunctionArgs) -> Result<ColumnarValue> {
    let Some((items, said)) = asked(args)? else { return nothing(args) };
    let said = truths(&said)?;
    let kept = arrow::compute::filter(&items.values, &said)?;
    let lengths = items.offsets.windows(2).map(|bounds| {
        let [from, to] =
            [bounds.first(), bounds.last()].map(|at| at.map_or(0, |at| usize::try_from(*at).unwrap_or(0)));
        (from..to).filter(|place| said.is_valid(*place) && said.value(*place)).count()
    });
    let offsets = OffsetBuffer::from_lengths(lengths);
    let DataType::List(field) = args.return_type() else { return exec_err!("filter gives a list") };
    let list = ListArray::try_new(Arc::clone(field), offsets, kept, items.list.nulls().cloned())?;
    Ok(ColumnarValue::Array(Arc::new(list)))
}

/// `exists` finds a true one, `forall` a false one; null if there is none, but one of which it is not known.
pub(super) fn any(args: &HigherOrderFunctionArgs, wanted: bool) -> Result<ColumnarValue> {
    let Some((items, said)) = asked(args)? else { return nothing(args) };
    let said = truths(&said)?;
    let answers = items.offsets.windows(2).enumerate().map(|(row, bounds)| {
        if items.list.is_null(row) {
            return None;
        }
        let [from, to] =
            [bounds.first(), bounds.last()].map(|at| at.map_or(0, |at| usize::try_from(*at).unwrap_or(0)));
        let mut unknown = false;
        for place in from..to {
            match said.is_valid(place).then(|| said.value(place)) {
                Some(found) if found == wanted => return Some(wanted),
                Some(_) => {}
                None => unknown = true,
            }
        }
        (!unknown).then_some(!wanted)
    });
    Ok(ColumnarValue::Array(Arc::new(answers.collect::<BooleanArray>())))
}

fn truths(said: &arrow::array::ArrayRef) -> Result<BooleanArray> {
    Ok(cast(said, &DataType::Boolean)?.as_boolean().clone())
}
