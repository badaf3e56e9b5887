//! Kafka's frames: a length of four bytes, then that many bytes.
//!
//! The length is what somebody sent, so it is held against `socket.request.max.bytes` before anything else, and the
//! buffer grows as bytes arrive, at most doubling, never by the length. A frame above [`UNPOOLED`] waits for its
//! share of the request pool before it is read on. While a connection is idle it holds no buffer.

use std::io;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::net::tcp::OwnedReadHalf;
use tokio::time::{Instant, timeout_at};

use crate::admission::{MemoryPool, Share};

/// Frames up to here are bounded by the number of connections, and take no share of the pool.
const UNPOOLED: usize = 64 * 1024;
/// The first read of a frame.
const FIRST_READ: usize = 16 * 1024;
/// A client that sends more slowly than this is cut off, in bytes per second.
const SLOWEST_RATE: usize = 64 * 1024;

/// One request as it came, with the memory that it holds.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) bytes: Bytes,
    /// Given back when the answer is written.
    pub(crate) share: Option<Share>,
}

/// Why no more frames are read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a frame of {length} bytes; socket.request.max.bytes is {limit}")]
    Length { length: i32, limit: usize },
    #[error("a frame that did not arrive in time ({got} of {length} bytes; socket.stall.timeout.ms)")]
    Slow { got: usize, length: usize },
    #[error("the connection ended inside of a frame ({got} bytes of it)")]
    Truncated { got: usize },
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("the broker is shutting down")]
    Closing,
}

/// Cuts a connection's bytes into frames. [`FrameReader::next`] may be dropped and called again.
#[derive(Debug)]
pub(crate) struct FrameReader {
    stream: OwnedReadHalf,
    buffer: BytesMut,
    limit: usize,
    stall: Duration,
    pool: MemoryPool,
    share: Option<Share>,
    deadline: Option<Instant>,
}

impl FrameReader {
    pub(crate) fn new(stream: OwnedReadHalf, limit: usize, stall: Duration, pool: MemoryPool) -> Self {
        Self { stream, buffer: BytesMut::new(), limit, stall, pool, share: None, deadline: None }
    }

    /// The next frame; `None` when the client has closed between two of them.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        loop {
            let wanted = match self.length()? {
                Some(length) if self.buffer.len() >= 4 + length => {
                    self.deadline = None;
                    return Ok(Some(Frame { bytes: self.cut(length), share: self.share.take() }));
                }
                Some(length) => {
                    self.admit(length).await?;
                    4 + length
                }
                None => FIRST_READ,
            };
            if !self.read(wanted).await? {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(FrameError::Truncated { got: self.buffer.len() })
                };
            }
        }
    }

    /// The next frame; or, if none is wanted now, `None` once the client has gone.
    pub(crate) async fn next_or_gone(&mut self, is_wanted: bool) -> Result<Option<Frame>, FrameError> {
        if is_wanted {
            return self.next().await;
        }
        self.gone().await;
        Ok(None)
    }

    /// Waits until the client has closed its side. One that has sent more already is taken to be there.
    async fn gone(&mut self) {
        if matches!(self.stream.peek(&mut [0]).await, Ok(1..)) {
            std::future::pending::<()>().await;
        }
    }

    /// Takes the first frame off the buffer: all of the buffer where it holds nothing else, so that the frame is its
    /// memory's only owner and a batch in it can be given its offsets in place.
    fn cut(&mut self, length: usize) -> Bytes {
        self.buffer.advance(4);
        if self.buffer.len() == length {
            return std::mem::take(&mut self.buffer).freeze();
        }
        self.buffer.split_to(length).freeze()
    }

    /// The length of the frame that begins the buffer, once it is there.
    fn length(&self) -> Result<Option<usize>, FrameError> {
        let Some(prefix) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let length = i32::from_be_bytes(*prefix);
        match usize::try_from(length) {
            Ok(bytes) if bytes <= self.limit => Ok(Some(bytes)),
            _ => Err(FrameError::Length { length, limit: self.limit }),
        }
    }

    /// Waits for the frame's share of memory, and gives it its time to arrive.
    async fn admit(&mut self, length: usize) -> Result<(), FrameError> {
        if length > UNPOOLED && self.share.is_none() {
            self.share = Some(self.pool.take(length).await.ok_or(FrameError::Closing)?);
            self.deadline = None;
        }
        if self.deadline.is_none() {
            let seconds = u64::try_from(length / SLOWEST_RATE).unwrap_or(u64::MAX);
            self.deadline = Some(Instant::now() + self.stall + Duration::from_secs(seconds));
        }
        Ok(())
    }

    /// Reads what there is, up to `wanted` bytes in the buffer. False at the end of the stream.
    async fn read(&mut self, wanted: usize) -> Result<bool, FrameError> {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        } else if self.deadline.is_none() {
            self.deadline = Some(Instant::now() + self.stall);
        }
        loop {
            match self.deadline {
                None => self.stream.readable().await?,
                Some(deadline) => match timeout_at(deadline, self.stream.readable()).await {
                    Ok(ready) => ready?,
                    Err(_) => return Err(FrameError::Slow { got: self.buffer.len(), length: wanted }),
                },
            }
            let room = wanted.saturating_sub(self.buffer.len()).max(1);
            self.buffer.reserve(room.min(self.buffer.len().max(FIRST_READ)));
            match self.stream.try_read_buf(&mut self.buffer) {
                Ok(0) => return Ok(false),
                Ok(_) => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
