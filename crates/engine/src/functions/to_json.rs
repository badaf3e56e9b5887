//! `to_json(struct)`: one JSON text a row; fields that are null are left out, as in Spark.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{Array, ArrayRef, AsArray as _, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, SecondsFormat, TimeZone as _, Utc};
use datafusion::common::plan_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::EngineError;

/// The call.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let args = super::expect_args("to_json", args, 1..=1)?;
    Ok(ScalarUDF::new_from_impl(ToJson { signature: Signature::any(1, Volatility::Immutable) }).call(args))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ToJson {
    signature: Signature,
}

impl ScalarUDFImpl for ToJson {
    fn name(&self) -> &'static str {
        "to_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [DataType::Struct(_) | DataType::List(_) | DataType::Map(_, _)] => Ok(DataType::Utf8),
            [other] => plan_err!("to_json takes a struct, array or map, and not {other}"),
            _ => plan_err!("to_json takes one argument"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone: Tz = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").parse()?;
        let column = args
            .args
            .into_iter()
            .next()
            .ok_or_else(|| DataFusionError::Internal("to_json of nothing".to_owned()))?
            .into_array(args.number_rows)?;
        let mut out = StringBuilder::new();
        let mut text = String::new();
        for row in 0..column.len() {
            if column.is_null(row) {
                out.append_null();
                continue;
            }
            text.clear();
            write_value(&mut text, &column, row, zone);
            out.append_value(&text);
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// A string in JSON's quotes.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // Writing to a string cannot fail.
            control if control < ' ' => drop(write!(out, "\\u{:04X}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

fn number(out: &mut String, value: f64) {
    let text = crate::show::double(value);
    if value.is_finite() { out.push_str(&text) } else { quoted(out, &text) }
}

/// Writes one value; the fields of a struct that are null are left out.
pub(crate) fn write_value(out: &mut String, column: &ArrayRef, row: usize, zone: Tz) {
    if column.is_null(row) {
        out.push_str("null");
        return;
    }
    match column.data_type() {
        DataType::Utf8 => quoted(out, column.as_string::<i32>().value(row)),
        DataType::Float64 => number(out, column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => number(out, f64::from(column.as_primitive::<Float32Type>().value(row))),
        DataType::Boolean => out.push_str(if column.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let us = column.as_primitive::<TimestampMicrosecondType>().value(row);
            let utc: DateTime<Utc> = DateTime::from_timestamp_micros(us).unwrap_or_default();
            let local = zone.from_utc_datetime(&utc.naive_utc());
            quoted(out, &local.to_rfc3339_opts(SecondsFormat::Millis, true));
        }
        DataType::Struct(fields) => {
            out.push('{');
            let mut first = true;
            for (field, part) in fields.iter().zip(column.as_struct().columns()) {
                if part.is_null(row) || part.data_type() == &DataType::Null {
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                quoted(out, field.name());
                out.push(':');
                write_value(out, part, row, zone);
            }
            out.push('}');
        }
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            out.push('[');
            for i in 0..items.len() {
                if i > 0 {
                    out.push(',');
                }
                write_value(out, &items, i, zone);
            }
            out.push(']');
        }
        DataType::Map(_, _) => write_map(out, column, row, zone),
        kind if kind.is_numeric() => out.push_str(&as_text(column, row)),
        _ => quoted(out, &as_text(column, row)),
    }
}

fn write_map(out: &mut String, column: &ArrayRef, row: usize, zone: Tz) {
    let entries = column.as_map().value(row);
    let [keys, values] = entries.columns() else { return };
    out.push('{');
    for i in 0..keys.len() {
        if i > 0 {
            out.push(',');
        }
        quoted(out, &as_text(keys, i));
        out.push(':');
        write_value(out, values, i, zone);
    }
    out.push('}');
}

fn as_text(column: &ArrayRef, row: usize) -> String {
    match cast(&column.slice(row, 1), &DataType::Utf8) {
        Ok(text) if text.is_valid(0) => text.as_string::<i32>().value(0).to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, StringArray, StructArray, TimestampMicrosecondArray};
    use arrow::datatypes::Field;

    use super::*;

    #[test]
    fn rows() {
        let name = StringArray::from(vec![Some("a\"b\n\u{1}"), None]);
        let at = TimestampMicrosecondArray::from(vec![0, 1_500_000]).with_timezone("UTC");
        let size = Float64Array::from(vec![Some(1.0), Some(f64::NAN)]);
        let field =
            |name: &str, array: &dyn Array| Arc::new(Field::new(name, array.data_type().clone(), true));
        let rows: ArrayRef = Arc::new(StructArray::from(vec![
            (field("name", &name), Arc::new(name.clone()) as ArrayRef),
            (field("at", &at), Arc::new(at.clone()) as ArrayRef),
            (field("size", &size), Arc::new(size.clone()) as ArrayRef),
        ]));
        let mut texts = Vec::new();
        for row in 0..2 {
            let mut text = String::new();
            write_value(&mut text, &rows, row, "+02:00".parse().unwrap());
            texts.push(text);
        }
        expect_test::expect![[r#"
            {"name":"a\"b\n\u0001","at":"1970-01-01T02:00:00.000+02:00","size":1.0}
            {"at":"1970-01-01T02:00:01.500+02:00","size":"NaN"}"#]]
        .assert_eq(&texts.join("\n"));
    }
}
