//! Small files that are replaced as a whole: after a crash such a file is the old one or the new one.

use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use millstream_log::disk::{Disk, Open};

use crate::MetadataError;

/// Most bytes of a file that is read whole.
const MAX_BYTES: u64 = 1 << 30;

/// Names the file in an I/O error.
pub(crate) fn named(path: &Path) -> impl FnOnce(Error) -> MetadataError + use<'_> {
    move |source| MetadataError::Io { path: path.to_path_buf(), source }
}

/// Puts `bytes` in the file's place.
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> Result<(), MetadataError> {
    let write = || {
        let mut temporary = path.as_os_str().to_owned();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        let file = disk.open(&temporary, Open::Create)?;
        file.set_len(0)?;
        file.write_at(bytes, 0)?;
        file.sync_data()?;
        disk.rename(&temporary, path)?;
        disk.sync_dir(path.parent().unwrap_or(Path::new(".")))
    };
    write().map_err(named(path))
}

/// The file's bytes; `None` if there is none.
pub(crate) fn read(disk: &dyn Disk, path: &Path) -> Result<Option<Vec<u8>>, MetadataError> {
    let read = || {
        let file = match disk.open(path, Open::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let len = file.length()?;
        if len > MAX_BYTES {
            return Err(Error::new(ErrorKind::FileTooLarge, format!("{len} bytes are too many")));
        }
        let mut bytes = Vec::new();
        file.read_at(&mut bytes, usize::try_from(len).unwrap_or(usize::MAX), 0)?;
        Ok(Some(bytes))
    };
    read().map_err(named(path))
}
