//! An answer on its way out: bytes, and parts of segments that go from the page cache to the socket without being
//! copied into this process.
//!
//! The parts of an answer leave in their order, none of them in part unless the connection ends there. What waits for
//! room in the socket's buffer waits no longer than the stall time-out.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::time::Duration;

use bytes::{Buf, Bytes};
use millstream_log::LogSlice;
use millstream_wire::Chunk;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::admission::Share;
use crate::sendfile;

/// Chunks given to the system in one write.
const SLICES: usize = 32;

/// An answer, length prefix included.
#[derive(Debug)]
pub(crate) struct Answer {
    parts: VecDeque<Part>,
    /// Memory of the fetched records, given back when they are written.
    share: Option<Share>,
}

/// What is written in one go, or step by step.
#[derive(Debug)]
enum Part {
    Bytes(Bytes),
    File(LogSlice),
}

/// Why an answer was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    #[error("an answer could not be written: {0}")]
    Io(io::Error),
    #[error("the client did not take its answer for {0:?} (socket.stall.timeout.ms)")]
    NotTaken(Duration),
    #[error("a segment's file ends before byte {position}, where there were batches: see what has cut it")]
    CutShort { position: u64 },
}

impl Answer {
    /// The chunks of an encoded answer, with the files that belong into its places.
    pub(crate) fn new(chunks: VecDeque<Chunk>, files: &[LogSlice], share: Option<Share>) -> Self {
        let part = |chunk| match chunk {
            Chunk::Bytes(bytes) => Some(Part::Bytes(bytes)),
            Chunk::Place(place) => files.get(place.number).cloned().map(Part::File),
        };
        Self { parts: chunks.into_iter().filter_map(part).collect(), share }
    }

    /// Bytes of it.
    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(Part::len).sum()
    }

    /// Writes all of it. `stall` is how long the socket may take no byte.
    pub(crate) async fn write(mut self, stream: &TcpStream, stall: Duration) -> Result<(), Unwritten> {
        while let Some(front) = self.parts.front_mut() {
            let written = match front {
                Part::File(slice) => sendfile::send_some(stream, slice),
                Part::Bytes(_) => write_some(stream, &self.parts),
            };
            match written {
                Ok(0) => return Err(self.why_nothing()),
                Ok(written) => self.remove_front(written),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    match timeout(stall, stream.writable()).await {
                        Ok(ready) => ready.map_err(Unwritten::Io)?,
                        Err(_) => return Err(Unwritten::NotTaken(stall)),
                    }
                }
                Err(error) => return Err(Unwritten::Io(error)),
            }
        }
        drop(self.share);
        Ok(())
    }

    fn why_nothing(&self) -> Unwritten {
        match self.parts.front() {
            Some(Part::File(slice)) => Unwritten::CutShort { position: slice.position },
            _ => Unwritten::Io(io::ErrorKind::WriteZero.into()),
        }
    }

    fn remove_front(&mut self, mut written: usize) {
        while let Some(part) = self.parts.front_mut() {
            if part.len() > written {
                part.advance(written);
                return;
            }
            written -= part.len();
            self.parts.pop_front();
        }
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::File(slice) => slice.length,
        }
    }

    /// Takes away what is written, which is less than all.
    fn advance(&mut self, written: usize) {
        match self {
            Self::Bytes(bytes) => bytes.advance(written),
            Self::File(slice) => {
                slice.position += written as u64;
                slice.length -= written;
            }
        }
    }
}

/// Writes from the bytes in front of the next file.
fn write_some(stream: &TcpStream, parts: &VecDeque<Part>) -> io::Result<usize> {
    let mut slices = [IoSlice::new(&[]); SLICES];
    let mut count = 0;
    for (slice, part) in slices.iter_mut().zip(parts) {
        let Part::Bytes(bytes) = part else { break };
        *slice = IoSlice::new(bytes);
        count += 1;
    }
    stream.try_write_vectored(slices.get(..count).unwrap_or_default())
}
