//! The file source: each file of a directory once (Structured Streaming guide, "Input Sources").
//!
//! A batch is the files of some entries of the list of seen files, `sources/N` in the checkpoint, which is Spark's: an
//! offset is the number of the last entry.

mod clean_up;
mod seen;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use futures::StreamExt as _;

use super::{RowStream, Source, SourceSpec};
use crate::files::{CompactLog, FileEntry, FileScan, Listing, Place};
use crate::{EngineError, Options};
use clean_up::CleanUp;
use seen::SeenFiles;

/// How often a waiting query looks for new files, at least; ten times as long as a look takes, if that is more.
const LOOK: Duration = Duration::from_millis(100);

/// How much of what is new goes into a batch, and what counts as new.
#[derive(Debug, Clone)]
struct Admission {
    max_files: Option<usize>,
    max_bytes: Option<u64>,
    latest_first: bool,
    name_only: bool,
    max_age_ms: i64,
}

impl Admission {
    fn new(options: &Options) -> Result<Self, EngineError> {
        let max_files = options.number("maxFilesPerTrigger", 1)?;
        let max_bytes = options.number("maxBytesPerTrigger", 1)?;
        if max_files.is_some() && max_bytes.is_some() {
            return Err(EngineError::illegal_argument(
                "Options 'maxFilesPerTrigger' and 'maxBytesPerTrigger' can't be both set at the same time",
            ));
        }
        let latest_first = options.flag("latestFirst")?.unwrap_or(false);
        let limited = max_files.is_some() || max_bytes.is_some();
        let max_age = match options.get("maxFileAge") {
            Some(text) => crate::functions::interval::parse_or_seconds(text)?,
            None => Duration::from_secs(7 * 24 * 3600),
        };
        let max_age_ms = i64::try_from(max_age.as_millis()).unwrap_or(i64::MAX);
        Ok(Self {
            max_files: max_files.and_then(|n| usize::try_from(n).ok()),
            max_bytes: max_bytes.and_then(|n| u64::try_from(n).ok()),
            latest_first,
            name_only: options.flag("fileNameOnly")?.unwrap_or(false),
            // What is old may not be passed over when the newest come first and not all at once.
            max_age_ms: if latest_first && limited { i64::MAX } else { max_age_ms },
        })
    }

    /// The files of the next batch.
    fn admit(&self, mut files: Vec<FileEntry>) -> Vec<FileEntry> {
        files.sort_by_key(|file| file.modified_ms);
        if self.latest_first {
            files.reverse();
        }
        if let Some(most) = self.max_files {
            files.truncate(most);
        }
        if let Some(most) = self.max_bytes {
            let mut bytes = 0_u64;
            let fitting = files.iter().enumerate().take_while(|(place, file)| {
                bytes = bytes.saturating_add(file.size);
                *place == 0 || bytes <= most
            });
            let fitting = fitting.count();
            files.truncate(fitting);
        }
        files
    }
}

/// A directory or pattern, its format and columns.
#[derive(Debug, Clone)]
pub(crate) struct FileSpec {
    name: String,
    place: Place,
    listing: Listing,
    scan: FileScan,
    admission: Admission,
    clean_up: CleanUp,
}

impl FileSpec {
    /// The source that these options describe; relative paths among them start at `base`.
    ///
    /// # Errors
    /// Options that are not allowed.
    pub(crate) fn new(
        name: &str,
        place: Place,
        listing: Listing,
        scan: FileScan,
        options: &Options,
        base: &Path,
    ) -> Result<Self, EngineError> {
        let admission = Admission::new(options)?;
        let clean_up = CleanUp::new(options, &place, base)?;
        Ok(Self { name: name.to_ascii_lowercase(), place, listing, scan, admission, clean_up })
    }
}

#[async_trait]
impl SourceSpec for FileSpec {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema(&self) -> SchemaRef {
        std::sync::Arc::clone(self.scan.schema())
    }

    fn keeps_log(&self) -> bool {
        true
    }

    async fn open(&self, _initial: Option<String>) -> Result<Box<dyn Source>, EngineError> {
        self.open_with_log(None).await
    }

    async fn open_with_log(&self, directory: Option<PathBuf>) -> Result<Box<dyn Source>, EngineError> {
        let seen =
            SeenFiles::open(CompactLog::new(directory), self.admission.name_only, self.admission.max_age_ms)?;
        let look = LOOK;
        Ok(Box::new(FileSource { spec: self.clone(), seen, frozen: None, unlimited: false, look }))
    }
}

#[derive(Debug)]
struct FileSource {
    spec: FileSpec,
    seen: SeenFiles,
    frozen: Option<Vec<FileEntry>>,
    unlimited: bool,
    look: Duration,
}

/// Offsets are `{"logOffset":N}`; -1 is before the first entry.
fn entry(offset: &str) -> Result<Option<u64>, EngineError> {
    let number = offset.strip_prefix("{\"logOffset\":").and_then(|rest| rest.strip_suffix('}'));
    match number.and_then(|number| number.trim().parse::<i64>().ok()) {
        Some(number) => Ok(u64::try_from(number).ok()),
        None => Err(EngineError::other_source("file", offset)),
    }
}

fn offset(entry: Option<u64>) -> String {
    entry.map_or_else(|| "{\"logOffset\":-1}".to_owned(), |entry| format!("{{\"logOffset\":{entry}}}"))
}

impl FileSource {
    fn all(&mut self) -> Result<Vec<FileEntry>, EngineError> {
        if let Some(frozen) = &self.frozen {
            return Ok(frozen.clone());
        }
        let began = Instant::now();
        let files = self.spec.place.files(&self.spec.listing)?;
        self.look = LOOK.max(began.elapsed() * 10);
        Ok(files)
    }
}

#[async_trait]
impl Source for FileSource {
    fn description(&self) -> String {
        format!("FileStreamSource[{}]", self.spec.place.shown())
    }

    fn initial_offset(&self) -> String {
        offset(None)
    }

    fn is_nothing(&self, position: &str) -> bool {
        matches!(entry(position), Ok(None))
    }

    async fn latest_offset(&mut self, _start: &str) -> Result<String, EngineError> {
        let mut files = self.all()?;
        files.retain(|file| self.seen.is_new(file));
        if !self.unlimited {
            files = self.spec.admission.admit(files);
        }
        self.seen.add(files)?;
        Ok(offset(self.seen.latest()))
    }

    fn newest(&self) -> Option<String> {
        None
    }

    async fn batch(&mut self, start: &str, end: &str) -> Result<RowStream, EngineError> {
        let from = entry(start)?.map_or(0, |entry| entry + 1);
        let Some(to) = entry(end)? else { return Ok(futures::stream::empty().boxed()) };
        let files = self.seen.between(from, to, &self.spec.place)?;
        Ok(self.spec.scan.rows(files).boxed())
    }

    async fn commit(&mut self, end: &str) {
        let Ok(Some(done)) = entry(end) else { return };
        if self.spec.clean_up.is_off() {
            return self.seen.done(done);
        }
        match self.seen.files_until(done) {
            Ok(files) => files.iter().for_each(|file| self.spec.clean_up.clean(file)),
            Err(error) => tracing::warn!("cleanSource: {error}"),
        }
        self.seen.done(done);
    }

    async fn changed(&self, _position: &str) {
        tokio::time::sleep(self.look).await;
    }

    async fn freeze(&mut self, _start: &str) -> Result<(), EngineError> {
        self.frozen = Some(self.all()?);
        Ok(())
    }

    fn lift_limits(&mut self) {
        self.unlimited = true;
    }
}
