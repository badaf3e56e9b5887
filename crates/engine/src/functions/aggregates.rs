//! Aggregate functions by Spark's names.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::functions_aggregate as df;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{AggregateUDF, Expr, lit};

use crate::EngineError;

/// An aggregate call; `None` if no aggregate has this name.
pub(super) fn call(name: &str, args: &[Expr], distinct: bool) -> Result<Option<Expr>, EngineError> {
    let (udf, count): (Arc<AggregateUDF>, usize) = match name {
        "count" => return Ok(Some(count(args, distinct))),
        "sum" => (df::sum::sum_udaf(), 1),
        "avg" | "mean" => (df::average::avg_udaf(), 1),
        "min" => (df::min_max::min_udaf(), 1),
        "max" => (df::min_max::max_udaf(), 1),
        "first" | "first_value" | "any_value" => (df::first_last::first_value_udaf(), 1),
        "last" | "last_value" => (df::first_last::last_value_udaf(), 1),
        "collect_list" | "array_agg" => (df::array_agg::array_agg_udaf(), 1),
        "stddev" | "stddev_samp" | "std" => (df::stddev::stddev_udaf(), 1),
        "stddev_pop" => (df::stddev::stddev_pop_udaf(), 1),
        "variance" | "var_samp" => (df::variance::var_samp_udaf(), 1),
        "var_pop" => (df::variance::var_pop_udaf(), 1),
        "approx_count_distinct" => (df::approx_distinct::approx_distinct_udaf(), 1),
        _ => return Ok(None),
    };
    // `first(x, ignoreNulls)` and the like: the flag is not taken.
    let args = super::expect_args(name, args.to_vec(), count..=count)?;
    let args = match name {
        // Spark sums and averages any number that a text holds.
        "avg" | "mean" => args.into_iter().map(|arg| super::cast(arg, DataType::Float64)).collect(),
        _ => args,
    };
    Ok(Some(Expr::AggregateFunction(AggregateFunction::new_udf(udf, args, distinct, None, vec![], None))))
}

/// `count(*)` is `count(1)`; with several columns, rows count in which none is null.
fn count(args: &[Expr], distinct: bool) -> Expr {
    #[expect(deprecated, reason = "the Spark door and SQL give * as a wildcard")]
    let args = match args {
        [] | [Expr::Wildcard { .. }] => vec![lit(1_i64)],
        args => args.to_vec(),
    };
    Expr::AggregateFunction(AggregateFunction::new_udf(
        df::count::count_udaf(),
        args,
        distinct,
        None,
        vec![],
        None,
    ))
}
