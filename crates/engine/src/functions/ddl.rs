//! Schemas as Spark writes them: DDL (`user LONG, tags ARRAY<STRING>`) and JSON (`{"type":"struct","fields":[...]}`).

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, TimeUnit};
use serde_json::Value;

use crate::EngineError;

/// The longest text that is read.
const MAX_TEXT: usize = 1 << 20;
/// The deepest nesting of types.
const MAX_DEPTH: u32 = 64;

/// Reads a type, or a list of columns as a struct, in either notation.
///
/// # Errors
/// Text that is neither.
pub fn parse(text: &str) -> Result<DataType, EngineError> {
    let wrong = || EngineError::parse_syntax(&format!("'{text}'"), text);
    if text.len() > MAX_TEXT {
        return Err(EngineError::illegal_argument("the schema is longer than 1 MiB"));
    }
    if text.trim_start().starts_with(['{', '"'])
        && let Ok(json) = serde_json::from_str::<Value>(text)
    {
        return from_json(&json, 0).ok_or_else(wrong);
    }
    let whole = |read: fn(&mut Reader<'_>) -> Option<DataType>| {
        let mut reader = Reader { rest: text, depth: 0 };
        read(&mut reader).filter(|_| reader.rest.trim().is_empty())
    };
    whole(|reader| reader.kind()).or_else(|| whole(|reader| reader.fields(None))).ok_or_else(wrong)
}

/// A type without parts, by any of its names in lower case.
fn simple(name: &str) -> Option<DataType> {
    Some(match name {
        "byte" | "tinyint" => DataType::Int8,
        "short" | "smallint" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "long" | "bigint" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "timestamp" | "timestamp_ltz" => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        "timestamp_ntz" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "decimal" | "dec" | "numeric" => DataType::Decimal128(10, 0),
        "void" | "null" => DataType::Null,
        _ => return None,
    })
}

/// A type's name in lower case, as `simpleString` writes it.
pub fn name(kind: &DataType) -> String {
    match kind {
        DataType::Null => "void".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "int".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "binary".to_owned(),
        DataType::Date32 => "date".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp".to_owned(),
        DataType::Timestamp(_, None) => "timestamp_ntz".to_owned(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::List(item) => format!("array<{}>", name(item.data_type())),
        DataType::Struct(fields) => {
            let parts: Vec<_> =
                fields.iter().map(|field| format!("{}:{}", field.name(), name(field.data_type()))).collect();
            format!("struct<{}>", parts.join(","))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => {
                let parts: Vec<_> = fields.iter().map(|field| name(field.data_type())).collect();
                format!("map<{}>", parts.join(","))
            }
            other => format!("map<{}>", name(other)),
        },
        other => other.to_string().to_lowercase(),
    }
}

fn decimal(precision: u8, scale: i8) -> Option<DataType> {
    ((1..=38).contains(&precision) && (0..=38).contains(&scale))
        .then_some(DataType::Decimal128(precision, scale))
}

fn list(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

fn map(key: DataType, value: DataType) -> DataType {
    let entries = vec![Field::new("key", key, false), Field::new("value", value, true)];
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries.into()), false)), false)
}

/// `decimal(10,2)`, `varchar(20)`.
fn with_arguments(name: &str) -> Option<DataType> {
    let (head, arguments) = name.strip_suffix(')')?.split_once('(')?;
    match head.trim() {
        "decimal" | "dec" | "numeric" => {
            let (precision, scale) = arguments.split_once(',').unwrap_or((arguments, "0"));
            decimal(precision.trim().parse().ok()?, scale.trim().parse().ok()?)
        }
        "varchar" | "char" => arguments.trim().parse::<u32>().ok().map(|_| DataType::Utf8),
        _ => None,
    }
}

