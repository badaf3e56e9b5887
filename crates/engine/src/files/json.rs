//! JSON: an object a line; with `multiLine` a file is one value, and the items of a list are rows.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringArray, StructArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde_json::Value;

use super::format::{BATCH_ROWS, Batches, FileWriter, LineFile, Malformed, open};
use super::text::next_line;
use crate::functions::{from_json, to_json};
use crate::{EngineError, Options};

/// The largest file that `multiLine` reads whole.
const MAX_WHOLE: u64 = 1 << 30;

/// The format with its options.
#[derive(Debug, Clone)]
pub(crate) struct JsonFormat {
    multi_line: bool,
    malformed: Malformed,
    /// The column that takes the text of a record that is none.
    corrupt: String,
    zone: Tz,
}

/// The type of a value, as far as it shows.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Null,
    Boolean,
    Long,
    Double,
    Text,
    List(Box<Shape>),
    Object(BTreeMap<String, Shape>),
}

impl Shape {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_i64() => Self::Long,
            Value::Number(_) => Self::Double,
            Value::String(_) => Self::Text,
            Value::Array(items) => {
                Self::List(Box::new(items.iter().map(Self::of).fold(Self::Null, Self::merge)))
            }
            Value::Object(members) => {
                Self::Object(members.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect())
            }
        }
    }

    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null, shape) | (shape, Self::Null) => shape,
            (Self::Long, Self::Double) | (Self::Double, Self::Long) => Self::Double,
            (Self::List(a), Self::List(b)) => Self::List(Box::new(a.merge(*b))),
            (Self::Object(mut a), Self::Object(b)) => {
                for (name, shape) in b {
                    let known = a.remove(&name).unwrap_or(Self::Null);
                    a.insert(name, known.merge(shape));
                }
                Self::Object(a)
            }
            _ => Self::Text,
        }
    }

    /// The type; what was always null is text.
    fn data_type(&self) -> DataType {
        match self {
            Self::Null | Self::Text => DataType::Utf8,
            Self::Boolean => DataType::Boolean,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::List(item) => DataType::new_list(item.data_type(), true),
            Self::Object(members) => DataType::Struct(fields(members).into()),
        }
    }
}

/// Fields by name, as Spark orders them.
fn fields(members: &BTreeMap<String, Shape>) -> Vec<Field> {
    members.iter().map(|(name, shape)| Field::new(name, shape.data_type(), true)).collect()
}

/// The texts of a file's records.
type Records = Box<dyn Iterator<Item = Result<String, EngineError>> + Send>;

impl JsonFormat {
    pub(super) fn new(options: &Options, zone: &str) -> Result<Self, EngineError> {
        Ok(Self {
            multi_line: options.flag("multiLine")?.unwrap_or(false),
            malformed: Malformed::parse(options)?,
            corrupt: options.get("columnNameOfCorruptRecord").unwrap_or("_corrupt_record").to_owned(),
            zone: zone.parse().or_else(|_| "UTC".parse())?,
        })
    }

    fn records(&self, file: &Path) -> Result<Records, EngineError> {
        let mut reader = open(file)?;
        let file = file.to_owned();
        if self.multi_line {
            let mut text = String::new();
            reader
                .take(MAX_WHOLE)
                .read_to_string(&mut text)
                .map_err(|error| EngineError::io(&file, &error))?;
            return Ok(Box::new(items(text).into_iter().map(Ok)));
        }
        let mut line = Vec::new();
        let lines = std::iter::from_fn(move || {
            loop {
                match next_line(&mut reader, &mut line, &file) {
                    Ok(true) if line.iter().all(u8::is_ascii_whitespace) => {}
                    Ok(true) => return Some(Ok(String::from_utf8_lossy(&line).into_owned())),
                    Ok(false) => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
        });
        // A line that is a list holds a row an item.
        Ok(Box::new(lines.flat_map(|line| match line {
            Ok(line) if line.trim_start().starts_with('[') => items(line).into_iter().map(Ok).collect(),
            other => vec![other],
        })))
    }

    pub(super) fn infer(&self, files: &[&Path]) -> Result<Option<SchemaRef>, EngineError> {
        let mut all = BTreeMap::new();
        for file in files {
            for record in self.records(file)? {
                let record = record?;
                let members = match (serde_json::from_str(&record), self.malformed) {
                    (Ok(Value::Object(members)), _) => members,
                    (_, Malformed::Drop) => continue,
                    (_, Malformed::Fail) => return Err(EngineError::malformed_record(file, &record)),
                    (_, Malformed::Permissive) => {
                        all.insert(self.corrupt.clone(), Shape::Text);
                        continue;
                    }
                };
                let seen = Shape::Object(all).merge(Shape::of(&Value::Object(members)));
                let Shape::Object(merged) = seen else { return Ok(None) };
                all = merged;
            }
        }
        Ok((!all.is_empty()).then(|| Arc::new(Schema::new(fields(&all)))))
    }

    pub(super) fn read(&self, file: &Path, schema: &SchemaRef) -> Result<Batches, EngineError> {
        let mut records = self.records(file)?;
        let (schema, format, file) = (Arc::clone(schema), self.clone(), file.to_owned());
        Ok(Box::new(std::iter::from_fn(move || {
            let texts: Result<Vec<String>, EngineError> = records.by_ref().take(BATCH_ROWS).collect();
            match texts {
                Ok(texts) if texts.is_empty() => None,
                Ok(texts) => Some(format.batch(texts, &schema, &file)),
                Err(error) => Some(Err(error)),
            }
        })))
    }

    fn batch(
        &self,
        mut texts: Vec<String>,
        schema: &SchemaRef,
        file: &Path,
    ) -> Result<RecordBatch, EngineError> {
        let is_whole = |text: &String| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
        match self.malformed {
            Malformed::Permissive => {}
            Malformed::Drop => texts.retain(is_whole),
            Malformed::Fail => {
                if let Some(bad) = texts.iter().find(|text| !is_whole(text)) {
                    return Err(EngineError::malformed_record(file, bad));
                }
            }
        }
        let mut columns = from_json::columns(schema.fields(), texts.iter().map(String::as_str), self.zone)?;
        if let Some((place, field)) = schema.column_with_name(&self.corrupt)
            && *field.data_type() == DataType::Utf8
            && let Some(column) = columns.get_mut(place)
        {
            let corrupt = texts.iter().map(|text| (!is_object(text)).then_some(text.as_str()));
            *column = Arc::new(corrupt.collect::<StringArray>());
        }
        let options = RecordBatchOptions::new().with_row_count(Some(texts.len()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?)
    }

    pub(super) fn create(&self, file: &Path) -> Result<Box<dyn FileWriter>, EngineError> {
        Ok(Box::new(JsonWriter { file: LineFile::create(file)?, zone: self.zone }))
    }
}

/// Whether a text is a record; nothing of it is kept.
fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// The items of a list, or the value itself.
fn items(text: String) -> Vec<String> {
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Array(items)) => items.iter().map(Value::to_string).collect(),
        _ => vec![text],
    }
}

struct JsonWriter {
    file: LineFile,
    zone: Tz,
}

impl FileWriter for JsonWriter {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), EngineError> {
        let objects: ArrayRef = Arc::new(StructArray::from(rows.clone()));
        for row in 0..rows.num_rows() {
            to_json::write_value(&mut self.file.text, &objects, row, self.zone);
            self.file.text.push('\n');
        }
        self.file.flush()
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        self.file.finish()
    }
}
