//! Spark's functions by name: `DataFusion`'s where they agree, our own (one file each) where they do not.

mod aggregates;
pub mod cast;
pub mod ddl;
pub(crate) mod explode;
pub mod from_json;
pub mod interval;
pub(crate) mod naming;
mod operators;
pub(crate) mod pattern;
mod regexp_extract;
mod scalars;
pub(crate) mod session_window;
mod split;
mod structs;
mod time_parts;
pub(crate) mod to_json;
pub(crate) mod to_timestamp;
pub(crate) mod unmarked;
pub mod window;
mod window_time;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

pub use cast::cast;
pub use naming::name_of;
pub use unmarked::unmarked;
pub use window::time_window;

use crate::EngineError;

/// A call of a Spark function: operator (`==`), scalar (`split`), aggregate (`count`), generator (`explode`), `window`.
/// The expression has no alias; [`crate::plan`] names columns as Spark does when the caller gives none.
///
/// # Errors
/// No function of that name, or arguments that it does not take.
pub fn call(name: &str, args: Vec<Expr>, distinct: bool) -> Result<Expr, EngineError> {
    let lower = name.to_ascii_lowercase();
    if let Some(expr) = aggregates::call(&lower, &args, distinct)? {
        return Ok(expr);
    }
    if distinct {
        return Err(EngineError::analysis(format!(
            "Function `{name}` is not an aggregate: DISTINCT has no meaning"
        )));
    }
    if let Some(expr) = operators::call(&lower, &args)? {
        return Ok(expr);
    }
    match lower.as_str() {
        "explode" => explode::call(args),
        "window" => window::call(args),
        "session_window" => session_window::call(args),
        "window_time" => window_time::call(args),
        "split" => split::call(args),
        "from_json" => from_json::call(args),
        "to_json" => to_json::call(args),
        "struct" | "named_struct" => structs::call(&lower, args),
        "regexp_extract" => regexp_extract::call(args),
        "to_timestamp" => to_timestamp::call(args),
        "year" | "quarter" | "month" | "day" | "dayofmonth" | "dayofweek" | "dayofyear" | "weekofyear"
        | "hour" | "minute" | "second" => time_parts::call(&lower, args),
        _ => scalars::call(name, &lower, args),
    }
}

/// The arguments, if there are as many as `counts` allows.
fn expect_args(
    name: &str,
    args: Vec<Expr>,
    counts: std::ops::RangeInclusive<usize>,
) -> Result<Vec<Expr>, EngineError> {
    if counts.contains(&args.len()) {
        return Ok(args);
    }
    let expected = if counts.start() == counts.end() {
        counts.start().to_string()
    } else {
        format!("[{}]", counts.map(|n| n.to_string()).collect::<Vec<_>>().join(", "))
    };
    Err(EngineError::analysis(format!(
        "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `{name}` requires {expected} parameters but the actual number is {}. \
         SQLSTATE: 42605",
        args.len()
    )))
}

/// An argument that has to be an `INT`: SQL's whole numbers are `BIGINT` here.
fn int(arg: Expr) -> Expr {
    datafusion::prelude::cast(arg, arrow::datatypes::DataType::Int32)
}

/// The text of an argument that has to be a literal.
fn literal_text(name: &str, arg: &Expr) -> Result<String, EngineError> {
    match arg {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::LargeUtf8(Some(text))
            | ScalarValue::Utf8View(Some(text)),
            _,
        ) => Ok(text.clone()),
        Expr::Alias(alias) => literal_text(name, &alias.expr),
        other => Err(EngineError::analysis(format!(
            "[NON_FOLDABLE_ARGUMENT] The function `{name}` requires a text literal, but the actual argument is \
             {other}. SQLSTATE: 42K08"
        ))),
    }
}
