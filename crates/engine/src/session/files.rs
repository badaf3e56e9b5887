//! Batch queries over files: `spark.read` and `df.write`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use arrow::datatypes::SchemaRef;
use datafusion::common::TableReference;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use futures::TryStreamExt as _;

use super::Session;
use crate::checkpoint::durable;
use crate::files::{
    DirectoryWriter, FileEntry, FileScan, FileTable, Format, Listing, Place, SaveMode, WriteSpec,
    with_partitions,
};
use crate::sources::{FileSpec, StreamTable};
use crate::{EngineError, Options};

impl Session {
    /// Sets the directory that relative paths start from: that of the program, where it is known.
    pub fn set_directory(&self, directory: PathBuf) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Some(directory);
    }

    /// The directory that relative paths start from: as set, else the process's.
    pub(crate) fn directory(&self) -> PathBuf {
        let set = self.directory.read().unwrap_or_else(PoisonError::into_inner).clone();
        set.or_else(|| std::env::current_dir().ok()).unwrap_or_else(|| PathBuf::from("/"))
    }

    /// The plan of files: `spark.read.format(format).options(...).schema(...).load(paths)`. Without paths, the option
    /// `path` names the place. Without a schema it is inferred, as Spark infers it.
    ///
    /// # Errors
    /// Unknown format, a path that is not there, files that cannot be read; with Spark's texts.
    pub async fn read(
        &self,
        format: &str,
        paths: &[String],
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<LogicalPlan, EngineError> {
        refuse_streams(
            format,
            "spark.read",
            "readStream with trigger(availableNow=True) reads what is there",
        )?;
        let zone = self.time_zone();
        let read_as = Format::new(format, options, &zone)?;
        let paths: Vec<&str> = match paths {
            [] => options.get("path").into_iter().collect(),
            some => some.iter().map(String::as_str).collect(),
        };
        if paths.is_empty() {
            return Err(EngineError::analysis(format!(
                "[UNABLE_TO_INFER_SCHEMA] Unable to infer schema for {}. It must be specified manually. \
                 SQLSTATE: 42KD9",
                read_as.name()
            )));
        }
        let base = self.directory();
        let places = paths.iter().map(|path| Place::new(path, &base)).collect::<Result<Vec<_>, _>>()?;
        let listing = Listing::new(options)?;
        let (format_name, inferred) = (read_as.name(), read_as.clone());
        let looked = tokio::task::spawn_blocking(move || look(&places, &listing, &inferred, schema, false));
        let (files, schema) = looked.await.map_err(|error| {
            EngineError::execution(format!("reading {format_name} files broke down: {error}"))
        })??;
        let scan = FileScan::new(read_as, schema, zone);
        let table = Arc::new(FileTable::new(scan, files));
        let name = TableReference::bare(format.to_ascii_lowercase());
        Ok(LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.build()?)
    }

    /// The plan of a stream of files: a schema is needed, unless it may be inferred from what is there already.
    pub(super) fn read_file_stream(
        &self,
        format: &str,
        options: &Options,
        schema: Option<SchemaRef>,
    ) -> Result<LogicalPlan, EngineError> {
        let zone = self.time_zone();
        let read_as = Format::new(format, options, &zone)?;
        let path = options.get("path").ok_or_else(EngineError::no_path)?;
        let place = Place::new(path, &self.directory())?;
        place.must_exist(false)?;
        let infers = self
            .conf("spark.sql.streaming.schemaInference")
            .is_some_and(|on| on.eq_ignore_ascii_case("true"));
        let schema = schema.filter(|schema| !schema.fields().is_empty());
        if schema.is_none() && !infers && !read_as.is_text() {
            return Err(EngineError::illegal_argument(
                "Schema must be specified when creating a streaming source DataFrame. If some files already exist in \
                 the directory, then depending on the file format you may be able to create a static DataFrame on \
                 that directory with 'spark.read.load(directory)' and infer schema from it.",
            ));
        }
        let listing = Listing::new(options)?;
        let (_, schema) = look(std::slice::from_ref(&place), &listing, &read_as, schema, true)?;
        let scan = FileScan::new(read_as, schema, zone);
        let spec = FileSpec::new(format, place, listing, scan, options, &self.directory())?;
        let table = Arc::new(StreamTable::new(Arc::new(spec)));
        let name = TableReference::bare(format.to_ascii_lowercase());
        Ok(LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.build()?)
    }

    /// Runs a batch plan and writes its rows as files.
    ///
    /// # Errors
    /// As [`Session::execute`]; a place that is taken (by the mode), columns that the format cannot hold, the disk.
    pub async fn write(&self, plan: LogicalPlan, spec: &WriteSpec) -> Result<(), EngineError> {
        refuse_streams(&spec.format, "df.write", "a stream's writeStream writes it; df.show() prints")?;
        let zone = self.time_zone();
        let format = Format::new(&spec.format, &spec.options, &zone)?;
        let path = Some(spec.path.as_str()).filter(|path| !path.is_empty());
        let path = path.or_else(|| spec.options.get("path")).ok_or_else(EngineError::no_path)?;
        let place = Place::new(path, &self.directory())?;
        let directory = place.path().to_owned();
        let taken = directory.exists();
        match spec.mode {
            SaveMode::ErrorIfExists if taken => return Err(EngineError::path_exists(&place.shown())),
            SaveMode::Ignore if taken => return Ok(()),
            _ => {}
        }
        let mut rows = self.execute(plan).await?;
        // Whoever reads the directory meanwhile does not see what begins with an underscore.
        let beside = directory.join(format!("_temporary-{}", uuid::Uuid::new_v4()));
        let mut writer = DirectoryWriter::new(&beside, &format, &rows.schema(), &spec.partition_by, &zone)?;
        while let Some(batch) = rows.try_next().await? {
            if batch.num_rows() > 0 {
                writer.write(&batch)?;
            }
        }
        writer.at_least_one()?;
        let files = writer.finish()?;
        durable::create_dir(&beside)?;
        if spec.mode == SaveMode::Overwrite {
            clear(&directory, &beside)?;
        }
        for (file, _, _) in files {
            publish(&file, &beside, &directory)?;
        }
        std::fs::remove_dir_all(&beside).map_err(|error| EngineError::io(&beside, &error))?;
        durable::write(&directory.join("_SUCCESS"), b"")
    }
}

