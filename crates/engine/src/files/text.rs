//! Text: a row a line, in column `value`; with `wholetext` a row a file.

use std::io::{BufRead as _, Read as _};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayBuilder as _, AsArray as _, RecordBatch, StringArray, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::format::{BATCH_ROWS, Batches, FileWriter, LineFile, open};
use crate::{EngineError, Options};

/// The longest line.
const MAX_LINE: u64 = 256 << 20;

/// The format with its options.
#[derive(Debug, Clone)]
pub(crate) struct TextFormat {
    whole: bool,
}

/// The columns of a text file.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)]))
}

/// One column of text.
pub(super) fn check_columns(schema: &SchemaRef) -> Result<(), EngineError> {
    let [field] = schema.fields().as_ref() else {
        return Err(EngineError::analysis(format!(
            "Text data source supports only a single column, and you have {} columns.",
            schema.fields().len()
        )));
    };
    if *field.data_type() == DataType::Utf8 {
        return Ok(());
    }
    Err(EngineError::unsupported_column("Text", field))
}

/// The next line of a reader without its end; none at the end. Lines end in `\n` or `\r\n`.
pub(super) fn next_line(
    reader: &mut impl std::io::BufRead,
    line: &mut Vec<u8>,
    file: &Path,
) -> Result<bool, EngineError> {
    line.clear();
    let read =
        reader.take(MAX_LINE).read_until(b'\n', line).map_err(|error| EngineError::io(file, &error))?;
    if u64::try_from(read).unwrap_or(u64::MAX) == MAX_LINE {
        return Err(EngineError::execution(format!(
            "{}: a line of more than {MAX_LINE} bytes is no line",
            file.display()
        )));
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
    }
    Ok(read > 0)
}

impl TextFormat {
    pub(super) fn new(options: &Options) -> Result<Self, EngineError> {
        Ok(Self { whole: options.flag("wholetext")?.unwrap_or(false) })
    }

    pub(super) fn read(&self, file: &Path, schema: &SchemaRef) -> Result<Batches, EngineError> {
        let schema = if schema.fields().is_empty() { self::schema() } else { Arc::clone(schema) };
        let mut reader = open(file)?;
        let file = file.to_owned();
        if self.whole {
            let mut text = Vec::new();
            reader.take(MAX_LINE).read_to_end(&mut text).map_err(|error| EngineError::io(&file, &error))?;
            let text = StringArray::from(vec![String::from_utf8_lossy(&text).into_owned()]);
            let rows = RecordBatch::try_new(schema, vec![Arc::new(text)])?;
            return Ok(Box::new(std::iter::once(Ok(rows))));
        }
        let mut line = Vec::new();
        Ok(Box::new(std::iter::from_fn(move || {
            let mut texts = StringBuilder::new();
            while texts.len() < BATCH_ROWS {
                match next_line(&mut reader, &mut line, &file) {
                    Ok(true) => texts.append_value(String::from_utf8_lossy(&line)),
                    Ok(false) => break,
                    Err(error) => return Some(Err(error)),
                }
            }
            let texts = texts.finish();
            (!texts.is_empty()).then(|| Ok(RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(texts)])?))
        })))
    }

    pub(super) fn create(&self, file: &Path) -> Result<Box<dyn FileWriter>, EngineError> {
        Ok(Box::new(TextWriter(LineFile::create(file)?)))
    }
}

struct TextWriter(LineFile);

impl FileWriter for TextWriter {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), EngineError> {
        for text in rows.column(0).as_string::<i32>().iter().flatten() {
            self.0.text.push_str(text);
            self.0.text.push('\n');
        }
        self.0.flush()
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        self.0.finish()
    }
}
