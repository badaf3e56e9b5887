//! `split(text, regex[, limit])`, with Java's rules: a limit above 0 gives at most that many parts, and no match of
//! zero width splits at the beginning.

use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, ListBuilder, StringBuilder};
use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};
use regex::Regex;

use super::regexp_extract::compiled;
use crate::EngineError;

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let mut args = super::expect_args("split", args, 2..=3)?;
    if args.len() == 2 {
        args.push(lit(-1_i32));
    } else if let Some(limit) = args.pop() {
        args.push(super::int(limit));
    }
    Ok(ScalarUDF::new_from_impl(Split::new()).call(args))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Split {
    signature: Signature,
}

impl Split {
    fn new() -> Self {
        let types = vec![DataType::Utf8, DataType::Utf8, DataType::Int32];
        Self { signature: Signature::exact(types, Volatility::Immutable) }
    }
}

/// Java's `Pattern.split(text, limit)`; a limit of 0 or less keeps empty parts at the end, as Spark does.
fn split(text: &str, pattern: &Regex, limit: usize, mut push: impl FnMut(&str)) {
    let (mut from, mut parts) = (0, 1);
    for found in pattern.find_iter(text) {
        if limit > 0 && parts == limit {
            break;
        }
        if found.is_empty() && (found.start() == 0 || found.start() == text.len()) {
            continue;
        }
        push(text.get(from..found.start()).unwrap_or_default());
        from = found.end();
        parts += 1;
    }
    push(text.get(from..).unwrap_or_default());
}

impl ScalarUDFImpl for Split {
    fn name(&self) -> &'static str {
        "split"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(DataType::new_list(DataType::Utf8, true))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [text, pattern, limit]: [ColumnarValue; 3] = args
            .args
            .try_into()
            .map_err(|_| DataFusionError::Internal("split takes three arguments".to_owned()))?;
        let ColumnarValue::Scalar(ScalarValue::Utf8(pattern)) = pattern else {
            return Err(EngineError::unsupported("split with a pattern that is not a literal").into());
        };
        let ColumnarValue::Scalar(ScalarValue::Int32(limit)) = limit else {
            return Err(EngineError::unsupported("split with a limit that is not a literal").into());
        };
        let limit = usize::try_from(limit.unwrap_or(-1)).unwrap_or(0);
        let text = text.into_array(rows)?;
        let text = text.as_string::<i32>();
        let pattern = pattern.map(|pattern| compiled("split", &pattern)).transpose()?;
        let mut lists = ListBuilder::new(StringBuilder::new());
        for row in 0..text.len() {
            match &pattern {
                Some(pattern) if text.is_valid(row) => {
                    split(text.value(row), pattern, limit, |part| lists.values().append_value(part));
                    lists.append(true);
                }
                _ => lists.append(false),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(lists.finish())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let cases: [(&str, &str, usize, &[&str]); 7] = [
            ("two  spaces", " ", 0, &["two", "", "spaces"]),
            ("", " ", 0, &[""]),
            ("a,b,c", ",", 2, &["a", "b,c"]),
            ("a,b,,", ",", 0, &["a", "b", "", ""]),
            ("abc", "", 0, &["a", "b", "c"]),
            ("oneAtwoBthree", "[ABC]", 0, &["one", "two", "three"]),
            ("a", ",", 1, &["a"]),
        ];
        for (text, pattern, limit, expected) in cases {
            let mut got = Vec::new();
            split(text, &Regex::new(pattern).unwrap(), limit, |part| got.push(part.to_owned()));
            assert_eq!(got, expected, "{text:?} by {pattern:?}");
        }
    }
}
