//! Where files are: a path or a pattern, and what lies there.
//!
//! As with Spark, names that begin with `_` or `.` are not seen, directories `name=value` are partitions, and a
//! directory that the file sink wrote is what its log says.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::SinkLog;
use super::uri::decoded;
use crate::{EngineError, Options};

/// How deep directories are followed.
const MAX_DEPTH: usize = 32;
/// The directory of a null partition value.
pub(super) const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileEntry {
    pub(crate) path: PathBuf,
    /// Bytes.
    pub(crate) size: u64,
    /// When it changed, in milliseconds since 1970.
    pub(crate) modified_ms: i64,
    /// Columns that its directories say, outermost first.
    pub(crate) partitions: Vec<(String, Option<String>)>,
}

/// Which files of a place count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listing {
    /// Directories are followed whatever their names, and are no partitions.
    recursive: bool,
    name: Option<glob::Pattern>,
}

impl Listing {
    /// The options `recursiveFileLookup` and `pathGlobFilter`.
    ///
    /// # Errors
    /// A value that is not allowed.
    pub(crate) fn new(options: &Options) -> Result<Self, EngineError> {
        let name = options.get("pathGlobFilter").map(pattern).transpose()?;
        Ok(Self { recursive: options.flag("recursiveFileLookup")?.unwrap_or(false), name })
    }
}

fn pattern(text: &str) -> Result<glob::Pattern, EngineError> {
    glob::Pattern::new(text)
        .map_err(|error| EngineError::illegal_argument(format!("'{text}' is no pattern of paths: {error}")))
}

/// A path or pattern as a program gave it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    path: PathBuf,
    /// As the program wrote it.
    text: String,
    is_pattern: bool,
}

