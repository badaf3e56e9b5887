//! Small files that are replaced as a whole: after a crash such a file is the old one or the new one. Kafka's
//! checkpoints among them are a version, a count and a line per entry.

mod lines;

use std::io::{self, Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::disk::{Disk, Open};
use lines::Lines;

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

/// Hands each entry of a checkpoint file to `take`, in the file's order; there are none if there is no file or it is
/// empty. `take` says `None` to a line that is not an entry. Nothing is held of the file but a window of a few KiB,
/// however long it is: what its reader keeps is the memory that it costs.
///
/// What was taken counts only when this gives no error: what is wrong may stand at the file's end.
///
/// # Errors
/// [`ErrorKind::InvalidData`] when it is not such a file, and the disk's.
pub fn read_lines(disk: &dyn Disk, path: &Path, mut take: impl FnMut(&str) -> Option<()>) -> io::Result<()> {
    let file = match disk.open(path, Open::Read) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut lines = Lines::new(&*file);
    match lines.next()? {
        None => return Ok(()),
        Some("0") => {}
        Some(version) => {
            return Err(invalid(&format!("its version is {version:?}, 0 is the only one known")));
        }
    }
    let declared: u64 = match lines.next()?.map(str::parse) {
        None => return Ok(()),
        Some(Ok(count)) => count,
        Some(Err(_)) => return Err(invalid("its second line is not a count")),
    };
    let mut found = 0;
    while let Some(line) = lines.next()? {
        take(line).ok_or_else(|| invalid(&format!("line {line:?} is not an entry")))?;
        found += 1;
    }
    if found == declared {
        Ok(())
    } else {
        Err(invalid(&format!("it says {declared} entries and has {found}")))
    }
}

/// The same for Kafka's checkpoints of partitions: `take` gets topic, partition and offset.
///
/// # Errors
/// Those of [`read_lines`].
pub fn read_offsets(disk: &dyn Disk, path: &Path, mut take: impl FnMut(&str, i32, i64)) -> io::Result<()> {
    read_lines(disk, path, |line| {
        let (topic, partition, offset) = parse_offset(line)?;
        take(topic, partition, offset);
        Some(())
    })
}

/// A line `topic partition offset`.
fn parse_offset(line: &str) -> Option<(&str, i32, i64)> {
    let mut words = line.split_ascii_whitespace();
    let entry = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    words.next().is_none().then_some(entry)
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
            let mut entries = Vec::new();
            let read = read_lines(&disk, path, |line| line.parse().ok().map(|entry| entries.push(entry)));
            assert_eq!(
                read.map(|()| entries).map_err(|error| error.to_string()),
                expected.map_err(str::to_owned)
            );
        }
        write_lines(&disk, path, ["a".to_owned(), "b".to_owned()].into_iter()).unwrap();
        assert_eq!(disk.bytes(path).unwrap(), b"0\n2\na\nb\n");
    }

    #[test]
    fn lines_of_partitions() {
        assert_eq!(parse_offset("b-c 1 0"), Some(("b-c", 1, 0)));
        for damaged in ["", "a 0", "a 0 1 2", "a x 1"] {
            assert_eq!(parse_offset(damaged), None, "{damaged:?}");
        }
    }
}
