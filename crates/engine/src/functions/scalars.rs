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

fn lookup(name: &str) -> Option<Arc<ScalarUDF>> {
    Some(match name {
        "lower" | "lcase" => df::string::lower(),
        "upper" | "ucase" => df::string::upper(),
        "trim" => df::string::btrim(),
        "ltrim" => df::string::ltrim(),
        "rtrim" => df::string::rtrim(),
        "concat_ws" => df::string::concat_ws(),
        "startswith" => df::string::starts_with(),
        "endswith" => df::string::ends_with(),
        "contains" => df::string::contains(),
        "repeat" => df::string::repeat(),
        "length" | "char_length" | "len" => df::unicode::character_length(),
        "substring" | "substr" => df::unicode::substr(),
        "reverse" => df::unicode::reverse(),
        "lpad" => df::unicode::lpad(),
        "rpad" => df::unicode::rpad(),
        "abs" => df::math::abs(),
        "sqrt" => df::math::sqrt(),
        "exp" => df::math::exp(),
        "ln" => df::math::ln(),
        "power" | "pow" => df::math::power(),
        "coalesce" => df::core::coalesce(),
        "nullif" => df::core::nullif(),
        "greatest" => df::core::greatest(),
        "least" => df::core::least(),
        "array" => nested::make_array::make_array_udf(),
        "size" | "cardinality" | "array_size" => nested::length::array_length_udf(),
        "array_contains" => nested::array_has::array_has_udf(),
        _ => return None,
    })
}
