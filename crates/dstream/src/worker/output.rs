//! What a worker says while and after it runs a task: frames, then times, spilled bytes, accumulator updates, the end.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::Dialect;
use crate::block::Writer;
use crate::error::JobError;
use crate::limits;

/// SpecialLengths of `pyspark/serializers.py`.
const END_OF_DATA_SECTION: i32 = -1;
const PYTHON_EXCEPTION_THROWN: i32 = -2;
const TIMING_DATA: i32 = -3;
const END_OF_STREAM: i32 = -4;
/// Bytes to have room for when reading.
const READ: usize = 64 << 10;
/// Bytes of a traceback that are kept.
const TRACEBACK: usize = 1 << 20;

/// How the data of a task ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// All frames are written. Pickled (id, update) tuples of accumulators; whether the worker can be used again.
    Done { accumulators: Vec<Bytes>, reusable: bool },
    /// The function raised.
    Raised { traceback: String },
}

/// Why the words of a worker could not be followed.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    /// The connection ended in the middle.
    #[error("the Python worker ended unexpectedly (crashed, or was killed)")]
    Gone,
    /// The worker did not keep to the protocol.
    #[error("the Python worker said {0}, which is not PySpark's worker protocol")]
    Protocol(String),
    /// The data could not be kept.
    #[error(transparent)]
    Kept(#[from] JobError),
}

