//! Small files that are replaced as a whole: after a crash such a file is the old one or the new one. Kafka's
//! checkpoints among them are a version, a count and a line per entry.

use std::io::{self, Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::disk::{Disk, Open};

/// Most bytes of such a file that are read. The largest are snapshots of the cluster's metadata.
const MOST_BYTES: u64 = 1 << 30;

/// Puts `bytes` in the file's place, durably.
///
/// # Errors
/// The disk's; the old file is still there then, unless only the last sync failed.
pub fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    place(disk, path, bytes)?;
    disk.sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// The same for one of several files: which one is there after a crash is sure when the directory is synced.
///
/// # Errors
/// The disk's; the old file is still there then.
pub fn place(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".tmp");
    let temporary = PathBuf::from(temporary);
    let file = disk.open(&temporary, Open::Create)?;
    file.set_len(0)?;
    file.write_at(bytes, 0)?;
    file.sync_data()?;
    disk.rename(&temporary, path)
}

/// The file's bytes; `None` if there is none.
///
/// # Errors
/// The disk's, and [`ErrorKind::FileTooLarge`].
pub fn read(disk: &dyn Disk, path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match disk.open(path, Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let len = file.length()?;
    if len > MOST_BYTES {
        return Err(Error::new(
            ErrorKind::FileTooLarge,
            format!("{len} bytes, {MOST_BYTES} are read at most"),
        ));
    }
    let mut bytes = Vec::new();
    file.read_at(&mut bytes, usize::try_from(len).unwrap_or(usize::MAX), 0)?;
    Ok(Some(bytes))
}

/// Replaces a checkpoint file.
///
/// # Errors
/// Those of [`replace`].
pub fn write_lines(
    disk: &dyn Disk,
    path: &Path,
    lines: impl ExactSizeIterator<Item = String>,
) -> io::Result<()> {
    let mut text = format!("0\n{}\n", lines.len());
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    replace(disk, path, text.as_bytes())
}

/// The entries of a checkpoint file, each read by `parse`; none if there is no file or it is empty.
///
/// # Errors
/// [`ErrorKind::InvalidData`] when it is not such a file, and those of [`read`].
pub fn read_lines<T>(disk: &dyn Disk, path: &Path, parse: impl Fn(&str) -> Option<T>) -> io::Result<Vec<T>> {
    let Some(bytes) = read(disk, path)? else { return Ok(Vec::new()) };
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("it is not text"))?;
    let mut lines = text.lines();
    match lines.next() {
        None => return Ok(Vec::new()),
        Some("0") => {}
        Some(version) => {
            return Err(invalid(&format!("its version is {version:?}, 0 is the only one known")));
        }
    }
    let count: usize = match lines.next().map(str::parse) {
        None => return Ok(Vec::new()),
        Some(Ok(count)) => count,
        Some(Err(_)) => return Err(invalid("its second line is not a count")),
    };
    let entries = lines
        .map(|line| parse(line).ok_or_else(|| invalid(&format!("line {line:?} is not an entry"))))
        .collect::<Result<Vec<_>, _>>()?;
    if entries.len() == count {
        Ok(entries)
    } else {
        Err(invalid(&format!("it says {count} entries and has {}", entries.len())))
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidData, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SimDisk;

    #[test]
    fn good_and_bad_files() {
        let disk = SimDisk::new();
        let path = Path::new("d/file");
        disk.create_dir_all(Path::new("d")).unwrap();
        type Row = (&'static [u8], Result<Vec<i32>, &'static str>);
        let table: [Row; 7] = [
            (b"0\n2\n7\n9\n", Ok(vec![7, 9])),
            (b"", Ok(vec![])),
            (b"0\n", Ok(vec![])),
            (b"1\n0\n", Err("its version is \"1\", 0 is the only one known")),
            (b"0\n3\n7\n9\n", Err("it says 3 entries and has 2")),
            (b"0\n1\nx\n", Err("line \"x\" is not an entry")),
            (b"\xff\n", Err("it is not text")),
        ];
        for (bytes, expected) in table {
            disk.plant(path, bytes);
            let read = read_lines(&disk, path, |line| line.parse().ok());
            assert_eq!(read.map_err(|error| error.to_string()), expected.map_err(str::to_owned));
        }
        write_lines(&disk, path, ["a".to_owned(), "b".to_owned()].into_iter()).unwrap();
        assert_eq!(disk.bytes(path).unwrap(), b"0\n2\na\nb\n");
    }
}
