//! `from_json(text, schema)` in Spark's permissive mode: what is not JSON gives a row of nulls, a field of another type
//! gives null, and a null or empty text gives null.

use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{
    ArrayRef, AsArray as _, BinaryArray, BooleanArray, Date32Array, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, ListArray, MapArray, StringArray, StructArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Fields};
use chrono::NaiveDate;
use datafusion::common::not_impl_err;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use serde_json::Value;

use super::to_timestamp::read_default;
use crate::EngineError;

/// The call; the schema is a literal in either of Spark's notations, options are a map of literals.
pub(super) fn call(args: Vec<Expr>) -> Result<Expr, EngineError> {
    let mut args = super::expect_args("from_json", args, 2..=3)?.into_iter();
    let (Some(text), Some(schema)) = (args.next(), args.next()) else {
        return Err(EngineError::unresolved_routine("from_json"));
    };
    let schema = super::ddl::parse(&super::literal_text("from_json", &schema)?)?;
    let strict = args.next().map_or(Ok(false), |options| is_strict(&options))?;
    Ok(made(text, schema, strict))
}

/// `from_json` with a schema at hand.
pub fn from_json(text: Expr, schema: DataType) -> Expr {
    made(text, schema, false)
}

fn made(text: Expr, schema: DataType, strict: bool) -> Expr {
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    ScalarUDF::new_from_impl(FromJson { schema, strict, signature }).call(vec![text])
}

