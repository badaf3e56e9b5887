//! Building plans in Spark's way: the functions that the builder and the Spark door share.
//!
//! Plans are `DataFusion`'s; what it lacks (explode in a select list, time windows, watermarks) is laid out here in
//! terms of what it has, or as an own node in [`crate::operators`].

use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::EngineError;

/// Whether a plan reads a stream.
pub fn is_streaming(plan: &LogicalPlan) -> bool {
    let _ = plan;
    false
}

/// `df.select(...)`. An expression may hold one `explode(...)` and any `window(...)` ([`crate::functions::call`]).
///
/// # Errors
/// Unresolved columns, wrong types, a second generator.
pub fn select(input: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan, EngineError> {
    let _ = (input, exprs);
    Err(EngineError::unsupported("select"))
}

/// `df.withColumns(...)`: the columns, with those of the same name (whatever its case) replaced in place.
///
/// # Errors
/// As [`select`].
pub fn with_columns(input: LogicalPlan, columns: Vec<(String, Expr)>) -> Result<LogicalPlan, EngineError> {
    let _ = (input, columns);
    Err(EngineError::unsupported("with_columns"))
}

/// `df.filter(...)`.
///
/// # Errors
/// As [`select`].
pub fn filter(input: LogicalPlan, predicate: Expr) -> Result<LogicalPlan, EngineError> {
    let _ = (input, predicate);
    Err(EngineError::unsupported("filter"))
}

/// `df.groupBy(groups...).agg(aggregates...)`: the groups' columns first. A group may be a `window(...)`.
///
/// # Errors
/// As [`select`]; also a second time window.
pub fn aggregate(
    input: LogicalPlan,
    groups: Vec<Expr>,
    aggregates: Vec<Expr>,
) -> Result<LogicalPlan, EngineError> {
    let _ = (input, groups, aggregates);
    Err(EngineError::unsupported("aggregate"))
}

/// `df.withWatermark(column, delay)`; the delay as Spark writes intervals (`10 seconds`).
///
/// # Errors
/// No such column, not a timestamp, not an interval, a negative one.
pub fn with_watermark(input: LogicalPlan, column: &str, delay: &str) -> Result<LogicalPlan, EngineError> {
    let _ = (input, column, delay);
    Err(EngineError::unsupported("with_watermark"))
}

/// `df.dropDuplicates(columns)`; all columns if none is named.
///
/// # Errors
/// As [`select`].
pub fn drop_duplicates(input: LogicalPlan, columns: &[String]) -> Result<LogicalPlan, EngineError> {
    let _ = (input, columns);
    Err(EngineError::unsupported("drop_duplicates"))
}
