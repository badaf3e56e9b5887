//! Scalar functions that `DataFusion` has in Spark's meaning, by Spark's names.

use std::sync::Arc;

use datafusion::functions as df;
use datafusion::functions_nested as nested;
use datafusion::logical_expr::{Expr, ScalarUDF};

use crate::EngineError;

/// The call.
pub(super) fn call(name: &str, lower: &str, args: Vec<Expr>) -> Result<Expr, EngineError> {
    let udf = lookup(lower).ok_or_else(|| EngineError::unresolved_routine(name))?;
    Ok(udf.call(args))
}

/// The names, for SQL.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

fn lookup(name: &str) -> Option<Arc<ScalarUDF>> {
    TABLE.iter().find(|(known, _)| *known == name).map(|(_, udf)| udf())
}

type Udf = fn() -> Arc<ScalarUDF>;

static TABLE: &[(&str, Udf)] = &[
    ("lower", df::string::lower),
    ("lcase", df::string::lower),
    ("upper", df::string::upper),
    ("ucase", df::string::upper),
    ("startswith", df::string::starts_with),
    ("endswith", df::string::ends_with),
    ("contains", df::string::contains),
    ("repeat", df::string::repeat),
    ("replace", df::string::replace),
    ("overlay", df::core::overlay),
    ("split_part", df::string::split_part),
    ("length", df::unicode::character_length),
    ("char_length", df::unicode::character_length),
    ("character_length", df::unicode::character_length),
    ("len", df::unicode::character_length),
    ("translate", df::unicode::translate),
    ("substring_index", df::unicode::substr_index),
    ("abs", df::math::abs),
    ("coalesce", df::core::coalesce),
    ("nullif", df::core::nullif),
    ("greatest", df::core::greatest),
    ("least", df::core::least),
    ("array", nested::make_array::make_array_udf),
    ("array_contains", nested::array_has::array_has_udf),
];
