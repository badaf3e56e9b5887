//! `regexp_extract(text, regex[, group])`: the group of the first match, the empty text if there is none.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use arrow::array::{Array as _, AsArray as _, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use regex::Regex;

use crate::EngineError;

/// Patterns kept compiled; beyond, all are forgotten.
const MAX_PATTERNS: usize = 256;

/// A pattern, compiled once. The regex crate bounds size and time of what is compiled.
pub(super) fn compiled(function: &str, pattern: &str) -> Result<Regex, EngineError> {
    static PATTERNS: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let mut patterns = PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = patterns.get(pattern) {
        return Ok(known.clone());
    }
    let new = Regex::new(pattern).map_err(|error| {
        EngineError::analysis(format!(
            "[INVALID_PARAMETER_VALUE.PATTERN] The value of parameter(s) `regexp` in `{function}` is invalid: \
             '{pattern}' ({error}). SQLSTATE: 22023"
        ))
    })?;
    if patterns.len() >= MAX_PATTERNS {
        patterns.clear();
    }
    patterns.insert(pattern.to_owned(), new.clone());
    Ok(new)
}

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let mut args = super::expect_args("regexp_extract", args, 2..=3)?;
    if args.len() == 2 {
        args.push(lit(1_i32));
    } else if let Some(group) = args.pop() {
        args.push(super::int(group));
    }
    let types = vec![DataType::Utf8, DataType::Utf8, DataType::Int32];
    let udf = RegexpExtract { signature: Signature::exact(types, Volatility::Immutable) };
    Ok(ScalarUDF::new_from_impl(udf).call(args))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct RegexpExtract {
    signature: Signature,
}

impl ScalarUDFImpl for RegexpExtract {
    fn name(&self) -> &'static str {
        "regexp_extract"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [text, pattern, group]: [ColumnarValue; 3] = args
            .args
            .try_into()
            .map_err(|_| DataFusionError::Internal("regexp_extract takes three arguments".to_owned()))?;
        let (
            ColumnarValue::Scalar(ScalarValue::Utf8(pattern)),
            ColumnarValue::Scalar(ScalarValue::Int32(group)),
        ) = (pattern, group)
        else {
            return Err(EngineError::unsupported(
                "regexp_extract with a pattern or group that is not a literal",
            )
            .into());
        };
        let (Some(pattern), Some(group)) = (pattern, group) else {
            return Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None)));
        };
        let pattern = compiled("regexp_extract", &pattern)?;
        let groups = pattern.captures_len() - 1;
        let group = usize::try_from(group).ok().filter(|group| *group <= groups).ok_or_else(|| {
            EngineError::execution(format!(
                "[INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX] The value of parameter(s) `idx` in `regexp_extract` is \
                 invalid: Expects group index between 0 and {groups}, but got {group}. SQLSTATE: 22023"
            ))
        })?;
        let text = text.into_array(rows)?;
        let text = text.as_string::<i32>();
        let mut out = StringBuilder::with_capacity(text.len(), 0);
        for row in 0..text.len() {
            if text.is_null(row) {
                out.append_null();
                continue;
            }
            let found = pattern.captures(text.value(row)).and_then(|captures| captures.get(group));
            out.append_value(found.map_or("", |found| found.as_str()));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}
