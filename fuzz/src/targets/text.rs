//! The data directory's text files: checkpoints of partitions, and Java's properties (`meta.properties`,
//! `server.properties`).
//!
//! Memory: `4 x input + 64 KiB`, with what the broker keeps: of a checkpoint the partitions that there are, of
//! properties one at a time.

use std::collections::BTreeMap;
use std::path::Path;

use millstream_cluster::{Properties, parse_properties};
use millstream_log::checkpoint;
use millstream_log::disk::{Disk, SimDisk};

use crate::target::{Target, Trial, ensure, scale};

/// See the module.
pub const TARGET: Target = Target {
    name: "text",
    about: "checkpoints of recovery points, starts, high watermarks and cleaned offsets; properties",
    seeds,
    run,
    longest: 4096,
};

/// Topic, partition, offset.
type Entry = (String, i32, i64);

/// The partitions that there are.
const PARTITIONS: [(&str, i32); 2] = [("a", 0), ("b-c", 1)];

fn seeds() -> Vec<Vec<u8>> {
    let texts: [&[u8]; 12] = [
        b"\x000\n2\na 0 7\nb-c 1 9\n",
        b"\x000\n0\n",
        b"\x00",
        b"\x000\n1\na 0 7 8\n",
        b"\x000\n1\n\xc3\xbc 2147483647 9223372036854775807\n",
        b"\x000\r\n1\r\na 0 -1\r\n",
        b"\x01#\nnode.id=1\ndirectory.id=dx8ayl2VT8mSEjE4VuPUFA\nversion=1\ncluster.id=a\\=b\\:c\n",
        b"\x01a = 1 \nb: 2\nc 3\n  d=\n!e=f\n",
        b"\x01list=one,\\\n   two\\\\\nlast\\",
        b"\x01\\u0061=\\u00fc\\ud83e\\udd80",
        b"\x01a\\ b\\t=\\n\\r\\f\\x",
        b"\x01=\n:\n \n\\\n",
    ];
    texts.map(<[u8]>::to_vec).to_vec()
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    match input.split_first() {
        None => Ok(()),
        Some((kind, bytes)) if kind % 2 == 0 => entries(bytes, trial),
        Some((_, bytes)) => properties(bytes, trial),
    }
}

/// What is read from a checkpoint is read again from what is written of it.
fn entries(bytes: &[u8], trial: &mut Trial) -> Result<(), String> {
    let (disk, path) = (SimDisk::new(), Path::new("d/file"));
    disk.create_dir_all(Path::new("d")).map_err(|error| error.to_string())?;
    disk.plant(path, bytes);
    let kept = trial.bounded("checkpoint", bytes.len(), 0, || {
        let mut kept = BTreeMap::new();
        let read = checkpoint::read_offsets(&disk, path, |topic, partition, offset| {
            if PARTITIONS.contains(&(topic, partition)) {
                kept.insert((topic.to_owned(), partition), offset);
            }
        });
        read.map(|()| kept)
    })?;
    let kept = match kept {
        Ok(kept) => kept,
        Err(error) => {
            trial.feature(error.to_string().split(' ').rev().take(3).collect::<String>());
            return Ok(());
        }
    };
    let entries = every_entry(&disk, path)?;
    trial.feature(("entries", scale(entries.len()), kept.len(), scale(bytes.len())));
    let lines: Vec<String> =
        entries.iter().map(|(topic, partition, offset)| format!("{topic} {partition} {offset}")).collect();
    checkpoint::write_lines(&disk, path, lines.into_iter()).map_err(|error| error.to_string())?;
    let again = every_entry(&disk, path)?;
    ensure(again == entries, || format!("{entries:?} became {again:?}"))
}

fn every_entry(disk: &SimDisk, path: &Path) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    checkpoint::read_offsets(disk, path, |topic, partition, offset| {
        entries.push((topic.to_owned(), partition, offset));
    })
    .map_err(|error| error.to_string())?;
    Ok(entries)
}

/// Keys and values are no longer than the text, and come back when they are written with every letter escaped.
fn properties(bytes: &[u8], trial: &mut Trial) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let walked = trial.bounded("properties", text.len(), 0, || {
        Properties::of(&text).try_for_each(|property| property.map(drop))
    })?;
    if let Err(error) = walked {
        trial.feature(error.split(' ').next_back().map(str::to_owned));
        return Ok(());
    }
    let properties = parse_properties(&text)?;
    trial.feature(("properties", scale(properties.len()), scale(text.len())));
    let taken: usize = properties.iter().map(|(key, value)| key.len() + value.len()).sum();
    ensure(taken <= text.len(), || format!("{taken} bytes were read from {}", text.len()))?;
    let escaped = |word: &str| word.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
    let written: String =
        properties.iter().map(|(key, value)| format!("{}={}\n", escaped(key), escaped(value))).collect();
    let again = parse_properties(&written)?;
    ensure(again == properties, || format!("{properties:?} became {again:?}"))
}
