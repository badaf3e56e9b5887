//! CSV: a row a line, by position; with `header` the first line names the columns.

use std::path::Path;
use std::sync::Arc;

use arrow::array::timezone::Tz;
use arrow::array::{
    Array as _, ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, SecondsFormat, TimeZone as _, Utc};
use csv::{ReaderBuilder, StringRecord};

use super::format::{BATCH_ROWS, Batches, FileWriter, LineFile, Malformed, open};
use super::infer::Kind;
use crate::functions::cast::spark_cast;
use crate::functions::pattern::Pattern;
use crate::{EngineError, Options};

/// The format with its options.
#[derive(Debug, Clone)]
pub(crate) struct CsvFormat {
    header: bool,
    separator: u8,
    quote: u8,
    escape: u8,
    comment: Option<u8>,
    null_value: String,
    trims: (bool, bool),
    infers: bool,
    malformed: Malformed,
    timestamps: Option<Pattern>,
    dates: Option<Pattern>,
    zone: String,
}

fn one_byte(options: &Options, name: &str) -> Result<Option<u8>, EngineError> {
    let Some(text) = options.get(name) else { return Ok(None) };
    let text = if text == "\\t" { "\t" } else { text };
    match text.as_bytes() {
        [] => Ok(Some(0)),
        [byte] => Ok(Some(*byte)),
        _ => Err(EngineError::unsupported(format!(
            "the option {name}='{text}' of CSV files: more than one character"
        ))),
    }
}

/// Columns of single values.
pub(super) fn check_columns(schema: &SchemaRef) -> Result<(), EngineError> {
    let nested = schema.fields().iter().find(|field| field.data_type().is_nested());
    nested.map_or(Ok(()), |field| Err(EngineError::unsupported_column("CSV", field)))
}

impl CsvFormat {
    pub(super) fn new(options: &Options, zone: &str) -> Result<Self, EngineError> {
        let pattern = |name: &str| options.get(name).map(Pattern::parse).transpose();
        Ok(Self {
            header: options.flag("header")?.unwrap_or(false),
            separator: one_byte(options, "sep")?.or(one_byte(options, "delimiter")?).unwrap_or(b','),
            quote: one_byte(options, "quote")?.unwrap_or(b'"'),
            escape: one_byte(options, "escape")?.unwrap_or(b'\\'),
            comment: one_byte(options, "comment")?.filter(|byte| *byte != 0),
            null_value: options.get("nullValue").unwrap_or_default().to_owned(),
            trims: (
                options.flag("ignoreLeadingWhiteSpace")?.unwrap_or(false),
                options.flag("ignoreTrailingWhiteSpace")?.unwrap_or(false),
            ),
            infers: options.flag("inferSchema")?.unwrap_or(false),
            malformed: Malformed::parse(options)?,
            timestamps: pattern("timestampFormat")?,
            dates: pattern("dateFormat")?,
            zone: zone.to_owned(),
        })
    }

    /// Reads records, of any number of fields, without the header.
    fn records(&self, file: &Path) -> Result<Records, EngineError> {
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(self.header)
            .flexible(true)
            .delimiter(self.separator)
            .quoting(self.quote != 0)
            .quote(self.quote)
            .escape((self.escape != self.quote && self.escape != 0).then_some(self.escape))
            .comment(self.comment);
        Ok(builder.from_reader(Box::new(open(file)?)))
    }

