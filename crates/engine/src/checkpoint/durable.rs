//! Whole files or none: write beside, sync, rename, sync the directory.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use crate::EngineError;

/// The largest file of text that is read.
const MAX_TEXT: u64 = 64 << 20;

/// Makes a directory and those above it.
pub(crate) fn create_dir(path: &Path) -> Result<(), EngineError> {
    fs::create_dir_all(path).map_err(|error| EngineError::io(path, &error))
}

/// Writes a file durably. What was there before is replaced.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), EngineError> {
    let parent = path.parent().unwrap_or(Path::new("."));
    create_dir(parent)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".tmp");
    let beside = parent.join(name);
    let written = (|| {
        let mut file = File::create(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        File::open(parent)?.sync_all()
    })();
    written.map_err(|error| EngineError::io(path, &error))
}

/// Reads a file of text; `None` if it is not there.
pub(crate) fn read(path: &Path) -> Result<Option<String>, EngineError> {
    match fs::metadata(path) {
        Ok(about) if about.len() > MAX_TEXT => return Err(super::damaged(path, "it is too large")),
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(EngineError::io(path, &error)),
    }
    fs::read_to_string(path).map(Some).map_err(|error| EngineError::io(path, &error))
}

/// Removes files whose number is below `keep_from`; leftovers do no harm, so failures are only logged.
pub(crate) fn purge(directory: &Path, suffix: &str, keep_from: u64) {
    let Ok(numbers) = super::numbered(directory, suffix) else { return };
    for number in numbers.into_iter().filter(|number| *number < keep_from) {
        let path = directory.join(format!("{number}{suffix}"));
        if let Err(error) = fs::remove_file(&path) {
            tracing::warn!("cannot remove {}: {error}", path.display());
        }
    }
}
