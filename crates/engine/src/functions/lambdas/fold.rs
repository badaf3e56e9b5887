//! `aggregate(list, start, (acc, x) -> ..., acc -> ...)`: the lists of a batch are folded side by side, item by item.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, UInt32Array};
use arrow::compute::{interleave, is_null, nullif, take, take_arrays};
use datafusion::common::internal_datafusion_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, HigherOrderFunctionArgs, LambdaArgument};

use super::items::{Items, lambda, nothing, value};

pub(super) fn aggregate(args: &HigherOrderFunctionArgs) -> Result<ColumnarValue> {
    let Some(items) = Items::of(args)? else { return nothing(args) };
    let merge = lambda(args, 2)?.ok_or_else(|| internal_datafusion_err!("the lambda is missing"))?;
    let mut folded = value(args, 1)?;
    let longest = items.offsets.lengths().max().unwrap_or(0);
    for step in 0..longest {
        folded = one_step(&items, merge, &folded, step)?;
    }
    if let Some(finish) = lambda(args, 3)? {
        let before = || Ok(Arc::clone(&folded));
        folded =
            finish.evaluate(&[&before], |captures| Ok(captures.to_vec()))?.into_array(args.number_rows)?;
    }
    Ok(ColumnarValue::Array(nullif(&folded, &is_null(&items.list)?)?))
}

/// Item `step` of the lists that have one goes into their results.
fn one_step(items: &Items, merge: &LambdaArgument, folded: &ArrayRef, step: usize) -> Result<ArrayRef> {
    let starts = items.offsets.iter().map(|start| usize::try_from(*start).unwrap_or(0));
    let have = items.offsets.lengths().zip(starts).enumerate().filter(|(_, (length, _))| *length > step);
    let (rows, places): (Vec<usize>, Vec<usize>) = have.map(|(row, (_, start))| (row, start + step)).unzip();
    let (taken, places) = (indices(&rows)?, indices(&places)?);
    let before = take(folded, &taken, None)?;
    let item = take(&items.values, &places, None)?;
    let after = merge
        .evaluate(&[&|| Ok(Arc::clone(&before)), &|| Ok(Arc::clone(&item))], |captures| {
            Ok(take_arrays(captures, &taken, None)?)
        })?
        .into_array(rows.len())?;
    if rows.len() == folded.len() {
        return Ok(after);
    }
    let mut from: Vec<(usize, usize)> = (0..folded.len()).map(|row| (0, row)).collect();
    for (place, row) in rows.iter().enumerate() {
        if let Some(one) = from.get_mut(*row) {
            *one = (1, place);
        }
    }
    Ok(interleave(&[folded.as_ref(), after.as_ref()], &from)?)
}

fn indices(places: &[usize]) -> Result<UInt32Array> {
    let places = places.iter().map(|place| u32::try_from(*place));
    let places: std::result::Result<Vec<u32>, _> = places.collect();
    Ok(places.map_err(|_| internal_datafusion_err!("more rows than a batch can have"))?.into())
}