    fn value<'a>(&self, text: &'a str) -> Option<&'a str> {
        let text = if self.trims.0 { text.trim_start() } else { text };
        let text = if self.trims.1 { text.trim_end() } else { text };
        (!text.is_empty() && text != self.null_value).then_some(text)
    }

    pub(super) fn infer(&self, files: &[&Path]) -> Result<Option<SchemaRef>, EngineError> {
        let mut names: Option<Vec<String>> = None;
        let mut kinds: Vec<Kind> = Vec::new();
        for file in files {
            let mut records = self.records(file)?;
            let mut record = StringRecord::new();
            if names.is_none() {
                let first = records.headers().map_err(|error| failed(file, &error))?.clone();
                if first.is_empty() {
                    continue;
                }
                kinds = vec![Kind::Null; first.len()];
                names = Some((0..first.len()).map(|i| self.column_name(first.get(i), i)).collect());
            }
            while self.infers && next(&mut records, &mut record, file)? {
                for (kind, text) in kinds.iter_mut().zip(record.iter()) {
                    if let Some(text) = self.value(text) {
                        *kind = kind.merge(self.kind_of(text));
                    }
                }
            }
        }
        let kind = |kind: Kind| if self.infers { kind.data_type() } else { DataType::Utf8 };
        Ok(names.map(|names| {
            let fields = names.into_iter().zip(kinds).map(|(name, k)| Field::new(name, kind(k), true));
            Arc::new(Schema::new(fields.collect::<Vec<_>>()))
        }))
    }

    fn column_name(&self, text: Option<&str>, place: usize) -> String {
        let named = text.filter(|text| self.header && !text.is_empty());
        named.map_or_else(|| format!("_c{place}"), str::to_owned)
    }

    /// A text that fits the given pattern of times is one, whatever else it looks like.
    fn kind_of(&self, text: &str) -> Kind {
        let zone: Option<Tz> = self.zone.parse().ok();
        let fits = |pattern: &Option<Pattern>| {
            pattern.as_ref().zip(zone).is_some_and(|(pattern, zone)| pattern.read(text, zone).is_some())
        };
        if fits(&self.timestamps) {
            Kind::Timestamp
        } else if fits(&self.dates) {
            Kind::Date
        } else {
            Kind::of(text)
        }
    }

    pub(super) fn read(&self, file: &Path, schema: &SchemaRef) -> Result<Batches, EngineError> {
        let mut records = self.records(file)?;
        let (format, schema, file) = (self.clone(), Arc::clone(schema), file.to_owned());
        let mut ended = false;
        Ok(Box::new(std::iter::from_fn(move || {
            if ended {
                return None;
            }
            match format.batch(&mut records, &schema, &file) {
                Ok((rows, more)) => {
                    ended = !more;
                    (rows.num_rows() > 0 || more).then_some(Ok(rows))
                }
                Err(error) => {
                    ended = true;
                    Some(Err(error))
                }
            }
        })))
    }

    /// The next rows, and whether there may be more.
    fn batch(
        &self,
        records: &mut Records,
        schema: &SchemaRef,
        file: &Path,
    ) -> Result<(RecordBatch, bool), EngineError> {
        let mut texts: Vec<StringBuilder> = schema.fields().iter().map(|_| StringBuilder::new()).collect();
        let mut record = StringRecord::new();
        let (mut rows, mut whole, mut more) = (0, Vec::new(), true);
        while rows < BATCH_ROWS {
            if !next(records, &mut record, file)? {
                more = false;
                break;
            }
            for (place, builder) in texts.iter_mut().enumerate() {
                builder.append_option(record.get(place).and_then(|text| self.value(text)));
            }
            whole.push(record.len() == texts.len());
            rows += 1;
        }
        let texts: Vec<StringArray> = texts.iter_mut().map(StringBuilder::finish).collect();
        let columns = texts.iter().zip(schema.fields()).map(|(texts, field)| self.typed(texts, field));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)?;
        Ok((self.without_malformed(batch, &texts, whole, file)?, more))
    }

    fn without_malformed(
        &self,
        batch: RecordBatch,
        texts: &[StringArray],
        mut whole: Vec<bool>,
        file: &Path,
    ) -> Result<RecordBatch, EngineError> {
        if self.malformed == Malformed::Permissive {
            return Ok(batch);
        }
        for (row, whole) in whole.iter_mut().enumerate() {
            *whole &= texts
                .iter()
                .zip(batch.columns())
                .all(|(text, column)| text.is_null(row) || column.is_valid(row));
        }
        if let Some(row) = whole.iter().position(|whole| !whole)
            && self.malformed == Malformed::Fail
        {
            let fields: Vec<&str> =
                texts.iter().map(|text| if text.is_null(row) { "" } else { text.value(row) }).collect();
            return Err(EngineError::malformed_record(file, &fields.join(",")));
        }
        Ok(filter_record_batch(&batch, &whole.into())?)
    }

    fn typed(&self, texts: &StringArray, field: &Field) -> Result<ArrayRef, EngineError> {
        let pattern = match field.data_type() {
            DataType::Timestamp(_, _) => self.timestamps.as_ref(),
            DataType::Date32 => self.dates.as_ref(),
            _ => None,
        };
        let zone = self.zone.parse::<Tz>().ok();
        if let (Some(pattern), Some(zone)) = (pattern, zone) {
            let read = |text: Option<&str>| pattern.read(text?, zone);
            let times: TimestampMicrosecondArray = texts.iter().map(read).collect();
            let times =
                if *field.data_type() == DataType::Date32 { times } else { times.with_timezone("UTC") };
            return Ok(cast(&times, field.data_type())?);
        }
        Ok(spark_cast(&(Arc::new(texts.clone()) as ArrayRef), field.data_type(), &self.zone)?)
    }

    pub(super) fn create(&self, file: &Path, schema: &SchemaRef) -> Result<Box<dyn FileWriter>, EngineError> {
        let mut file = LineFile::create(file)?;
        if self.header {
            for (place, field) in schema.fields().iter().enumerate() {
                self.separate(&mut file.text, place);
                self.field(&mut file.text, field.name());
            }
            file.text.push('\n');
        }
        Ok(Box::new(CsvWriter { file, format: self.clone() }))
    }

    fn separate(&self, out: &mut String, place: usize) {
        if place > 0 {
            out.push(char::from(self.separator));
        }
    }

    /// Writes a text, in quotes where it would be read as something else.
    fn field(&self, out: &mut String, text: &str) {
        let special = |c: char| {
            matches!(c, '\n' | '\r') || c == char::from(self.separator) || c == char::from(self.quote)
        };
        if self.quote == 0 || (!text.is_empty() && !text.contains(special)) {
            out.push_str(text);
            return;
        }
        let quote = char::from(self.quote);
        out.push(quote);
        for c in text.chars() {
            if c == quote {
                out.push(char::from(self.escape));
            }
            out.push(c);
        }
        out.push(quote);
    }

    /// A column as the texts that are written.
    fn texts(&self, column: &ArrayRef) -> Result<StringArray, EngineError> {
        let zone = self.zone.parse::<Tz>().ok();
        if let (DataType::Timestamp(_, _), Some(zone)) = (column.data_type(), zone) {
            let times = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            return Ok(times
                .as_primitive::<TimestampMicrosecondType>()
                .iter()
                .map(|us| Some(iso(us?, zone)))
                .collect());
        }
        let texts = spark_cast(column, &DataType::Utf8, &self.zone)?;
        Ok(texts.as_string::<i32>().clone())
    }
}

