//! Inputs as files: the kept corpus and earlier findings, a line of hexadecimal digits an input, so that a change can
//! be reviewed; a new finding is a file of its own with its bare bytes.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::target::Target;

/// The most bytes of text that the kept corpus of a target may have.
const MOST_KEPT: usize = 60 * 1024;

/// The folder of this crate's own files.
fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The inputs of `corpus/TARGET.hex` and `findings/TARGET.hex`, and how many of them are findings.
pub fn kept(target: &Target) -> Result<(Vec<Vec<u8>>, usize), String> {
    let mut inputs = read(&folder().join("findings").join(format!("{}.hex", target.name)))?;
    let findings = inputs.len();
    inputs.extend(read(&corpus_file(target))?);
    Ok((inputs, findings))
}

fn corpus_file(target: &Target) -> PathBuf {
    folder().join("corpus").join(format!("{}.hex", target.name))
}

fn read(path: &Path) -> Result<Vec<Vec<u8>>, String> {
    let Ok(text) = fs::read_to_string(path) else { return Ok(Vec::new()) };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| from_hex(line).ok_or_else(|| format!("{}: '{line}' is not hexadecimal", path.display())))
        .collect()
}

/// Bytes of hexadecimal digits.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Hexadecimal digits of bytes.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Replaces the kept corpus of a target: the shortest inputs first, as many as fit.
pub fn keep(target: &Target, mut inputs: Vec<Vec<u8>>) -> Result<usize, String> {
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs.dedup();
    let mut text = String::new();
    let mut count = 0;
    for line in inputs.iter().map(|input| to_hex(input)) {
        if text.len() + line.len() >= MOST_KEPT {
            break;
        }
        text.push_str(&line);
        text.push('\n');
        count += 1;
    }
    let path = corpus_file(target);
    fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(count)
}

/// Writes a finding's input; returns where.
pub fn finding(target: &Target, input: &[u8]) -> Result<PathBuf, String> {
    let folder = folder().join("target/findings");
    let path = folder.join(format!("{}-{:08x}", target.name, crc32fast::hash(input)));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, input))
        .map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
