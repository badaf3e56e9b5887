//! Reads a split into a block: a frame for each line or record.
//!
//! A split owns the lines that begin in it, and the one that begins right at its end: the next split leaves out what
//! comes before its first line's end.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use tokio::sync::mpsc;

use super::split::Format;
use super::{Line, LineCutter, Split};
use crate::block::{Block, Store, frame_length};
use crate::error::JobError;
use crate::limits;

/// Bytes that are read, and passed on, at once.
const PIECE: usize = 256 << 10;
/// Pieces between the thread that reads and the block.
const AHEAD: usize = 4;

/// The block of a split.
///
/// # Errors
/// The file cannot be read, a line is too long, or the block cannot be kept.
pub(crate) async fn read(store: &Arc<Store>, split: &Split) -> Result<Arc<Block>, JobError> {
    let (to, mut pieces) = mpsc::channel(AHEAD);
    let split = split.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut frames = Frames { gathered: BytesMut::new(), to };
        match split.format {
            Format::Records(length) => records(&split, length, &mut frames),
            Format::Lines | Format::CompressedLines => lines(&split, &mut frames),
        }?;
        frames.flush();
        Ok::<_, JobError>(())
    });
    let mut writer = store.writer();
    while let Some(piece) = pieces.recv().await {
        writer.push(piece).await?;
    }
    reading.await.map_err(|_| JobError::Closed)??;
    writer.finish().await
}

/// Frames on their way to the block.
struct Frames {
    gathered: BytesMut,
    to: mpsc::Sender<Bytes>,
}

impl Frames {
    fn push(&mut self, frame: &[u8]) -> Result<(), JobError> {
        self.gathered.put_i32(frame_length(frame.len())?);
        self.gathered.put_slice(frame);
        if self.gathered.len() >= PIECE {
            self.flush();
        }
        Ok(())
    }

    fn flush(&mut self) {
        // Nobody listens any more when the job was cancelled: the thread runs to the end of the split for nothing.
        drop(self.to.blocking_send(self.gathered.split().freeze()));
    }

    fn is_wanted(&self) -> bool {
        !self.to.is_closed()
    }
}

fn lines(split: &Split, frames: &mut Frames) -> Result<(), JobError> {
    let failed = |error: io::Error| JobError::file(&split.path, &error);
    let mut file = File::open(&split.path).map_err(failed)?;
    file.seek(SeekFrom::Start(split.start)).map_err(failed)?;
    let (mut from, end): (Box<dyn Read>, u64) = match split.format {
        Format::CompressedLines => (Box::new(MultiGzDecoder::new(file)), u64::MAX),
        _ => (Box::new(file), split.end),
    };
    let too_long = |_| {
        JobError::Limit(format!(
            "{}: a line is longer than {} MiB",
            split.path.display(),
            limits::FRAME >> 20
        ))
    };
    let mut buffer = vec![0; PIECE];
    let mut cutter = LineCutter::new(limits::FRAME, split.start);
    let mut leave_out = split.start > 0;
    while frames.is_wanted() {
        let length = from.read(&mut buffer).map_err(failed)?;
        let Some(read @ [_, ..]) = buffer.get(..length) else { break };
        let flow = cutter.cut(read, |line: Line<'_>| {
            if line.start > end {
                return ControlFlow::Break(Ok(()));
            }
            if std::mem::take(&mut leave_out) {
                return ControlFlow::Continue(());
            }
            match frames.push(&utf8(line.bytes)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(Err(error)),
            }
        });
        if let ControlFlow::Break(ended) = flow.map_err(too_long)? {
            return ended;
        }
    }
    match cutter.rest() {
        Some((line, start)) if start <= end && !leave_out => frames.push(&utf8(&line)),
        _ => Ok(()),
    }
}

/// As it is, or with replacement characters for what is not UTF-8.
pub(crate) fn utf8(line: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(line) {
        Cow::Borrowed(_) => Cow::Borrowed(line),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

fn records(split: &Split, length: usize, frames: &mut Frames) -> Result<(), JobError> {
    frame_length(length)?;
    let failed = |error: io::Error| JobError::file(&split.path, &error);
    let mut file = io::BufReader::new(File::open(&split.path).map_err(failed)?);
    let most = u64::try_from(length).unwrap_or(u64::MAX);
    let mut record = Vec::new();
    while frames.is_wanted() {
        record.clear();
        match Read::by_ref(&mut file).take(most).read_to_end(&mut record).map_err(failed)? {
            0 => break,
            read if read == length => frames.push(&record)?,
            read => {
                let path = split.path.display();
                return Err(JobError::Data(format!(
                    "{path}: the last record has {read} bytes, not {length}"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::path::Path;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::block::FrameReader;
    use crate::graph::TextOf;
    use crate::text::splits;

    async fn all(directory: &Path, path: &str, least: usize, record_length: usize) -> Vec<Vec<String>> {
        let store = Store::new(1 << 20, 0, directory.to_owned());
        let mut partitions = Vec::new();
        for split in splits(directory, TextOf { path, least, record_length }).await.unwrap() {
            let mut reader = FrameReader::new(read(&store, &split).await.unwrap().reader());
            let mut lines = Vec::new();
            while let Some(frame) = reader.next().await.unwrap() {
                lines.push(String::from_utf8(frame.to_vec()).unwrap());
            }
            partitions.push(lines);
        }
        partitions
    }

    #[tokio::test]
    async fn every_line_is_read_once_however_the_file_is_split() {
        let directory = tempfile::tempdir().unwrap();
        let text = "first\nsecond\r\n\r\nfourth\rfifth\n\u{e9}\nlast";
        let bytes: Vec<u8> = text.chars().map(|char| u8::try_from(char).unwrap()).collect();
        std::fs::write(directory.path().join("lines"), &bytes).unwrap();
        let expected = ["first", "second", "", "fourth", "fifth", "\u{fffd}", "last"];
        for least in 1..=bytes.len() {
            let partitions = all(directory.path(), "lines", least, 0).await;
            assert!(partitions.len() >= least.min(3), "{least}");
            assert_eq!(partitions.concat(), expected, "{least}: {partitions:?}");
        }
    }

    #[tokio::test]
    async fn compressed_lines_and_records() {
        let directory = tempfile::tempdir().unwrap();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(b"a\nb\n").unwrap();
        std::fs::write(directory.path().join("a.gz"), gzip.finish().unwrap()).unwrap();
        assert_eq!(all(directory.path(), "a.gz", 5, 0).await, [["a", "b"]]);
        std::fs::write(directory.path().join("records"), "112233").unwrap();
        assert_eq!(all(directory.path(), "records", 5, 2).await, [["11", "22", "33"]]);
    }
}
