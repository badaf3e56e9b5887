//! Files that a person names, read whole: no more of them than such a file may hold.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The disk, or no such file.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// There is more in it than such a file holds.
    #[error("it is longer than {}", in_words(*.most))]
    TooLong {
        /// The most it may hold, in bytes.
        most: u64,
    },
    /// It holds no text.
    #[error("it is no text in UTF-8")]
    NotText,
}

/// All bytes of a file of at most so many.
pub(crate) fn read_bytes(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    // What is no plain file tells no length, and a plain one may grow while it is read.
    File::open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(ReadError::TooLong { most }) } else { Ok(bytes) }
}

/// The text of a file of at most so many bytes.
pub(crate) fn read_text(path: &Path, most: u64) -> Result<String, ReadError> {
    String::from_utf8(read_bytes(path, most)?).map_err(|_| ReadError::NotText)
}

fn in_words(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        _ if bytes == 1 << 20 => "1024 KiB".to_owned(),
        mib => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_its_bound_and_not_beyond() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "abcd").unwrap();
        assert_eq!(read_text(&path, 4).unwrap(), "abcd");
        assert!(matches!(read_text(&path, 3), Err(ReadError::TooLong { most: 3 })));
        std::fs::write(&path, [0xFF]).unwrap();
        assert!(matches!(read_text(&path, 3), Err(ReadError::NotText)));
        assert!(matches!(read_bytes(Path::new("/dev/zero"), 1 << 16), Err(ReadError::TooLong { .. })));
        assert!(matches!(read_bytes(&dir.path().join("none"), 1), Err(ReadError::Io(_))));
    }

    #[test]
    fn the_bound_is_told_in_words() {
        let table = [(1 << 16, "64 KiB"), (1 << 20, "1024 KiB"), (16 << 20, "16 MiB")];
        for (most, words) in table {
            assert_eq!(ReadError::TooLong { most }.to_string(), format!("it is longer than {words}"));
        }
    }
}
