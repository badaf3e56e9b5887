//! The lines of a file, one at a time, through a window: a file of any length costs a few KiB.

use std::io;
use std::str;

use super::invalid;
use crate::disk::DiskFile;

/// The longest line: a topic's name has 249 bytes at most, a number 20.
const LONGEST: usize = 1024;
/// Bytes that are read at once.
const STEP: usize = 4 * 1024;

/// The lines that are still to come.
pub(super) struct Lines<'a> {
    file: &'a dyn DiskFile,
    /// Where in the file the next step begins.
    position: u64,
    /// Nothing of the file is left beyond the window.
    at_end: bool,
    window: Vec<u8>,
    /// The window's bytes before it were handed out.
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(file: &'a dyn DiskFile) -> Self {
        Self { file, position: 0, at_end: false, window: Vec::new(), at: 0 }
    }

    /// The next line without its end (`\n` or `\r\n`); `None` behind the last.
    pub(super) fn next(&mut self) -> io::Result<Option<&str>> {
        loop {
            let rest = self.window.get(self.at..).unwrap_or_default();
            if let Some(length) = rest.iter().position(|byte| *byte == b'\n') {
                let end = self.at + length;
                return self.take(end, end + 1).map(Some);
            }
            if self.at_end {
                let end = self.window.len();
                return if rest.is_empty() { Ok(None) } else { self.take(end, end).map(Some) };
            }
            if rest.len() > LONGEST {
                return Err(too_long());
            }
            self.fill()?;
        }
    }

    /// The line that ends at `end`; the next one begins at `next`.
    fn take(&mut self, end: usize, next: usize) -> io::Result<&str> {
        let line = self.window.get(self.at..end).unwrap_or_default();
        self.at = next;
        if line.len() > LONGEST {
            return Err(too_long());
        }
        let line = if next > end { line.strip_suffix(b"\r").unwrap_or(line) } else { line };
        str::from_utf8(line).map_err(|_| invalid("it is not text"))
    }

    fn fill(&mut self) -> io::Result<()> {
        self.window.drain(..self.at);
        self.at = 0;
        let read = self.file.read_at(&mut self.window, STEP, self.position)?;
        self.position += read as u64;
        self.at_end = read < STEP;
        Ok(())
    }
}

fn too_long() -> io::Error {
    invalid(&format!("it has a line of more than {LONGEST} bytes"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::disk::{Disk, Open, SimDisk};

    fn lines(bytes: &[u8]) -> Result<Vec<String>, String> {
        let disk = SimDisk::new();
        disk.plant(Path::new("file"), bytes);
        let file = disk.open(Path::new("file"), Open::Read).unwrap();
        let mut lines = Lines::new(&*file);
        let mut all = Vec::new();
        while let Some(line) = lines.next().map_err(|error| error.to_string())? {
            all.push(line.to_owned());
        }
        Ok(all)
    }

    #[test]
    fn a_long_line_is_refused_wherever_it_lies() {
        for before in [0, 1, STEP - 1, STEP, 3 * STEP] {
            for (length, is_good) in [(LONGEST, true), (LONGEST + 1, false), (5 * STEP, false)] {
                let text = ["\n".repeat(before), "x".repeat(length), "\n".to_owned()].concat();
                assert_eq!(lines(text.as_bytes()).is_ok(), is_good, "{length} after {before}");
            }
        }
    }

    proptest! {
        #[test]
        fn they_are_the_texts_lines(
            words in proptest::collection::vec("[a ü\r]{0,40}", 0..400),
            ends in any::<bool>(),
        ) {
            let text = words.join("\n") + if ends { "\n" } else { "" };
            prop_assert_eq!(lines(text.as_bytes()), Ok(text.lines().map(str::to_owned).collect()));
        }
    }
}