impl Place {
    /// Reads a path; a relative one starts at `base`.
    ///
    /// # Errors
    /// A path of another file system.
    pub(crate) fn new(text: &str, base: &Path) -> Result<Self, EngineError> {
        let local = match text.split_once(':') {
            Some(("file", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((scheme, _)) if scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(EngineError::unsupported(format!(
                    "No FileSystem for scheme \"{scheme}\": files are read from this machine only"
                )));
            }
            _ => text,
        };
        let is_pattern = local.contains(['*', '?', '[', '{']) && !base.join(local).exists();
        let joined = base.join(local);
        // Without `.` and trailing slashes, so that paths in logs compare.
        let path = joined.components().collect();
        Ok(Self { path, text: text.to_owned(), is_pattern })
    }

    /// The path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path as Spark's messages write it.
    pub(crate) fn shown(&self) -> String {
        format!("file:{}", self.path.display())
    }

    /// Whether what lies at a path, or below it, could be of this place, as far down as both paths go.
    pub(crate) fn may_hold(&self, path: &Path) -> bool {
        let mut pairs = self.path.components().zip(path.components());
        pairs.all(|(own, other)| {
            let (own, other) = (own.as_os_str().to_string_lossy(), other.as_os_str().to_string_lossy());
            let fits = || glob::Pattern::new(&own).is_ok_and(|pattern| pattern.matches(&other));
            own == other || (self.is_pattern && fits())
        })
    }

    /// Whether a file sink wrote it.
    pub(crate) fn is_of_sink(&self) -> bool {
        SinkLog::find(&self.path).is_some()
    }

    /// The refusal of a path that is not there.
    ///
    /// # Errors
    /// It is not there, or nothing fits the pattern and `even_patterns`.
    pub(crate) fn must_exist(&self, even_patterns: bool) -> Result<(), EngineError> {
        let there =
            if self.is_pattern { !even_patterns || !self.roots()?.is_empty() } else { self.path.exists() };
        // A batch query says the whole path, a stream the one that it was given, as Spark does.
        let name = if even_patterns { self.shown() } else { self.text.clone() };
        if there { Ok(()) } else { Err(EngineError::path_not_found(&name)) }
    }

    /// A file of this place that was listed before.
    pub(crate) fn entry(&self, path: PathBuf, modified_ms: i64) -> FileEntry {
        let partitions = partitions_between(&self.path, &path);
        FileEntry { path, size: 0, modified_ms, partitions }
    }

    fn roots(&self) -> Result<Vec<PathBuf>, EngineError> {
        if !self.is_pattern {
            return Ok(if self.path.exists() { vec![self.path.clone()] } else { Vec::new() });
        }
        let text = self.path.to_string_lossy();
        let found = glob::glob(&text).map_err(|error| {
            EngineError::illegal_argument(format!("'{text}' is no pattern of paths: {error}"))
        })?;
        Ok(found.filter_map(Result::ok).filter(|path| !is_hidden(path)).collect())
    }

    /// The files that are there now, by path.
    ///
    /// # Errors
    /// A directory that cannot be read, a damaged log of the file sink.
    pub(crate) fn files(&self, listing: &Listing) -> Result<Vec<FileEntry>, EngineError> {
        let mut files = Vec::new();
        for root in self.roots()? {
            if let Some(log) = SinkLog::find(&root) {
                for (path, size, modified_ms) in log.files()? {
                    let partitions = partitions_between(&root, &path);
                    files.push(FileEntry { path, size, modified_ms, partitions });
                }
            } else if root.is_dir() {
                walk(&root, &[], listing, MAX_DEPTH, &mut files)?;
            } else {
                add(root, &[], listing, &mut files)?;
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || (name.starts_with('_') && !name.contains('=')) || name.ends_with("._COPYING_")
}

fn partition_of(name: &str) -> Option<(String, Option<String>)> {
    let (column, value) = name.split_once('=')?;
    let value = decoded(value);
    Some((decoded(column), (value != NULL_PARTITION).then_some(value)))
}

fn partitions_between(root: &Path, path: &Path) -> Vec<(String, Option<String>)> {
    let between = path.strip_prefix(root).ok().and_then(Path::parent);
    let parts = between.into_iter().flat_map(Path::components);
    parts.filter_map(|part| partition_of(&part.as_os_str().to_string_lossy())).collect()
}

fn add(
    path: PathBuf,
    partitions: &[(String, Option<String>)],
    listing: &Listing,
    files: &mut Vec<FileEntry>,
) -> Result<(), EngineError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if listing.name.as_ref().is_some_and(|pattern| !pattern.matches(&name)) {
        return Ok(());
    }
    let about = match fs::metadata(&path) {
        Ok(about) => about,
        // It went between the listing and this look.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(EngineError::io(&path, &error)),
    };
    let modified = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified_ms = modified.and_then(|since| i64::try_from(since.as_millis()).ok()).unwrap_or(0);
    files.push(FileEntry { path, size: about.len(), modified_ms, partitions: partitions.to_vec() });
    Ok(())
}

fn walk(
    directory: &Path,
    partitions: &[(String, Option<String>)],
    listing: &Listing,
    depth: usize,
    files: &mut Vec<FileEntry>,
) -> Result<(), EngineError> {
    let failed = |error: &std::io::Error| EngineError::io(directory, error);
    for entry in fs::read_dir(directory).map_err(|error| failed(&error))? {
        let path = entry.map_err(|error| failed(&error))?.path();
        if is_hidden(&path) {
            continue;
        }
        if !path.is_dir() {
            add(path, partitions, listing, files)?;
            continue;
        }
        let partition = partition_of(&path.file_name().unwrap_or_default().to_string_lossy());
        match partition {
            _ if depth == 0 => {}
            _ if listing.recursive => walk(&path, &[], listing, depth - 1, files)?,
            Some(partition) => {
                let below: Vec<_> = partitions.iter().cloned().chain([partition]).collect();
                walk(&path, &below, listing, depth - 1, files)?;
            }
            None => {}
        }
    }
    Ok(())
}
