//! Spark's JSON for types: `"string"`, `{"type":"struct","fields":[...]}`, as `DataType.json()` writes it.

use arrow::datatypes::{DataType, Field, Fields};
use serde_json::Value;

use super::from_proto::{list, map};
use super::{MAX_DEPTH, ddl};
use crate::error::{Result, SparkError, invalid_schema};

/// Reads a type from its JSON text.
pub(super) fn parse(text: &str) -> Result<DataType> {
    // serde_json stops at a nesting of 128 by itself.
    let value = serde_json::from_str(text).map_err(|error| invalid_schema(text, &error.to_string()))?;
    convert(text, &value, 0)
}

fn convert(text: &str, value: &Value, depth: usize) -> Result<DataType> {
    if depth > MAX_DEPTH {
        return Err(wrong(text, "it nests too deep"));
    }
    if let Value::String(name) = value {
        // Python's name for what DDL knows as VOID.
        return if name == "null" { Ok(DataType::Null) } else { ddl::parse_type(name) };
    }
    let child = |key: &str| value.get(key).ok_or_else(|| wrong(text, &format!("\"{key}\" is missing")));
    let flag = |key: &str| value.get(key).and_then(Value::as_bool).unwrap_or(true);
    match child("type")?.as_str() {
        Some("struct") => {
            let fields = child("fields")?.as_array().ok_or_else(|| wrong(text, "\"fields\" is no list"))?;
            let fields = fields.iter().map(|field| struct_field(text, field, depth + 1));
            Ok(DataType::Struct(fields.collect::<Result<Fields>>()?))
        }
        Some("array") => Ok(list(convert(text, child("elementType")?, depth + 1)?, flag("containsNull"))),
        Some("map") => {
            let key = convert(text, child("keyType")?, depth + 1)?;
            Ok(map(key, convert(text, child("valueType")?, depth + 1)?, flag("valueContainsNull")))
        }
        other => Err(wrong(text, &format!("the type {} is not known", other.unwrap_or("without a name")))),
    }
}

fn struct_field(text: &str, value: &Value, depth: usize) -> Result<Field> {
    let name = value.get("name").and_then(Value::as_str).ok_or_else(|| wrong(text, "a field has no name"))?;
    let data_type = value.get("type").ok_or_else(|| wrong(text, "a field has no type"))?;
    let nullable = value.get("nullable").and_then(Value::as_bool).unwrap_or(true);
    Ok(Field::new(name, convert(text, data_type, depth)?, nullable))
}

fn wrong(text: &str, why: &str) -> SparkError {
    let start: String = text.chars().take(200).collect();
    invalid_schema(&start, why)
}

#[cfg(test)]
mod tests {
    use crate::types::{parse_schema, to_ddl};

    #[test]
    fn schemas() {
        let cases = [
            (r#""string""#, "STRING"),
            (
                r#"{"fields":[{"metadata":{},"name":"Clicks","nullable":true,"type":"integer"},
                    {"name":"ts","nullable":false,"type":"timestamp"}],"type":"struct"}"#,
                "Clicks INT,ts TIMESTAMP NOT NULL",
            ),
            (
                r#"{"type":"array","containsNull":true,"elementType":{"type":"struct","fields":[
                    {"name":"m","type":{"type":"map","keyType":"string","valueType":"long","valueContainsNull":true}}]}}"#,
                "ARRAY<STRUCT<m: MAP<STRING, BIGINT>>>",
            ),
            (r#""decimal(10,2)""#, "DECIMAL(10,2)"),
        ];
        for (json, ddl) in cases {
            assert_eq!(parse_schema(json).and_then(|t| to_ddl(&t)), Ok(ddl.to_owned()), "{json}");
        }
    }

    #[test]
    fn hostile_schemas() {
        let deep = format!("{}\"int\"{}", r#"{"type":"array","elementType":"#.repeat(100), "}".repeat(100));
        for json in
            ["{", "{}", r#"{"type":"udt"}"#, r#"{"type":"struct","fields":{}}"#, r#""no_such""#, &deep]
        {
            assert!(parse_schema(json).is_err(), "{json}");
        }
    }
}
