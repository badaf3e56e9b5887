//! Aggregate functions by Spark's names.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate as df;
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment};
use datafusion::logical_expr::{AggregateUDF, Case, Expr, lit, when};

use crate::EngineError;

/// Those that SQL finds by name beside `DataFusion`'s own `count`, `sum`, `avg`, `min` and `max`.
pub(super) const NAMES: &[&str] = &[
    "mean",
    "first",
    "first_value",
    "any_value",
    "last",
    "last_value",
    "collect_list",
    "array_agg",
    "collect_set",
    "stddev",
    "stddev_samp",
    "std",
    "stddev_pop",
    "variance",
    "var_samp",
    "var_pop",
    "approx_count_distinct",
    "corr",
    "covar_pop",
    "covar_samp",
    "median",
    "percentile",
    "percentile_approx",
    "approx_percentile",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bool_and",
    "every",
    "bool_or",
    "some",
    "any",
    "count_if",
    "max_by",
    "min_by",
];

/// An aggregate call; `None` if no aggregate has this name.
pub(super) fn call(name: &str, args: &[Expr], distinct: bool) -> Result<Option<Expr>, EngineError> {
    let (udf, count): (Arc<AggregateUDF>, usize) = match name {
        "count" => return Ok(Some(count(args, distinct))),
        "count_if" => return count_if(args).map(Some),
        "max_by" | "min_by" => return by(name, args).map(Some),
        "sum" => (df::sum::sum_udaf(), 1),
        "avg" | "mean" => (df::average::avg_udaf(), 1),
        "min" => (df::min_max::min_udaf(), 1),
        "max" => (df::min_max::max_udaf(), 1),
        "first" | "first_value" | "any_value" => (df::first_last::first_value_udaf(), 1),
        "last" | "last_value" => (df::first_last::last_value_udaf(), 1),
        "collect_list" | "array_agg" | "collect_set" => (df::array_agg::array_agg_udaf(), 1),
        "stddev" | "stddev_samp" | "std" => (df::stddev::stddev_udaf(), 1),
        "stddev_pop" => (df::stddev::stddev_pop_udaf(), 1),
        "variance" | "var_samp" => (df::variance::var_samp_udaf(), 1),
        "var_pop" => (df::variance::var_pop_udaf(), 1),
        "approx_count_distinct" => (df::approx_distinct::approx_distinct_udaf(), 1),
        "corr" => (df::correlation::corr_udaf(), 2),
        "covar_pop" => (df::covariance::covar_pop_udaf(), 2),
        "covar_samp" => (df::covariance::covar_samp_udaf(), 2),
        "median" => (df::median::median_udaf(), 1),
        "percentile" => (df::percentile_cont::percentile_cont_udaf(), 2),
        "percentile_approx" | "approx_percentile" => {
            (df::approx_percentile_cont::approx_percentile_cont_udaf(), 2)
        }
        "bit_and" => (df::bit_and_or_xor::bit_and_udaf(), 1),
        "bit_or" => (df::bit_and_or_xor::bit_or_udaf(), 1),
        "bit_xor" => (df::bit_and_or_xor::bit_xor_udaf(), 1),
        "bool_and" | "every" => (df::bool_and_or::bool_and_udaf(), 1),
        "bool_or" | "some" | "any" => (df::bool_and_or::bool_or_udaf(), 1),
        _ => return Ok(None),
    };
    let mut args = args.to_vec();
    let mut nulls =
        matches!(name, "collect_list" | "array_agg" | "collect_set").then_some(NullTreatment::IgnoreNulls);
    if matches!(name, "first" | "last" | "first_value" | "last_value" | "any_value") && args.len() == 2 {
        let ignores = matches!(args.pop(), Some(Expr::Literal(ScalarValue::Boolean(Some(true)), _)));
        nulls = ignores.then_some(NullTreatment::IgnoreNulls);
    }
    if matches!(name, "approx_count_distinct" | "percentile_approx" | "approx_percentile" | "percentile") {
        // How exact it has to be, and weights of 1, are the caller's last word; ours is at least as exact.
        args.truncate(count);
    }
    let args = super::expect_args(name, args, count..=count)?;
    let args = match name {
        // Spark averages any number that a text holds; its statistics are of doubles.
        "avg" | "mean" | "corr" | "covar_pop" | "covar_samp" | "median" | "percentile" => {
            args.into_iter().map(|arg| super::cast(arg, DataType::Float64)).collect()
        }
        _ => args,
    };
    let distinct = distinct || name == "collect_set";
    Ok(Some(Expr::AggregateFunction(AggregateFunction::new_udf(udf, args, distinct, None, vec![], nulls))))
}

/// Rows for which the condition is true.
fn count_if(args: &[Expr]) -> Result<Expr, EngineError> {
    let args = super::expect_args("count_if", args.to_vec(), 1..=1)?;
    let condition = args.into_iter().next().unwrap_or_else(|| lit(true));
    Ok(count(&[when(condition, lit(1)).end()?], false))
}

/// The value of the row in which the other one is greatest or least.
fn by(name: &str, args: &[Expr]) -> Result<Expr, EngineError> {
    let args = super::expect_args(name, args.to_vec(), 2..=2)?;
    let [value, order] = <[Expr; 2]>::try_from(args).map_err(|_| EngineError::unresolved_routine(name))?;
    let order = vec![order.sort(name == "min_by", false)];
    let first = df::first_last::first_value_udaf();
    Ok(Expr::AggregateFunction(AggregateFunction::new_udf(first, vec![value], false, None, order, None)))
}

/// `count(*)` is `count(1)`; with several columns, rows count in which none is null.
fn count(args: &[Expr], distinct: bool) -> Expr {
    #[expect(deprecated, reason = "the Spark door and SQL give * as a wildcard")]
    let args = match args {
        [] | [Expr::Wildcard { .. }] => vec![lit(1_i64)],
        // Different rows of several columns: those without a null are told apart as a whole.
        [first, rest @ ..] if distinct && !rest.is_empty() => {
            let whole = datafusion::functions::core::r#struct().call(args.to_vec());
            let present =
                rest.iter().fold(first.clone().is_not_null(), |all, arg| all.and(arg.clone().is_not_null()));
            vec![Expr::Case(Case::new(None, vec![(Box::new(present), Box::new(whole))], None))]
        }
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