/// Formats of streams that Spark has in batches too, and that are not done there.
fn refuse_streams(format: &str, what: &str, way_out: &str) -> Result<(), EngineError> {
    match format.to_ascii_lowercase().as_str() {
        known @ ("kafka" | "rabbitmq" | "socket" | "rate" | "console" | "memory" | "noop") => {
            Err(EngineError::unsupported(format!(
                "{what} with format(\"{known}\") is not supported by Millstream: {way_out}"
            )))
        }
        _ => Ok(()),
    }
}

/// The files of places, and the columns of their rows.
fn look(
    places: &[Place],
    listing: &Listing,
    format: &Format,
    schema: Option<SchemaRef>,
    streaming: bool,
) -> Result<(Vec<FileEntry>, SchemaRef), EngineError> {
    let mut files = Vec::new();
    for place in places {
        place.must_exist(!streaming)?;
        files.extend(place.files(listing)?);
    }
    let data = match schema.filter(|schema| !schema.fields().is_empty()) {
        Some(given) => given,
        None => {
            let paths: Vec<&Path> = files.iter().map(|file| file.path.as_path()).collect();
            format.infer(&paths)?.ok_or_else(|| EngineError::cannot_infer(format.name()))?
        }
    };
    let schema = with_partitions(&data, &files);
    Ok((files, schema))
}

/// Removes what is in a directory, but for the files that are about to take its place.
fn clear(directory: &Path, but: &Path) -> Result<(), EngineError> {
    let failed = |error: std::io::Error| EngineError::io(directory, &error);
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path == but {
            continue;
        }
        let gone = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        gone.map_err(failed)?;
    }
    Ok(())
}

fn publish(file: &Path, from: &Path, to: &Path) -> Result<(), EngineError> {
    let target = to.join(file.strip_prefix(from).unwrap_or(file));
    if let Some(parent) = target.parent() {
        durable::create_dir(parent)?;
    }
    std::fs::rename(file, &target).map_err(|error| EngineError::io(&target, &error))
}