fn iso(us: i64, zone: Tz) -> String {
    let utc: DateTime<Utc> = DateTime::from_timestamp_micros(us).unwrap_or_default();
    zone.from_utc_datetime(&utc.naive_utc()).to_rfc3339_opts(SecondsFormat::Millis, true)
}

type Records = csv::Reader<Box<dyn std::io::Read + Send>>;

fn failed(file: &Path, error: &csv::Error) -> EngineError {
    EngineError::execution(format!("{}: {error}", file.display()))
}

fn next(records: &mut Records, record: &mut StringRecord, file: &Path) -> Result<bool, EngineError> {
    records.read_record(record).map_err(|error| failed(file, &error))
}

struct CsvWriter {
    file: LineFile,
    format: CsvFormat,
}

impl FileWriter for CsvWriter {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), EngineError> {
        let columns =
            rows.columns().iter().map(|column| self.format.texts(column)).collect::<Result<Vec<_>, _>>()?;
        for row in 0..rows.num_rows() {
            for (place, column) in columns.iter().enumerate() {
                self.format.separate(&mut self.file.text, place);
                if column.is_valid(row) {
                    self.format.field(&mut self.file.text, column.value(row));
                } else {
                    self.file.text.push_str(&self.format.null_value);
                }
            }
            self.file.text.push('\n');
        }
        self.file.flush()
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        self.file.finish()
    }
}
