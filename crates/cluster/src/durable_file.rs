//! The log's small files ([`checkpoint`]), with errors that name the file.

use std::io::Error;
use std::path::Path;

use millstream_log::checkpoint;
use millstream_log::disk::Disk;

use crate::MetadataError;

/// Names the file in an I/O error.
pub(crate) fn named(path: &Path) -> impl FnOnce(Error) -> MetadataError + use<'_> {
    move |source| MetadataError::Io { path: path.to_path_buf(), source }
}

/// Puts `bytes` in the file's place.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), MetadataError> {
    checkpoint::replace(disk, path, bytes).map_err(named(path))
}

/// The same, and its name survives a crash when the directory is synced.
pub(crate) fn place(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), MetadataError> {
    checkpoint::place(disk, path, bytes).map_err(named(path))
}

/// The file's bytes; `None` if there is none.
pub(crate) fn read(disk: &dyn Disk, path: &Path) -> Result<Option<Vec<u8>>, MetadataError> {
    checkpoint::read(disk, path).map_err(named(path))
}
