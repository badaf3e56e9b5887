//! Spark's functions by name: `DataFusion`'s where they agree, our own (one file each) where they do not.

mod aggregates;
pub(crate) mod by_type;
pub mod cast;
mod clock;
mod dates;
pub mod ddl;
pub(crate) mod explode;
mod format_string;
pub mod from_json;
mod hashes;
pub mod interval;
mod json_path;
pub(crate) mod lambdas;
pub(crate) mod naming;
mod numbers;
mod operators;
pub(crate) mod pattern;
mod pattern_write;
mod regexp_extract;
mod regexps;
mod rewrites;
mod rowwise;
mod scalars;
pub(crate) mod session_window;
mod split;
mod structs;
mod texts;
mod time_parts;
mod times;
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
use rowwise::RowFunction;

/// A call of a Spark function: operator (`==`), scalar (`split`), aggregate (`count`), generator (`explode`), `window`.
/// What is made of other functions goes by Spark's name for the call, as an alias.
///
/// # Errors
/// No function of that name, or arguments that it does not take.
pub fn call(name: &str, args: Vec<Expr>, distinct: bool) -> Result<Expr, EngineError> {
    let lower = name.to_ascii_lowercase();
    if matches!(lower.as_str(), "explode" | "window" | "session_window" | "struct" | "named_struct") {
        return bare(name, &lower, args, distinct);
    }
    let wanted = naming::spark_name(&lower, &args, distinct);
    let expr = bare(name, &lower, args, distinct)?;
    Ok(if name_of(&expr) == wanted { expr } else { expr.alias(wanted) })
}

fn bare(name: &str, lower: &str, args: Vec<Expr>, distinct: bool) -> Result<Expr, EngineError> {
    if let Some(expr) = aggregates::call(lower, &args, distinct)? {
        return Ok(expr);
    }
    if distinct {
        return Err(EngineError::analysis(format!(
            "Function `{name}` is not an aggregate: DISTINCT has no meaning"
        )));
    }
    if let Some(called) = lambdas::call(lower, &args) {
        return called;
    }
    if let Some(expr) = operators::call(lower, &args)? {
        return Ok(expr);
    }
    if let Some(expr) = clock::call(lower, &args)? {
        return Ok(expr);
    }
    if lower == "unix_timestamp" && args.is_empty() {
        return bare(name, lower, vec![bare("now", "now", vec![], false)?], false);
    }
    if let Some(called) = family(lower, args.clone()) {
        return called;
    }
    if let Some(expr) = by_type::call(lower, args.clone()) {
        return Ok(expr);
    }
    if let Some(expr) = rewrites::call(lower, &args)? {
        return Ok(expr);
    }
    match lower {
        "explode" => explode::call(args),
        "window" => window::call(args),
        "session_window" => session_window::call(args),
        "window_time" => window_time::call(args),
        "split" => split::call(args),
        "from_json" => from_json::call(args),
        "to_json" => to_json::call(args),
        "struct" | "named_struct" => structs::call(lower, args),
        "regexp_extract" => regexp_extract::call(args),
        "to_timestamp" => to_timestamp::call(args),
        _ if lower == "second" || TIME_PARTS.contains(&lower) => time_parts::call(lower, args),
        _ => scalars::call(name, lower, args),
    }
}

const TIME_PARTS: [&str; 10] = [
    "year",
    "quarter",
    "month",
    "day",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "weekofyear",
    "hour",
    "minute",
];

/// The tables of functions that are computed row by row.
static FAMILIES: [&[RowFunction]; 7] = [
    texts::TABLE,
    regexps::TABLE,
    numbers::TABLE,
    hashes::TABLE,
    json_path::TABLE,
    dates::TABLE,
    times::TABLE,
];

/// A call of a function in one of the tables.
fn family(name: &str, args: Vec<Expr>) -> Option<Result<Expr, EngineError>> {
    FAMILIES.iter().copied().flatten().find_map(|function| {
        let known = function.names.iter().find(|known| **known == name)?;
        Some(rowwise::call(function, known, args.clone()))
    })
}

/// The names of all functions, sorted.
pub fn all() -> Vec<&'static str> {
    let (scalars, aggregates) = names();
    let plain = ["count", "sum", "avg", "min", "max"];
    let mut all: Vec<_> = scalars
        .into_iter()
        .chain(aggregates.iter().copied())
        .chain(plain)
        .chain(lambdas::names())
        .filter(|name| *name != "get_item")
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether there is a function of this name, in any case.
pub fn exists(name: &str) -> bool {
    all().binary_search(&name.to_lowercase().as_str()).is_ok()
}

/// The names of all functions that SQL plans by [`call`]: scalar ones, then aggregates.
pub(crate) fn names() -> (Vec<&'static str>, &'static [&'static str]) {
    const OTHERS: [&str; 16] = [
        "explode",
        "window_time",
        "window",
        "split",
        "from_json",
        "to_json",
        "struct",
        "named_struct",
        "regexp_extract",
        "to_timestamp",
        "second",
        "isnull",
        "isnotnull",
        "if",
        "like",
        "ilike",
    ];
    let tables = FAMILIES.iter().copied().flatten().flat_map(|function| function.names.iter().copied());
    let all = tables
        .chain(OTHERS)
        .chain(TIME_PARTS)
        .chain(clock::NAMES)
        .chain(by_type::names())
        .chain(rewrites::NAMES.iter().copied())
        .chain(scalars::names());
    (all.collect(), aggregates::NAMES)
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
    Err(wrong_count(name, args.len(), counts))
}

/// The error of a call with another number of arguments.
fn wrong_count(name: &str, actual: usize, counts: std::ops::RangeInclusive<usize>) -> EngineError {
    let expected = if counts.start() == counts.end() {
        counts.start().to_string()
    } else {
        format!("[{}]", counts.map(|n| n.to_string()).collect::<Vec<_>>().join(", "))
    };
    EngineError::analysis(format!(
        "[WRONG_NUM_ARGS.WITHOUT_SUGGESTION] The `{name}` requires {expected} parameters but the actual number is \
         {actual}. SQLSTATE: 42605"
    ))
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
