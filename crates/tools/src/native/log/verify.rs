//! `millstream log verify`: what is wrong with the segments and indexes below a directory.

use std::ops::Range;
use std::path::{Path, PathBuf};

use millstream_wire::records::{Budget, RecordBatch};
use serde_json::{Value, json};

use crate::dump_log::batches::{At, Segment};
use crate::dump_log::{Complaints, indexes};
use crate::failure::Failure;
use crate::output::Output;

/// How deep directories are looked into: data directory, Kafka's, partition.
const DEPTH: usize = 3;
/// The largest batch that an index may point to.
const MAX_BATCH: u64 = 1 << 30;

#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Directories or .log files
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was looked at.
#[derive(Debug, Default)]
struct Tally {
    segments: u64,
    batches: u64,
    records: u64,
    bytes: u64,
    problems: Vec<String>,
}

impl Verify {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut tally = Tally::default();
        for path in &self.paths {
            tally.walk(path, DEPTH)?;
        }
        let mut output = Output::new();
        let Tally { segments, batches, records, bytes, problems } = &tally;
        if self.json {
            let told = json!({
                "segments": segments,
                "batches": batches,
                "records": records,
                "bytes": bytes,
                "problems": Value::from_iter(problems.iter().map(String::as_str)),
            });
            output.line(told.to_string())?;
        } else {
            problems.iter().try_for_each(|problem| output.line(problem))?;
            output.line(format!(
                "{segments} segments, {batches} batches, {records} records, {bytes} bytes: {}",
                match problems.len() {
                    0 => "all is well".to_owned(),
                    1 => "1 problem".to_owned(),
                    count => format!("{count} problems"),
                }
            ))?;
        }
        output.flush()?;
        if problems.is_empty() { Ok(()) } else { Err(Failure::Said) }
    }
}

impl Tally {
    fn walk(&mut self, path: &Path, depth: usize) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", path.display()));
        if path.metadata().map_err(failed)?.is_file() {
            self.segment(path);
            return Ok(());
        }
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(path).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            if entry.is_dir() && depth > 0 {
                self.walk(&entry, depth - 1)?;
            } else if entry.extension().is_some_and(|extension| extension == "log") {
                self.segment(&entry);
            }
        }
        Ok(())
    }

    fn segment(&mut self, path: &Path) {
        self.segments += 1;
        if let Err(Failure::Failed { message, .. }) = self.batches(path) {
            self.problems.push(format!("{}: {message}", path.display()));
            // Nothing that an index says about a damaged segment means anything.
            return;
        }
        let mut complaints = Complaints::default();
        for (extension, check) in [
            ("index", indexes::check_offsets as fn(&Path, u64, &mut Complaints) -> Result<(), Failure>),
            ("timeindex", indexes::check_times),
        ] {
            let index = path.with_extension(extension);
            if index.is_file()
                && let Err(Failure::Failed { message, .. }) = check(&index, MAX_BATCH, &mut complaints)
            {
                self.problems.push(message);
            }
        }
        self.problems.extend(complaints.lines());
    }

    fn batches(&mut self, path: &Path) -> Result<(), Failure> {
        let wrong = |position: u64, why: String| Failure::new(format!("at position {position}: {why}"));
        let segment = Segment::open(path, None).map_err(|error| Failure::new(error.to_string()))?;
        let own = own_offsets(path);
        let (mut position, mut next) = (0, own.start);
        while let At::Batch(header) = segment.at(position)? {
            let bytes =
                segment.bytes(position, &header).map_err(|error| wrong(position, error.to_string()))?;
            if header.verify_crc(&bytes).is_err() {
                let what = "the checksum does not fit the batch";
                return Err(wrong(position, format!("{what} at offset {}", header.base_offset)));
            }
            if header.base_offset < next {
                let why = if position == 0 {
                    format!("offset {} in a segment that begins at {}", header.base_offset, own.start)
                } else {
                    format!("offset {} comes after offset {}", header.base_offset, next - 1)
                };
                return Err(wrong(position, why));
            }
            if header.next_offset() > own.end {
                let last = header.last_offset();
                return Err(wrong(
                    position,
                    format!("offset {last}, and the next segment begins at {}", own.end),
                ));
            }
            let count = records(&bytes).map_err(|why| wrong(position, why))?;
            if count != header.record_count {
                let why = format!("the batch says {} records and holds {count}", header.record_count);
                return Err(wrong(position, why));
            }
            next = header.next_offset();
            self.batches += 1;
            self.records += u64::try_from(count).unwrap_or(0);
            self.bytes += bytes.len() as u64;
            position += bytes.len() as u64;
        }
        match segment.end() - position {
            0 => Ok(()),
            left => Err(wrong(position, format!("{left} bytes that are no whole batch"))),
        }
    }
}