fn from_json(json: &Value, depth: u32) -> Option<DataType> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(name) = json.as_str() {
        let name = name.to_ascii_lowercase();
        return simple(&name).or_else(|| with_arguments(&name));
    }
    match json.get("type")?.as_str()? {
        "struct" => {
            let fields = json.get("fields")?.as_array()?.iter().map(|field| {
                let kind = from_json(field.get("type")?, depth + 1)?;
                Some(Field::new(field.get("name")?.as_str()?, kind, true))
            });
            Some(DataType::Struct(fields.collect::<Option<Vec<_>>>()?.into()))
        }
        "array" => Some(list(from_json(json.get("elementType")?, depth + 1)?)),
        "map" => Some(map(
            from_json(json.get("keyType")?, depth + 1)?,
            from_json(json.get("valueType")?, depth + 1)?,
        )),
        _ => None,
    }
}

/// Reads DDL from the front of `rest`.
struct Reader<'a> {
    rest: &'a str,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn take(&mut self, token: &str) -> bool {
        let trimmed = self.rest.trim_start();
        match trimmed.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        let trimmed = self.rest.trim_start();
        if let Some(quoted) = trimmed.strip_prefix('`') {
            let (word, rest) = quoted.split_once('`')?;
            self.rest = rest;
            return Some(word);
        }
        let end = trimmed.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(trimmed.len());
        let (word, rest) = trimmed.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    fn kind(&mut self) -> Option<DataType> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let name = self.word()?.to_ascii_lowercase();
        let kind = match name.as_str() {
            "array" if self.take("<") => {
                let item = self.kind()?;
                self.take(">").then(|| list(item))
            }
            "map" if self.take("<") => {
                let key = self.kind()?;
                let value = if self.take(",") { self.kind()? } else { return None };
                self.take(">").then(|| map(key, value))
            }
            "struct" if self.take("<") => self.fields(Some(">")),
            _ if self.rest.trim_start().starts_with('(') => {
                let (arguments, rest) = self.rest.split_once(')')?;
                self.rest = rest;
                with_arguments(&format!("{name}{})", arguments.trim_start()))
            }
            _ => simple(&name),
        };
        self.depth -= 1;
        kind
    }

    /// `name[:] type [NOT NULL] [COMMENT '...'], ...` up to `end`.
    fn fields(&mut self, end: Option<&str>) -> Option<DataType> {
        let mut fields = Vec::new();
        loop {
            let name = self.word()?.to_owned();
            self.take(":");
            fields.push(Field::new(name, self.kind()?, true));
            let after = self.rest.trim_start();
            if after.get(..8).is_some_and(|words| words.eq_ignore_ascii_case("not null")) {
                self.rest = after.get(8..)?;
            }
            if !self.take(",") {
                break;
            }
        }
        match end {
            Some(end) if !self.take(end) => None,
            _ => Some(DataType::Struct(fields.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_notations() {
        let cases = [
            "user LONG, page STRING, status INT, ms INT, ts LONG",
            "a ARRAY<STRUCT<x: INT, `y z`: DECIMAL(10, 2)>>, m MAP<STRING, DOUBLE> NOT NULL",
            "array<struct<Clicks:int,ts:timestamp>>",
            r#"{"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}},{"name":"b","type":{"type":"array","elementType":"timestamp","containsNull":true},"nullable":true,"metadata":{}}]}"#,
        ];
        let got: Vec<String> = cases.iter().map(|text| parse(text).unwrap().to_string()).collect();
        expect_test::expect![[r#"
            Struct("user": Int64, "page": Utf8, "status": Int32, "ms": Int32, "ts": Int64)
            Struct("a": List(Struct("x": Int32, "y z": Decimal128(10, 2))), "m": Map("entries": non-null Struct("key": non-null Utf8, "value": Float64), unsorted))
            List(Struct("Clicks": Int32, "ts": Timestamp(µs, "UTC")))
            Struct("a": Int32, "b": List(Timestamp(µs, "UTC")))"#]]
        .assert_eq(&got.join("\n"));
    }

    #[test]
    fn bad_schemas_are_refused() {
        let deep = "array<".repeat(100_000);
        for text in ["", "a", "a INT,", "a NOPE", "array<int", "decimal(99,1)", "{", r#"{"type":"x"}"#, &deep]
        {
            assert!(parse(text).is_err(), "{}", text.get(..20).unwrap_or(text));
        }
    }
}
