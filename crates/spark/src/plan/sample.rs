//! `Sample`: `df.sample(fraction)`: each row with that chance. The choice is another one each time, whatever the seed.

use datafusion::logical_expr::{LogicalPlan, lit};
use millstream_engine as engine;

use super::Planner;
use crate::error::{Result, unsupported};
use crate::proto::connect::Sample;

pub(super) async fn plan(planner: &mut Planner<'_>, sample: &Sample) -> Result<LogicalPlan> {
    if sample.with_replacement() {
        return Err(unsupported("DataFrame.sample with replacement"));
    }
    let input = planner.input(sample.input.as_deref()).await?;
    let chance = engine::functions::call("rand", vec![], false)?.unalias();
    let share = sample.upper_bound - sample.lower_bound;
    Ok(engine::plan::filter(input, chance.lt(lit(share)))?)
}