/// The offsets that may be in a segment: from the one in its name to where the next segment in its directory begins.
fn own_offsets(path: &Path) -> Range<i64> {
    let Some(start) = base_offset(path) else { return i64::MIN..i64::MAX };
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "log");
    let siblings = path.parent().and_then(|dir| std::fs::read_dir(dir).ok()).into_iter().flatten().flatten();
    let bases = siblings.map(|entry| entry.path()).filter(is_segment).filter_map(|path| base_offset(&path));
    start..bases.filter(|base| *base > start).min().unwrap_or(i64::MAX)
}

/// The offset in a segment's name.
fn base_offset(path: &Path) -> Option<i64> {
    path.file_stem()?.to_str()?.parse().ok()
}

fn records(bytes: &bytes::Bytes) -> Result<i32, String> {
    let batch = RecordBatch::parse(bytes).map_err(|error| error.to_string())?;
    let mut count = 0_i32;
    for record in batch.records(Budget::default()).map_err(|error| error.to_string())? {
        record.map_err(|error| error.to_string())?;
        count = count.saturating_add(1);
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use millstream_wire::records::batch::assign_offset;
    use millstream_wire::records::{BatchBuilder, Codec};

    use super::*;

    fn batches(offsets: &[i64]) -> Vec<u8> {
        let one = |offset: &i64| {
            let mut builder = BatchBuilder::new(Codec::None);
            builder.append(1, None, Some(b"value"), &[]).unwrap();
            let mut batch = builder.finish().unwrap();
            assign_offset(&mut batch, *offset, 0).unwrap();
            batch
        };
        offsets.iter().flat_map(one).collect()
    }

    #[test]
    fn log_verify_finds_what_does_not_fit() {
        let table: [(&[i64], &[i64]); 6] = [
            (&[0, 1], &[2, 9]),
            (&[1, 1], &[2]),
            (&[0, 2], &[2]),
            (&[0, 1], &[1]),
            (&[-4, 1], &[2]),
            (&[0], &[5]),
        ];
        let mut told = String::new();
        for (first, second) in table {
            let dir = tempfile::tempdir().unwrap();
            for (name, offsets) in [("00000000000000000000.log", first), ("00000000000000000002.log", second)]
            {
                std::fs::write(dir.path().join(name), batches(offsets)).unwrap();
            }
            let mut tally = Tally::default();
            tally.walk(dir.path(), DEPTH).unwrap();
            let name = |problem: &String| problem.rsplit('/').next().unwrap_or_default().to_owned();
            let problems: Vec<_> = tally.problems.iter().map(name).collect();
            told += &format!("{first:?} {second:?} {problems:?}\n");
        }
        expect![[r#"
            [0, 1] [2, 9] []
            [1, 1] [2] ["00000000000000000000.log: at position 73: offset 1 comes after offset 1"]
            [0, 2] [2] ["00000000000000000000.log: at position 73: offset 2, and the next segment begins at 2"]
            [0, 1] [1] ["00000000000000000002.log: at position 0: offset 1 in a segment that begins at 2"]
            [-4, 1] [2] ["00000000000000000000.log: at position 0: offset -4 in a segment that begins at 0"]
            [0] [5] []
        "#]]
        .assert_eq(&told);
    }
}
