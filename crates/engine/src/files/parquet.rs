//! Parquet, by Arrow's own library; snappy, as Spark writes it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::format::{BATCH_ROWS, Batches, FileWriter};
use crate::EngineError;
use crate::functions::cast::spark_cast;

fn failed(file: &Path, error: &ParquetError) -> EngineError {
    EngineError::execution(format!(
        "[FAILED_READ_FILE.NO_HINT] Encountered error while reading file {}. {error} SQLSTATE: KD001",
        super::to_uri(file)
    ))
}

fn open(file: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, EngineError> {
    let source = File::open(file).map_err(|error| EngineError::io(file, &error))?;
    ParquetRecordBatchReaderBuilder::try_new(source).map_err(|error| failed(file, &error))
}

/// A type as the engine has it: times in microseconds of UTC, texts and bytes plain, everything nullable.
fn ours(kind: &DataType) -> DataType {
    let item = |field: &Arc<Field>| Arc::new(Field::new(field.name(), ours(field.data_type()), true));
    match kind {
        DataType::Timestamp(_, _) => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(item).collect::<Fields>()),
        DataType::List(field) | DataType::LargeList(field) => DataType::List(item(field)),
        other => other.clone(),
    }
}

/// The columns of the first file.
pub(super) fn infer(files: &[&Path]) -> Result<Option<SchemaRef>, EngineError> {
    let Some(first) = files.first() else { return Ok(None) };
    let schema = Arc::clone(open(first)?.schema());
    let fields = schema.fields().iter().map(|f| Field::new(f.name(), ours(f.data_type()), true));
    Ok(Some(Arc::new(Schema::new(fields.collect::<Vec<_>>()))))
}

/// The rows, with those columns of `schema` that the file has.
pub(super) fn read(file: &Path, schema: &SchemaRef, zone: &str) -> Result<Batches, EngineError> {
    let builder = open(file)?;
    let in_file = Arc::clone(builder.schema());
    let mut fields = Vec::new();
    let mut places = Vec::new();
    for field in schema.fields() {
        let same = |other: &Arc<Field>| other.name().eq_ignore_ascii_case(field.name());
        if let Some(place) = in_file.fields().iter().position(same) {
            fields.push(Arc::clone(field));
            places.push(place);
        }
    }
    let mask = ProjectionMask::roots(builder.parquet_schema(), places.iter().copied());
    // The reader gives the columns in the file's order.
    let mut order = places.clone();
    order.sort_unstable();
    let order: Vec<usize> = places.iter().filter_map(|place| order.iter().position(|p| p == place)).collect();
    let reader: ParquetRecordBatchReader = builder
        .with_projection(mask)
        .with_batch_size(BATCH_ROWS)
        .build()
        .map_err(|error| failed(file, &error))?;
    let (schema, zone) = (Arc::new(Schema::new(fields)), zone.to_owned());
    Ok(Box::new(reader.map(move |batch| {
        let batch = batch?;
        let columns = order
            .iter()
            .zip(schema.fields())
            .map(|(place, field)| Ok(spark_cast(batch.column(*place), field.data_type(), &zone)?));
        let columns = columns.collect::<Result<Vec<ArrayRef>, EngineError>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?)
    })))
}

struct ParquetWriter {
    path: PathBuf,
    writer: ArrowWriter<File>,
    schema: SchemaRef,
}

/// Begins a file.
pub(super) fn create(file: &Path, schema: &SchemaRef) -> Result<Box<dyn FileWriter>, EngineError> {
    let sink = File::create(file).map_err(|error| EngineError::io(file, &error))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    // Marks on columns are the plan's business; all columns may be null, as Spark writes them.
    let fields = schema.fields().iter().map(|f| Field::new(f.name(), f.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties))
        .map_err(|error| failed(file, &error))?;
    Ok(Box::new(ParquetWriter { path: file.to_owned(), writer, schema }))
}

impl FileWriter for ParquetWriter {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), EngineError> {
        let rows = RecordBatch::try_new(Arc::clone(&self.schema), rows.columns().to_vec())?;
        self.writer.write(&rows).map_err(|error| failed(&self.path, &error))
    }

    fn finish(self: Box<Self>) -> Result<(), EngineError> {
        let file = self.writer.into_inner().map_err(|error| failed(&self.path, &error))?;
        file.sync_all().map_err(|error| EngineError::io(&self.path, &error))
    }
}
