//! A directory of files on the simulated disk, damaged as an input says.
//!
//! An input is a row of edits: what to do, to which file, where, how much, with which bytes. So a short input reaches
//! any place of any file, and checksums can be put right behind a change.

use std::path::{Path, PathBuf};

use millstream_log::disk::{Disk, SimDisk};

use super::checksums;

/// Files with their bytes, sorted by name.
pub type Files = Vec<(PathBuf, Vec<u8>)>;

/// All files below `dir`.
pub fn files(disk: &SimDisk, dir: &Path) -> Files {
    let mut all = Vec::new();
    for entry in disk.list(dir).unwrap_or_default() {
        let path = dir.join(&entry.name);
        if entry.is_dir {
            all.extend(files(disk, &path));
        } else if let Some(bytes) = disk.bytes(&path) {
            all.push((path, bytes));
        }
    }
    all.sort();
    all
}

/// A disk that holds them.
pub fn planted(files: &Files) -> SimDisk {
    let disk = SimDisk::new();
    for (path, bytes) in files {
        // The simulated disk has no reason to refuse.
        let _ = path.parent().map(|dir| disk.create_dir_all(dir));
        disk.plant(path, bytes);
    }
    disk
}

/// Bytes of all files together.
pub fn size(files: &Files) -> usize {
    files.iter().map(|(_, bytes)| bytes.len()).sum()
}

/// An edit without its bytes.
struct Edit<'a> {
    what: u8,
    file: usize,
    at: usize,
    length: usize,
    data: &'a [u8],
}

/// Does what the input says. Returns whether a checksum was made to fit a change.
pub fn damage(files: &mut Files, mut program: &[u8]) -> bool {
    let mut repaired = false;
    for _ in 0..16 {
        let Some(([what, file, high, low, length], rest)) = program.split_first_chunk() else { break };
        let length = usize::from(*length);
        let takes = if matches!(what % 10, 0 | 2) { length.min(rest.len()) } else { 0 };
        let (data, rest) = rest.split_at_checked(takes).unwrap_or_default();
        program = rest;
        let Some(count) = files.len().checked_sub(1) else { break };
        let file = usize::from(*file) % (count + 1);
        let size = files.get(file).map_or(0, |(_, bytes)| bytes.len());
        let at = usize::from(u16::from_be_bytes([*high, *low])) % (size + 1);
        repaired |= what % 10 == 7;
        change(files, &Edit { what: what % 10, file, at, length, data });
    }
    repaired
}

fn change(files: &mut Files, edit: &Edit<'_>) {
    let other =
        files.get(edit.length % files.len().max(1)).map(|(_, bytes)| bytes.clone()).unwrap_or_default();
    let Some((path, bytes)) = files.get_mut(edit.file) else { return };
    let Edit { at, length, data, .. } = *edit;
    let end = (at + length).min(bytes.len());
    match edit.what {
        0 => {
            let end = (at + data.len()).min(bytes.len());
            bytes.splice(at..end, data.iter().copied());
        }
        1 => bytes.truncate(at),
        2 => {
            bytes.splice(at..at, data.iter().copied());
        }
        3 => {
            bytes.drain(at..end);
        }
        4 => bytes.resize(bytes.len() + length * 16, 0),
        5 => {
            files.remove(edit.file);
        }
        6 => *path = staged(path, length),
        7 => repair(path, bytes),
        8 => *bytes = other,
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (length % 8);
            }
        }
    }
}

/// The file at another stage of its life.
fn staged(path: &Path, which: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(match which % 4 {
        0 => ".deleted",
        1 => ".cleaned",
        2 => ".swap",
        _ => ".tmp",
    });
    name.into()
}

fn repair(path: &Path, bytes: &mut [u8]) {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("log" | "checkpoint") => checksums::repair_batches(bytes),
        Some("snapshot") => checksums::repair_snapshot(bytes),
        _ => {}
    }
}

/// Edits that each touch one file, for seeds.
pub fn seeds(head: &[u8], files: &Files) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for file in (0..=u8::MAX).take(files.len()) {
        for edit in [
            &[9, file, 0, 20, 3][..],
            &[9, file, 0, 40, 1, 7, file, 0, 0, 0],
            &[9, file, 0, 5, 1],
            &[1, file, 0, 100, 0],
            &[1, file, 0, 0, 0],
            &[4, file, 0, 0, 3],
            &[5, file, 0, 0, 0],
            &[6, file, 0, 0, 2],
            &[8, file, 0, 0, 1],
            &[0, file, 0, 8, 4, 0x7f, 0xff, 0xff, 0xff],
            &[3, file, 0, 61, 12],
        ] {
            seeds.push([head, edit].concat());
        }
    }
    seeds.push(head.to_vec());
    seeds
}
