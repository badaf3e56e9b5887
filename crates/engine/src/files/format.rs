//! The four formats, behind one face: infer columns, read a file, write a file.

use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::{csv, json, not_done, parquet, text};
use crate::{EngineError, Options};

/// Rows in a batch that is read.
pub(super) const BATCH_ROWS: usize = 8192;

/// The rows of a file, read as they are asked for.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RecordBatch, EngineError>> + Send>;

/// What to do with a record that cannot be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Malformed {
    /// Nulls in place of what cannot be read.
    #[default]
    Permissive,
    /// Leave the record out.
    Drop,
    /// Fail.
    Fail,
}

impl Malformed {
    pub(super) fn parse(options: &Options) -> Result<Self, EngineError> {
        match options.get("mode").map(str::to_ascii_uppercase).as_deref() {
            None | Some("PERMISSIVE") => Ok(Self::Permissive),
            Some("DROPMALFORMED") => Ok(Self::Drop),
            Some("FAILFAST") => Ok(Self::Fail),
            Some(other) => Err(EngineError::illegal_argument(format!(
                "Invalid value '{other}' for option 'mode': PERMISSIVE, DROPMALFORMED or FAILFAST is needed"
            ))),
        }
    }
}

/// A format with its options.
#[derive(Debug, Clone)]
pub(crate) enum Format {
    Text(text::TextFormat),
    Csv(Box<csv::CsvFormat>),
    Json(json::JsonFormat),
    Parquet,
}

/// A file being written.
pub(super) trait FileWriter: Send {
    /// Adds rows.
    fn write(&mut self, rows: &RecordBatch) -> Result<(), EngineError>;

    /// Ends the file and makes it durable.
    fn finish(self: Box<Self>) -> Result<(), EngineError>;
}

impl Format {
    /// The format of a name, if it is one of files.
    pub(crate) fn is_known(name: &str) -> bool {
        ["text", "csv", "json", "parquet"].contains(&name.to_ascii_lowercase().as_str())
    }

    /// The format of a name, with its options; `zone` is the session's time zone.
    ///
    /// # Errors
    /// Another format, or options that are not allowed or not done.
    pub(crate) fn new(name: &str, options: &Options, zone: &str) -> Result<Self, EngineError> {
        not_done::refuse(name, options)?;
        let zone = options.get("timeZone").unwrap_or(zone);
        Ok(match name.to_ascii_lowercase().as_str() {
            "text" => Self::Text(text::TextFormat::new(options)?),
            "csv" => Self::Csv(Box::new(csv::CsvFormat::new(options, zone)?)),
            "json" => Self::Json(json::JsonFormat::new(options, zone)?),
            "parquet" => Self::Parquet,
            _ => return Err(EngineError::data_source_not_found(name)),
        })
    }

    /// The format's name as Spark's messages write it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "Text",
            Self::Csv(_) => "CSV",
            Self::Json(_) => "JSON",
            Self::Parquet => "Parquet",
        }
    }

    /// The end of a written file's name.
    pub(super) fn extension(&self) -> &'static str {
        match self {
            Self::Text(_) => "txt",
            Self::Csv(_) => "csv",
            Self::Json(_) => "json",
            Self::Parquet => "snappy.parquet",
        }
    }

    /// Whether it needs no schema: text has one column.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// The columns that files seem to have; none if there is nothing to see them by.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn infer(&self, files: &[&Path]) -> Result<Option<SchemaRef>, EngineError> {
        match self {
            Self::Text(_) => Ok(Some(text::schema())),
            Self::Csv(csv) => csv.infer(files),
            Self::Json(json) => json.infer(files),
            Self::Parquet => parquet::infer(files),
        }
    }

    /// The rows of a file, with those columns of `schema` that it has.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn read(&self, file: &Path, schema: &SchemaRef, zone: &str) -> Result<Batches, EngineError> {
        match self {
            Self::Text(text) => text.read(file, schema),
            Self::Csv(csv) => csv.read(file, schema),
            Self::Json(json) => json.read(file, schema),
            Self::Parquet => parquet::read(file, schema, zone),
        }
    }

    /// Begins a file for rows of this schema.
    ///
    /// # Errors
    /// Columns that the format cannot hold, the disk.
    pub(super) fn create(&self, file: &Path, schema: &SchemaRef) -> Result<Box<dyn FileWriter>, EngineError> {
        match self {
            Self::Text(text) => text.create(file),
            Self::Csv(csv) => csv.create(file, schema),
            Self::Json(json) => json.create(file),
            Self::Parquet => parquet::create(file, schema),
        }
    }

    /// Whether rows of this schema can be written.
    ///
    /// # Errors
    /// They cannot, with Spark's text.
    pub(crate) fn check_columns(&self, schema: &SchemaRef) -> Result<(), EngineError> {
        match self {
            Self::Text(_) => text::check_columns(schema),
            Self::Csv(_) => csv::check_columns(schema),
            Self::Json(_) | Self::Parquet => Ok(()),
        }
    }
}

/// Opens a file; one that ends in `.gz` is unpacked as it is read.
pub(super) fn open(file: &Path) -> Result<BufReader<Box<dyn Read + Send>>, EngineError> {
    let plain = File::open(file).map_err(|error| EngineError::io(file, &error))?;
    let packed = file.extension().is_some_and(|extension| extension == "gz");
    let reader: Box<dyn Read + Send> =
        if packed { Box::new(flate2::read::MultiGzDecoder::new(plain)) } else { Box::new(plain) };
    Ok(BufReader::with_capacity(1 << 16, reader))
}

/// A file of lines being written.
pub(super) struct LineFile {
    path: std::path::PathBuf,
    file: File,
    /// Lines that are not written yet.
    pub(super) text: String,
}

impl LineFile {
    pub(super) fn create(path: &Path) -> Result<Self, EngineError> {
        let file = File::create(path).map_err(|error| EngineError::io(path, &error))?;
        Ok(Self { path: path.to_owned(), file, text: String::new() })
    }

    /// Writes the lines that wait.
    pub(super) fn flush(&mut self) -> Result<(), EngineError> {
        let written = self.file.write_all(self.text.as_bytes());
        self.text.clear();
        written.map_err(|error| EngineError::io(&self.path, &error))
    }

    pub(super) fn finish(mut self) -> Result<(), EngineError> {
        self.flush()?;
        self.file.sync_all().map_err(|error| EngineError::io(&self.path, &error))
    }
}