/// Whether the options say FAILFAST.
///
/// # Errors
/// No map of literals, or an option that is not done.
fn is_strict(options: &Expr) -> Result<bool, EngineError> {
    let mut texts = Vec::new();
    options.apply(|part| {
        if let Expr::Literal(_, _) = part {
            texts.push(super::literal_text("from_json", part).map_err(DataFusionError::from)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    // A map is made of the list of its keys and the list of its values.
    let (names, values) = texts.split_at(texts.len() / 2);
    let mut strict = false;
    for (name, value) in names.iter().zip(values) {
        match (name.to_ascii_lowercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("mode", "PERMISSIVE") => strict = false,
            ("mode", "FAILFAST") => strict = true,
            ("mode", mode) => {
                return Err(EngineError::analysis(format!(
                    "[PARSE_MODE_UNSUPPORTED] The function `from_json` doesn't support the {mode} mode. Acceptable \
                     modes are PERMISSIVE and FAILFAST. SQLSTATE: 42601"
                )));
            }
            _ => {
                return Err(EngineError::unsupported(format!(
                    "the option {name}={value} of from_json is not supported; leave it out"
                )));
            }
        }
    }
    Ok(strict)
}

/// The columns of texts that are an object each; what is malformed gives nulls.
///
/// # Errors
/// A type that JSON is not read into.
pub(crate) fn columns<'a>(
    fields: &Fields,
    texts: impl Iterator<Item = &'a str>,
    zone: Tz,
) -> Result<Vec<ArrayRef>> {
    let rows: Vec<Row> = texts.map(|text| Row::parse(Some(text))).collect();
    let objects: Vec<Option<&Value>> = rows.iter().map(Row::object).collect();
    let column = |field: &FieldRef| {
        let values: Vec<Option<&Value>> = objects
            .iter()
            .map(|object| object.and_then(|o| o.get(field.name())).filter(|value| !value.is_null()))
            .collect();
        build(field.data_type(), &values, zone)
    };
    fields.iter().map(column).collect()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct FromJson {
    schema: DataType,
    /// A malformed text is an error.
    strict: bool,
    signature: Signature,
}

impl ScalarUDFImpl for FromJson {
    fn name(&self) -> &'static str {
        "from_json"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.schema.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone: Tz = args.config_options.execution.time_zone.as_deref().unwrap_or("UTC").parse()?;
        let text = args
            .args
            .into_iter()
            .next()
            .ok_or_else(|| DataFusionError::Internal("from_json of nothing".to_owned()))?
            .into_array(args.number_rows)?;
        let rows: Vec<Row> = text.as_string::<i32>().iter().map(Row::parse).collect();
        if self.strict && rows.iter().any(|row| matches!(row, Row::Malformed)) {
            return Err(EngineError::malformed_value().into());
        }
        Ok(ColumnarValue::Array(match &self.schema {
            DataType::Struct(fields) => root_struct(fields, &rows, zone)?,
            kind => {
                let values: Vec<Option<&Value>> = rows.iter().map(Row::value).collect();
                build(kind, &values, zone)?
            }
        }))
    }
}

/// One text, read.
enum Row {
    Null,
    Malformed,
    Value(Value),
}

impl Row {
    /// What follows the first value is not looked at, as in Spark.
    fn parse(text: Option<&str>) -> Self {
        let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Self::Null };
        match serde_json::Deserializer::from_str(text).into_iter::<Value>().next() {
            Some(Ok(value)) => Self::Value(value),
            _ => Self::Malformed,
        }
    }

    fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    /// The object of a row: itself, or the first of a list.
    fn object(&self) -> Option<&Value> {
        match self.value() {
            Some(Value::Array(items)) => items.first(),
            other => other,
        }
        .filter(|value| value.is_object())
    }
}

fn root_struct(fields: &Fields, rows: &[Row], zone: Tz) -> Result<ArrayRef> {
    let objects: Vec<Option<&Value>> = rows.iter().map(Row::object).collect();
    let valid = rows.iter().map(|row| match row {
        Row::Null => false,
        Row::Malformed => true,
        Row::Value(Value::Array(items)) => !items.is_empty(),
        Row::Value(value) => !value.is_null(),
    });
    let nulls = NullBuffer::from_iter(valid);
    build_struct(fields, &objects, nulls, zone)
}

fn build_struct(
    fields: &Fields,
    objects: &[Option<&Value>],
    nulls: NullBuffer,
    zone: Tz,
) -> Result<ArrayRef> {
    if fields.is_empty() {
        return Ok(Arc::new(StructArray::new_empty_fields(objects.len(), Some(nulls))));
    }
    let columns = fields
        .iter()
        .map(|field| {
            let values: Vec<Option<&Value>> = objects
                .iter()
                .map(|object| object.and_then(|o| o.get(field.name())).filter(|value| !value.is_null()))
                .collect();
            build(field.data_type(), &values, zone)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(StructArray::try_new(fields.clone(), columns, Some(nulls))?))
}

/// The text of a value for a column of text: strings as they are, everything else as JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a float column holds floats")]
fn build(kind: &DataType, values: &[Option<&Value>], zone: Tz) -> Result<ArrayRef> {
    let whole = || values.iter().map(|value| value.and_then(Value::as_i64));
    let number = || values.iter().map(|value| value.and_then(number_of));
    Ok(match kind {
        DataType::Int8 => Arc::new(whole().map(|n| n?.try_into().ok()).collect::<Int8Array>()),
        DataType::Int16 => Arc::new(whole().map(|n| n?.try_into().ok()).collect::<Int16Array>()),
        DataType::Int32 => Arc::new(whole().map(|n| n?.try_into().ok()).collect::<Int32Array>()),
        DataType::Int64 => Arc::new(whole().collect::<Int64Array>()),
        DataType::Float32 => Arc::new(number().map(|n| Some(n? as f32)).collect::<Float32Array>()),
        DataType::Float64 => Arc::new(number().collect::<Float64Array>()),
        DataType::Boolean => {
            Arc::new(values.iter().map(|value| value.and_then(Value::as_bool)).collect::<BooleanArray>())
        }
        DataType::Utf8 => Arc::new(values.iter().map(|value| value.map(text_of)).collect::<StringArray>()),
        DataType::Binary => {
            let bytes = values.iter().map(|value| value.and_then(Value::as_str).map(str::as_bytes));
            Arc::new(bytes.collect::<BinaryArray>())
        }
        DataType::Date32 => Arc::new(values.iter().map(|value| date_of((*value)?)).collect::<Date32Array>()),
        DataType::Timestamp(_, _) => {
            let times: TimestampMicrosecondArray =
                values.iter().map(|value| time_of((*value)?, zone)).collect();
            cast(&times, kind)?
        }
        DataType::Decimal128(_, _) => {
            let texts: StringArray = values.iter().map(|value| value.map(text_of)).collect();
            cast(&texts, kind)?
        }
        DataType::Struct(fields) => {
            let objects: Vec<_> = values.iter().map(|value| value.filter(|v| v.is_object())).collect();
            let nulls = NullBuffer::from_iter(objects.iter().map(Option::is_some));
            build_struct(fields, &objects, nulls, zone)?
        }
        DataType::List(item) => build_list(item, values, zone)?,
        DataType::Map(entries, _) => build_map(entries, values, zone)?,
        DataType::Null => new_null_array(kind, values.len()),
        other => return not_impl_err!("from_json to {other}"),
    })
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" | "+Infinity" | "INF" => Some(f64::INFINITY),
            "-Infinity" | "-INF" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        other => other.as_f64(),
    }
}

/// A whole number is seconds since 1970.
fn time_of(value: &Value, zone: Tz) -> Option<i64> {
    match value {
        Value::String(text) => read_default(text, zone),
        other => other.as_i64()?.checked_mul(1_000_000),
    }
}

fn date_of(value: &Value) -> Option<i32> {
    NaiveDate::parse_from_str(value.as_str()?.get(..10)?, "%Y-%m-%d").ok().map(|date| date.to_epoch_days())
}

/// A single object where a list of structs is wanted is a list of one, as in Spark.
fn build_list(item: &FieldRef, values: &[Option<&Value>], zone: Tz) -> Result<ArrayRef> {
    let of_structs = matches!(item.data_type(), DataType::Struct(_));
    let mut flat: Vec<Option<&Value>> = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    let mut valid = Vec::with_capacity(values.len());
    for value in values {
        let before = flat.len();
        match value {
            Some(Value::Array(items)) => flat.extend(items.iter().map(|v| Some(v).filter(|v| !v.is_null()))),
            Some(object @ Value::Object(_)) if of_structs => flat.push(Some(object)),
            _ => {
                lengths.push(0);
                valid.push(false);
                continue;
            }
        }
        lengths.push(flat.len() - before);
        valid.push(true);
    }
    let items = build(item.data_type(), &flat, zone)?;
    let nulls = Some(NullBuffer::from(valid));
    Ok(Arc::new(ListArray::try_new(Arc::clone(item), OffsetBuffer::from_lengths(lengths), items, nulls)?))
}

fn build_map(entries: &FieldRef, values: &[Option<&Value>], zone: Tz) -> Result<ArrayRef> {
    let DataType::Struct(fields) = entries.data_type() else { return not_impl_err!("a map without entries") };
    let [key, value] = fields.as_ref() else { return not_impl_err!("a map without key and value") };
    let mut keys: Vec<Option<&str>> = Vec::new();
    let mut flat: Vec<Option<&Value>> = Vec::new();
    let mut lengths = Vec::with_capacity(values.len());
    for object in values {
        let members = object.and_then(Value::as_object);
        lengths.push(members.map_or(0, serde_json::Map::len));
        for (name, member) in members.into_iter().flatten() {
            keys.push(Some(name));
            flat.push(Some(member).filter(|member| !member.is_null()));
        }
    }
    let keys = cast(&StringArray::from(keys), key.data_type())?;
    let columns = vec![keys, build(value.data_type(), &flat, zone)?];
    let structs = StructArray::try_new(fields.clone(), columns, None)?;
    let nulls = NullBuffer::from_iter(values.iter().map(|value| value.is_some_and(Value::is_object)));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(MapArray::try_new(Arc::clone(entries), offsets, structs, Some(nulls), false)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(schema: &str, texts: &[Option<&str>]) -> String {
        let rows: Vec<Row> = texts.iter().map(|text| Row::parse(*text)).collect();
        let zone = "UTC".parse().unwrap();
        let array = match super::super::ddl::parse(schema).unwrap() {
            DataType::Struct(fields) => root_struct(&fields, &rows, zone).unwrap(),
            kind => build(&kind, &rows.iter().map(Row::value).collect::<Vec<_>>(), zone).unwrap(),
        };
        crate::show::cells(&array, "UTC").join("\n")
    }

    #[test]
    fn permissive() {
        let texts = [
            Some(r#"{"Clicks":1,"Impressions":10,"ts":1700000000}"#),
            Some(r#"{"Clicks":"x","Impressions":2.5,"ts":"2020-01-01T00:00:00.5"}"#),
            Some(r#"{"Clicks":99999999999} trailing"#),
            Some("not json"),
            Some(r#"{"Clicks":"#),
            Some(""),
            Some("5"),
            Some(r#"[{"Clicks":7}]"#),
            None,
        ];
        expect_test::expect![[r#"
            {1, 10, 2023-11-14 22:13:20}
            {NULL, NULL, 2020-01-01 00:00:00.5}
            {NULL, NULL, NULL}
            {NULL, NULL, NULL}
            {NULL, NULL, NULL}
            NULL
            {NULL, NULL, NULL}
            {7, NULL, NULL}
            NULL"#]]
        .assert_eq(&read("Clicks INT, Impressions INT, ts TIMESTAMP", &texts));
    }

    #[test]
    fn nested() {
        let deep = "[".repeat(100_000);
        let texts = [
            Some(r#"[{"a":[1,2],"m":{"x":1.5}},{"a":null}]"#),
            Some(r#"{"a":[3]}"#),
            Some("[]"),
            Some("{"),
            Some(deep.as_str()),
        ];
        expect_test::expect![[r#"
            [{[1, 2], {x -> 1.5}}, {NULL, NULL}]
            [{[3], NULL}]
            []
            NULL
            NULL"#]]
        .assert_eq(&read("array<struct<a: array<int>, m: map<string, double>>>", &texts));
    }
}
