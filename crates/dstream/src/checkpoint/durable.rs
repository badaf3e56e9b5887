//! Files that are there whole or not at all: written beside, synced, renamed; a header tells a torn one.
//!
//! A sync that fails is an error of the write it belongs to; nothing is synced a second time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Begins every file: name and version of the format.
const MAGIC: &[u8; 8] = b"MSTREAM1";
/// Magic, length of the content, its CRC-32C.
const HEADER: usize = 20;

/// Writes `content` to `path`, durably. Blocks.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let beside = beside(path)?;
    let written = write_new(&beside, content).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written?;
    sync_parent(path)
}

/// Writes a new file and syncs it; the name is durable when its directory is.
pub(super) fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut header = Vec::with_capacity(HEADER);
    header.extend_from_slice(MAGIC);
    header.extend_from_slice(&(content.len() as u64).to_be_bytes());
    header.extend_from_slice(&crc32c::crc32c(content).to_be_bytes());
    let mut file = OpenOptions::new().create_new(true).write(true).open(path)?;
    file.write_all(&header)?;
    file.write_all(content)?;
    file.sync_all()
}

/// The content of a file that `write` wrote, at most `most` bytes. Blocks.
///
/// # Errors
/// `InvalidData`: it is not one of ours, torn or damaged.
pub(super) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let damaged =
        || io::Error::new(io::ErrorKind::InvalidData, "is damaged, or not a checkpoint of Millstream");
    let mut file = File::open(path)?;
    let mut header = [0; HEADER];
    file.read_exact(&mut header).map_err(|_| damaged())?;
    let [m0, m1, m2, m3, m4, m5, m6, m7, l0, l1, l2, l3, l4, l5, l6, l7, c0, c1, c2, c3] = header;
    let length = u64::from_be_bytes([l0, l1, l2, l3, l4, l5, l6, l7]);
    if [m0, m1, m2, m3, m4, m5, m6, m7] != *MAGIC || length > most {
        return Err(damaged());
    }
    let mut content = Vec::new();
    file.take(length + 1).read_to_end(&mut content)?;
    let whole =
        content.len() as u64 == length && crc32c::crc32c(&content) == u32::from_be_bytes([c0, c1, c2, c3]);
    if whole { Ok(content) } else { Err(damaged()) }
}

/// A hidden name in the same directory, which nobody else has.
pub(super) fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "is no name of a file"))?;
    Ok(path.with_file_name(format!(".{}.{}", name.to_string_lossy(), Uuid::new_v4())))
}

/// Makes the names in `path`'s directory durable.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torn_and_damaged_files_are_told() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        write(&path, b"first").unwrap();
        write(&path, b"content").unwrap();
        assert_eq!(read(&path, 100).unwrap(), b"content");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left beside");
        assert!(read(&path, 3).is_err(), "longer than wanted");
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(read(&path, 100).unwrap_err().kind(), io::ErrorKind::InvalidData, "cut at {length}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(read(&path, 100).is_err(), "byte {at}");
        }
    }
}