/// The worker's side of the connection.
#[derive(Debug)]
pub(super) struct Output<R> {
    from: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> Output<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, buffer: BytesMut::new() }
    }

    /// Reads all of one task; its frames go to `into`.
    pub(super) async fn of_task(
        &mut self,
        dialect: Dialect,
        into: &mut Writer,
    ) -> Result<Outcome, OutputError> {
        loop {
            match self.int().await? {
                END_OF_DATA_SECTION => break,
                PYTHON_EXCEPTION_THROWN => {
                    let text = self.bytes(TRACEBACK).await?;
                    return Ok(Outcome::Raised { traceback: String::from_utf8_lossy(&text).into_owned() });
                }
                // Boot, init, finish and, from 4.2 on, processing time; then bytes spilled to memory and to disk.
                TIMING_DATA => self.skip((dialect.times() + 2) * size_of::<i64>()).await?,
                length => {
                    let length = self.length(length, limits::FRAME)?;
                    self.frame(length, into).await?;
                }
            }
        }
        let count = self.int().await?;
        let count = self.length(count, limits::ACCUMULATORS)?;
        let mut accumulators = Vec::new();
        for _ in 0..count {
            accumulators.push(self.bytes(limits::FRAME).await?);
        }
        let reusable = self.int().await? == END_OF_STREAM;
        Ok(Outcome::Done { accumulators, reusable: reusable && self.buffer.is_empty() })
    }

    /// Passes on a frame with its header, in the pieces in which it comes.
    async fn frame(&mut self, length: usize, into: &mut Writer) -> Result<(), OutputError> {
        let header = crate::block::frame_length(length)?;
        into.push(Bytes::copy_from_slice(&header.to_be_bytes())).await?;
        let mut rest = length;
        while rest > 0 {
            if self.buffer.is_empty() {
                self.more().await?;
            }
            let piece = self.buffer.split_to(rest.min(self.buffer.len()));
            rest -= piece.len();
            into.push(piece.freeze()).await?;
        }
        Ok(())
    }

    async fn int(&mut self) -> Result<i32, OutputError> {
        self.fill(size_of::<i32>()).await?;
        Ok(self.buffer.get_i32())
    }

    /// A length and so many bytes.
    async fn bytes(&mut self, most: usize) -> Result<Bytes, OutputError> {
        let length = self.int().await?;
        let length = self.length(length, most)?;
        self.fill(length).await?;
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn skip(&mut self, length: usize) -> Result<(), OutputError> {
        self.fill(length).await?;
        self.buffer.advance(length);
        Ok(())
    }

    fn length(&self, length: i32, most: usize) -> Result<usize, OutputError> {
        match usize::try_from(length) {
            Ok(length) if length <= most => Ok(length),
            Ok(length) => {
                Err(JobError::Limit(format!("{length} from a Python worker is more than {most}")).into())
            }
            Err(_) => Err(OutputError::Protocol(format!("the length {length}"))),
        }
    }

    async fn fill(&mut self, length: usize) -> Result<(), OutputError> {
        while self.buffer.len() < length {
            self.more().await?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<(), OutputError> {
        self.buffer.reserve(READ);
        match self.from.read_buf(&mut self.buffer).await {
            Ok(1..) => Ok(()),
            Ok(0) | Err(_) => Err(OutputError::Gone),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::BufMut;

    use super::*;
    use crate::block::{FrameReader, Store};

    fn ints(numbers: &[i32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// Two frames, times of `times` numbers, one accumulator, and `end`.
    fn whole(times: usize, end: i32) -> Vec<u8> {
        let mut said = Vec::new();
        said.put_slice(b"\0\0\0\x03one\0\0\0\0");
        said.put_slice(&ints(&[TIMING_DATA]));
        said.put_slice(&vec![0; 8 * (times + 2)]);
        said.put_slice(&ints(&[END_OF_DATA_SECTION, 1]));
        said.put_slice(b"\0\0\0\x02up");
        said.put_slice(&ints(&[end]));
        said
    }

    async fn read(dialect: Dialect, said: &[u8]) -> (Result<Outcome, OutputError>, Vec<Bytes>) {
        let store = Store::new(1 << 20, 0, std::env::temp_dir());
        let mut writer = store.writer();
        let outcome = Output::new(said).of_task(dialect, &mut writer).await;
        let mut frames = Vec::new();
        let mut reader = FrameReader::new(writer.finish().await.unwrap().reader());
        while let Ok(Some(frame)) = reader.next().await {
            frames.push(frame);
        }
        (outcome, frames)
    }

    #[tokio::test]
    async fn a_task_ends_with_times_updates_and_the_end_mark() {
        let table = [
            (Dialect::PortAlways, 3, END_OF_STREAM, true),
            (Dialect::PortOfBarrier, 3, END_OF_STREAM, true),
            (Dialect::Json, 4, END_OF_STREAM, true),
            (Dialect::Message, 4, END_OF_STREAM, true),
            // It found unread input where the end mark should be.
            (Dialect::Message, 4, END_OF_DATA_SECTION, false),
        ];
        for (dialect, times, end, reusable) in table {
            let (outcome, frames) = read(dialect, &whole(times, end)).await;
            let expected = Outcome::Done { accumulators: vec![Bytes::from_static(b"up")], reusable };
            assert_eq!(outcome.unwrap(), expected, "{dialect:?}");
            assert_eq!(frames, ["one", ""]);
        }
    }

    #[tokio::test]
    async fn an_exception_may_come_after_frames() {
        let mut said = b"\0\0\0\x03one".to_vec();
        said.put_slice(&ints(&[PYTHON_EXCEPTION_THROWN]));
        said.put_slice(b"\0\0\0\x09Traceback");
        let (outcome, frames) = read(Dialect::Message, &said).await;
        assert_eq!(outcome.unwrap(), Outcome::Raised { traceback: "Traceback".to_owned() });
        assert_eq!(frames, ["one"]);
    }

    #[tokio::test]
    async fn nonsense_and_a_crash_are_told_apart() {
        let whole = whole(4, END_OF_STREAM);
        for cut in 0..whole.len() {
            let (outcome, _) = read(Dialect::Message, &whole[..cut]).await;
            assert!(matches!(outcome, Err(OutputError::Gone)), "{cut}: {outcome:?}");
        }
        let (outcome, _) = read(Dialect::Message, &ints(&[-77])).await;
        assert!(matches!(outcome, Err(OutputError::Protocol(_))), "{outcome:?}");
        let (outcome, _) = read(Dialect::Message, &ints(&[i32::MAX])).await;
        assert!(matches!(outcome, Err(OutputError::Kept(JobError::Limit(_)))), "{outcome:?}");
    }
}
