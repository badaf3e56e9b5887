//! Rows into the files of a directory, one directory a value of each partition column.
//!
//! Names are Spark's: `part-00000-UUID-c000.json`. A file is synced when it is done; the directories are synced at the
//! end.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use indexmap::IndexMap;
use uuid::Uuid;

use super::Format;
use super::format::FileWriter;
use super::place::NULL_PARTITION;
use crate::EngineError;
use crate::checkpoint::durable;
use crate::functions::cast::spark_cast;

/// Files that are open at once; the one that was opened first is ended when there are more.
const MAX_OPEN: usize = 256;

/// Writes one job's or batch's rows.
pub(crate) struct DirectoryWriter {
    directory: PathBuf,
    format: Format,
    zone: String,
    partitions: Vec<usize>,
    data: Vec<usize>,
    data_schema: SchemaRef,
    id: Uuid,
    open: IndexMap<String, (PathBuf, Box<dyn FileWriter>)>,
    done: Vec<PathBuf>,
}

/// A partition value as a directory's name.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_control() || "\"#%'*/:=?\\{[]^".contains(c) {
            out.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

impl DirectoryWriter {
    /// A writer of rows of `schema` into `directory`, which is made with the first file.
    ///
    /// # Errors
    /// A partition column that is not there, nothing but partition columns, two columns of one name, a column that the format cannot hold.
    pub(crate) fn new(
        directory: &Path,
        format: &Format,
        schema: &SchemaRef,
        partition_by: &[String],
        zone: &str,
    ) -> Result<Self, EngineError> {
        let find = |name: &String| {
            let place = schema.fields().iter().position(|field| field.name().eq_ignore_ascii_case(name));
            place.ok_or_else(|| EngineError::partition_column_not_found(name, schema))
        };
        let partitions = partition_by.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let data: Vec<usize> =
            (0..schema.fields().len()).filter(|place| !partitions.contains(place)).collect();
        if data.is_empty() {
            return Err(EngineError::analysis(
                "[ALL_PARTITION_COLUMNS_NOT_ALLOWED] Cannot use all columns for partition columns. SQLSTATE: KD005",
            ));
        }
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().to_lowercase()).collect();
        if let Some((_, twice)) =
            names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|n| n == *name))
        {
            return Err(EngineError::column_exists(twice));
        }
        let data_schema = Arc::new(schema.project(&data)?);
        format.check_columns(&data_schema)?;
        Ok(Self {
            directory: directory.to_owned(),
            format: format.clone(),
            zone: zone.to_owned(),
            partitions,
            data,
            data_schema,
            id: Uuid::new_v4(),
            open: IndexMap::new(),
            done: Vec::new(),
        })
    }

    /// Adds rows.
    pub(crate) fn write(&mut self, rows: &RecordBatch) -> Result<(), EngineError> {
        let data = rows.project(&self.data)?;
        if self.partitions.is_empty() {
            return self.append("", &data);
        }
        for (name, places) in self.split(rows)? {
            self.append(&name, &take_record_batch(&data, &UInt32Array::from(places))?)?;
        }
        Ok(())
    }

    /// The rows of each directory, by place, in the order of their first row.
    fn split(&self, rows: &RecordBatch) -> Result<IndexMap<String, Vec<u32>>, EngineError> {
        let columns = self.partitions.iter().map(|place| {
            let texts = spark_cast(rows.column(*place), &DataType::Utf8, &self.zone)?;
            let schema = rows.schema();
            Ok((schema.field(*place).name().clone(), texts.as_string::<i32>().clone()))
        });
        let columns = columns.collect::<Result<Vec<(String, StringArray)>, EngineError>>()?;
        let mut found: IndexMap<String, Vec<u32>> = IndexMap::new();
        let mut name = String::new();
        for (place, row) in (0_u32..).zip(0..rows.num_rows()) {
            name.clear();
            for (column, values) in &columns {
                let value = if values.is_null(row) || values.value(row).is_empty() {
                    NULL_PARTITION.to_owned()
                } else {
                    escaped(values.value(row))
                };
                name.push_str(&escaped(column));
                name.push('=');
                name.push_str(&value);
                name.push('/');
            }
            match found.get_mut(&name) {
                Some(places) => places.push(place),
                None => {
                    found.insert(name.clone(), vec![place]);
                }
            }
        }
        Ok(found)
    }

    fn append(&mut self, below: &str, rows: &RecordBatch) -> Result<(), EngineError> {
        if let Some((_, writer)) = self.open.get_mut(below) {
            return writer.write(rows);
        }
        if self.open.len() >= MAX_OPEN
            && let Some((_, (path, writer))) = self.open.shift_remove_index(0)
        {
            writer.finish()?;
            self.done.push(path);
        }
        let directory = if below.is_empty() { self.directory.clone() } else { self.directory.join(below) };
        durable::create_dir(&directory)?;
        let before = if self.partitions.is_empty() { '-' } else { '.' };
        let number = self.done.len() + self.open.len();
        let path =
            directory.join(format!("part-00000-{}{before}c{number:03}.{}", self.id, self.format.extension()));
        let mut writer = self.format.create(&path, &self.data_schema)?;
        writer.write(rows)?;
        self.open.insert(below.to_owned(), (path, writer));
        Ok(())
    }

    /// Makes sure that there is a file, if an empty one, so that the columns are on record.
    pub(crate) fn at_least_one(&mut self) -> Result<(), EngineError> {
        if self.open.is_empty() && self.done.is_empty() && self.partitions.is_empty() {
            return self.append("", &RecordBatch::new_empty(Arc::clone(&self.data_schema)));
        }
        Ok(())
    }

    /// Ends all files; gives each with its bytes and time of change (milliseconds since 1970).
    pub(crate) fn finish(mut self) -> Result<Vec<(PathBuf, u64, i64)>, EngineError> {
        for (_, (path, writer)) in self.open {
            writer.finish()?;
            self.done.push(path);
        }
        let mut parents: HashMap<PathBuf, ()> = HashMap::new();
        let mut files = Vec::new();
        for path in self.done {
            let about = path.metadata().map_err(|error| EngineError::io(&path, &error))?;
            let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let ms = modified.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
            if let Some(parent) = path.parent() {
                parents.insert(parent.to_owned(), ());
            }
            files.push((path, about.len(), ms));
        }
        for parent in parents.into_keys() {
            let synced = File::open(&parent).and_then(|directory| directory.sync_all());
            synced.map_err(|error| EngineError::io(&parent, &error))?;
        }
        Ok(files)
    }
}

impl std::fmt::Debug for DirectoryWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DirectoryWriter({})", self.directory.display())
    }
}
