//! Spark's functions by name: `DataFusion`'s where they agree, our own (one file each) where they do not.

pub mod interval;

use datafusion::logical_expr::Expr;

use crate::EngineError;

/// A call of a Spark function: scalar (`split`), aggregate (`count`), generator (`explode`) or `window`.
/// The expression has no alias; [`crate::plan`] names columns as Spark does when the caller gives none.
///
/// # Errors
/// No function of that name, or arguments that it does not take.
pub fn call(name: &str, args: Vec<Expr>, distinct: bool) -> Result<Expr, EngineError> {
    let _ = (args, distinct);
    Err(EngineError::unresolved_routine(name))
}

/// `CAST(expr AS type)` as Spark does it with ANSI mode off: what cannot be cast becomes null.
pub fn cast(expr: Expr, to: arrow::datatypes::DataType) -> Expr {
    datafusion::logical_expr::try_cast(expr, to)
}
