//! The values of a producer's run: letters by chance, lines of a file, or numbers.

use std::path::{Path, PathBuf};

use crate::bounded_file::read_text;
use crate::failure::Failure;

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
/// The longest file, in bytes.
const MAX_FILE: u64 = 256 << 20;

/// Where values come from.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct Flags {
    /// Values of so many bytes
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=1 << 30))]
    record_size: Option<u32>,
    /// Values picked by chance from a text file
    #[arg(long, value_name = "FILE")]
    payload_file: Option<PathBuf>,
    /// Values that count up
    #[arg(long)]
    payload_monotonic: bool,
}

impl Flags {
    /// The file that values come from.
    pub(super) fn path(&self) -> Option<&Path> {
        self.payload_file.as_deref()
    }
}

/// Makes values.
#[derive(Debug)]
pub(crate) enum Payload {
    Letters { value: Vec<u8>, chance: Chance },
    Lines { lines: Vec<Vec<u8>>, chance: Chance },
    Numbers { value: Vec<u8>, next: u64 },
}

impl Payload {
    /// Letters by chance, the same in every run.
    pub(crate) fn letters(size: usize) -> Self {
        Self::Letters { value: vec![b'A'; size], chance: Chance(SEED) }
    }

    pub(super) fn of(flags: &Flags, delimiter: &str) -> Result<Self, Failure> {
        let chance = Chance(SEED);
        if let Some(path) = &flags.payload_file {
            let failed = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
            let text = read_text(path, MAX_FILE).map_err(|error| failed(error.to_string()))?;
            if text.is_empty() {
                return Err(failed("it is empty".to_owned()));
            }
            let delimiter = if delimiter == "\\n" { "\n" } else { delimiter };
            let text = text.strip_suffix(delimiter).unwrap_or(&text);
            let lines = text.split(delimiter).map(|line| line.as_bytes().to_vec()).collect();
            return Ok(Self::Lines { lines, chance });
        }
        Ok(match flags.record_size {
            Some(size) => Self::letters(size as usize),
            None => Self::Numbers { value: Vec::new(), next: 0 },
        })
    }

    /// How many lines of a file there are to choose from.
    pub(super) fn lines(&self) -> Option<usize> {
        if let Self::Lines { lines, .. } = self { Some(lines.len()) } else { None }
    }

    pub(super) fn next(&mut self) -> &[u8] {
        match self {
            Self::Letters { value, chance } => {
                for eight in value.chunks_mut(8) {
                    let random = chance.next().to_le_bytes();
                    eight.iter_mut().zip(random).for_each(|(letter, random)| *letter = b'A' + random % 26);
                }
                value
            }
            Self::Lines { lines, chance } => {
                let at = usize::try_from(chance.next() >> 33).unwrap_or(0).checked_rem(lines.len());
                at.and_then(|at| lines.get(at)).map_or(&[], Vec::as_slice)
            }
            Self::Numbers { value, next } => {
                *value = next.to_string().into_bytes();
                *next += 1;
                value
            }
        }
    }
}

/// Numbers that look random and are the same in every run (xorshift64*).
#[derive(Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_letters_lines_or_numbers() {
        let flags = |size, file, monotonic| Flags {
            record_size: size,
            payload_file: file,
            payload_monotonic: monotonic,
        };
        let mut letters = Payload::of(&flags(Some(20), None, false), "\\n").unwrap();
        let first = letters.next().to_vec();
        assert!(first.len() == 20 && first.iter().all(u8::is_ascii_uppercase));
        assert_ne!(letters.next(), first);
        let mut numbers = Payload::of(&flags(None, None, true), "\\n").unwrap();
        assert_eq!((numbers.next().to_vec(), numbers.next()), (b"0".to_vec(), b"1".as_slice()));
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        std::fs::write(&path, "a;b;c;").unwrap();
        let mut lines = Payload::of(&flags(None, Some(path), false), ";").unwrap();
        assert_eq!(lines.lines(), Some(3));
        assert!((0..50).all(|_| matches!(lines.next(), b"a" | b"b" | b"c")));
    }
}
