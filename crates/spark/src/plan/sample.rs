//! `Sample`: `df.sample(fraction, seed)`, and the parts of `df.randomSplit(...)`: each row has a number between 0 and 1,
//! which the seed and its place decide; those within the bounds are taken. So the parts of a split are no two alike.

use arrow::datatypes::DataType;
use datafusion::logical_expr::{LogicalPlan, lit};
use millstream_engine as engine;

use super::{Planner, columns};
use crate::error::{Result, unsupported};
use crate::proto::connect::Sample;

/// The column of the rows' numbers, between the plans that make and use it.
const CHANCE: &str = "__chance";

pub(super) async fn plan(planner: &mut Planner<'_>, sample: &Sample) -> Result<LogicalPlan> {
    if sample.with_replacement() {
        return Err(unsupported("DataFrame.sample with replacement"));
    }
    let input = planner.input(sample.input.as_deref()).await?;
    let own = columns(&input);
    let place = engine::functions::call("monotonically_increasing_id", vec![], false)?;
    let seed = sample.seed.unwrap_or_else(|| chrono::Utc::now().timestamp_micros());
    let hash = engine::functions::call("hash", vec![place, lit(seed)], false)?.unalias();
    let chance =
        (engine::functions::cast(hash, DataType::Float64) + lit(2_147_483_648.0)) / lit(4_294_967_296.0);
    let numbered = engine::plan::with_columns(input, vec![(CHANCE.to_owned(), chance)])?;
    let number = engine::plan::column(&numbered, CHANCE)?;
    let within = number.clone().gt_eq(lit(sample.lower_bound)).and(number.lt(lit(sample.upper_bound)));
    Ok(engine::plan::select(engine::plan::filter(numbered, within)?, own)?)
}
