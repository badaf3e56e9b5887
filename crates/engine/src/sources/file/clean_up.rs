//! `cleanSource`: what becomes of a file once its rows are in the sink (Structured Streaming guide, "Input Sources").
//!
//! A file that cannot be moved or deleted stays where it is with a warning, as with Spark; the query goes on.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::Place;
use crate::{EngineError, Options};

/// What becomes of files that are done with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CleanUp {
    /// Nothing.
    Off,
    /// They are deleted.
    Delete,
    /// They are moved below this directory, with their whole path.
    Archive(PathBuf),
}

impl CleanUp {
    /// The options `cleanSource` and `sourceArchiveDir`; a relative archive starts at `base`.
    ///
    /// # Errors
    /// An unknown mode, no archive or one that the source would read again, a source that a file sink wrote.
    pub(super) fn new(options: &Options, source: &Place, base: &Path) -> Result<Self, EngineError> {
        let mode = options.get("cleanSource").unwrap_or("off");
        let clean_up = match mode.to_ascii_lowercase().as_str() {
            "off" => return Ok(Self::Off),
            "delete" => Self::Delete,
            "archive" => {
                let directory = options.get("sourceArchiveDir").ok_or_else(|| {
                    EngineError::illegal_argument("Archive mode must be used with 'sourceArchiveDir' option.")
                })?;
                let archive = Place::new(directory, base)?;
                if source.may_hold(archive.path()) {
                    return Err(EngineError::illegal_argument(
                        "requirement failed: Base archive path cannot be set to the path where archived path can \
                         possibly match with source pattern. Ensure the base archive path doesn't match with source \
                         pattern in depth, where the depth is minimum of depth on both paths.",
                    ));
                }
                Self::Archive(archive.path().to_owned())
            }
            _ => {
                return Err(EngineError::illegal_argument(format!(
                    "Invalid mode for clean source option {mode}. Must be one of ARCHIVE,DELETE,OFF"
                )));
            }
        };
        if source.is_of_sink() {
            return Err(EngineError::unsupported(
                "Clean up source files is not supported when reading from the output directory of FileStreamSink.",
            ));
        }
        Ok(clean_up)
    }

    /// Whether there is anything to do.
    pub(super) fn is_off(&self) -> bool {
        *self == Self::Off
    }

    /// Does it to one file.
    pub(super) fn clean(&self, file: &Path) {
        let done = match self {
            Self::Off => Ok(()),
            Self::Delete => std::fs::remove_file(file),
            Self::Archive(directory) => archive(file, directory),
        };
        match done {
            // Somebody else was faster, or it was done before a restart.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!("{}: stays, cleanSource failed: {error}", file.display()),
            Ok(()) => {}
        }
    }
}

fn archive(file: &Path, directory: &Path) -> io::Result<()> {
    let target = directory.join(file.strip_prefix("/").unwrap_or(file));
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::rename(file, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(source: &str, options: &[(&str, &str)]) -> Result<CleanUp, String> {
        let base = Path::new("/data");
        let place = Place::new(source, base).unwrap();
        CleanUp::new(&options.iter().copied().collect(), &place, base).map_err(|error| error.to_string())
    }

    #[test]
    fn modes_and_archives() {
        let archive = |dir: &'static str| [("cleanSource", "ARCHIVE"), ("sourceArchiveDir", dir)];
        assert_eq!(new("in", &[]), Ok(CleanUp::Off));
        assert_eq!(new("in", &[("cleanSource", "delete")]), Ok(CleanUp::Delete));
        assert_eq!(new("in", &archive("done")), Ok(CleanUp::Archive("/data/done".into())));
        assert_eq!(new("/a/*/in", &archive("/a/b/done")), Ok(CleanUp::Archive("/a/b/done".into())));
        for (source, dir) in [("in", "/data/in/done"), ("in", "/data"), ("/a/*/in", "/a/b/in/done")] {
            assert!(new(source, &archive(dir)).unwrap_err().contains("Base archive path"), "{source} {dir}");
        }
        let refused = new("in", &[("cleanSource", "archive")]).unwrap_err();
        assert_eq!(refused, "Archive mode must be used with 'sourceArchiveDir' option.");
        assert!(new("in", &[("cleanSource", "burn")]).unwrap_err().contains("ARCHIVE,DELETE,OFF"));
    }
}
