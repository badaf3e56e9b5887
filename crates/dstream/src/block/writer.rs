//! Writes one block: small pieces are gathered, and when the context's memory is full the block goes on in a file.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::{Block, Place, Store};
use crate::error::JobError;
use crate::limits;

/// Pieces from this size on are kept as they are; smaller ones are copied together.
const LARGE: usize = 64 << 10;
/// Bytes that are gathered before they are written to the file.
const GATHER: usize = 1 << 20;

/// A block in the making. Dropped without `finish`, it frees what it held.
#[derive(Debug)]
pub(crate) struct Writer {
    store: Arc<Store>,
    chunks: Vec<Bytes>,
    tail: BytesMut,
    /// Bytes counted in memory, in `chunks` and `tail`, unless there is a file.
    memory: u64,
    file: Option<Spilled>,
    length: u64,
}

#[derive(Debug)]
struct Spilled {
    file: File,
    path: PathBuf,
    written: u64,
}

impl Writer {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store, chunks: Vec::new(), tail: BytesMut::new(), memory: 0, file: None, length: 0 }
    }

    /// Appends bytes; together they must be whole frames when the block is finished.
    ///
    /// # Errors
    /// The budget is used up, or the disk failed.
    pub(crate) async fn push(&mut self, bytes: Bytes) -> Result<(), JobError> {
        let length = bytes.len() as u64;
        self.length = self.length.saturating_add(length);
        if bytes.len() >= LARGE {
            self.close_tail();
            self.chunks.push(bytes);
        } else {
            self.tail.extend_from_slice(&bytes);
            if self.tail.len() >= GATHER {
                self.close_tail();
            }
        }
        if self.file.is_none() {
            self.memory = self.memory.saturating_add(length);
            if self.store.reserve_memory(length) {
                return Ok(());
            }
            self.move_to_file().await
        } else if !self.chunks.is_empty() {
            self.write_out().await
        } else {
            Ok(())
        }
    }

    /// Appends one frame: its header and its bytes.
    ///
    /// # Errors
    /// As `push`; or the frame is larger than the limit.
    pub(crate) async fn push_frame(&mut self, frame: Bytes) -> Result<(), JobError> {
        let length = frame_length(frame.len())?;
        self.push(Bytes::copy_from_slice(&length.to_be_bytes())).await?;
        self.push(frame).await
    }

    /// The block.
    ///
    /// # Errors
    /// The disk failed.
    pub(crate) async fn finish(mut self) -> Result<Arc<Block>, JobError> {
        self.close_tail();
        if self.file.is_some() {
            self.write_out().await?;
        }
        let place = match self.file.take() {
            Some(spilled) => Place::File(spilled.path),
            None => Place::Memory(std::mem::take(&mut self.chunks)),
        };
        self.memory = 0;
        Ok(Arc::new(Block { store: Arc::clone(&self.store), place, length: self.length }))
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            self.chunks.push(self.tail.split().freeze());
        }
    }

    async fn move_to_file(&mut self) -> Result<(), JobError> {
        let (file, path) = self.store.create_file()?;
        self.file = Some(Spilled { file, path, written: 0 });
        self.store.release_memory(std::mem::take(&mut self.memory));
        self.close_tail();
        self.write_out().await
    }

    async fn write_out(&mut self) -> Result<(), JobError> {
        let chunks = std::mem::take(&mut self.chunks);
        let bytes = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let Some(spilled) = self.file.as_mut() else { return Ok(()) };
        self.store.reserve_file(bytes)?;
        spilled.written = spilled.written.saturating_add(bytes);
        let path = spilled.path.clone();
        let mut file = spilled.file.try_clone().map_err(|error| JobError::file(&path, &error))?;
        let written =
            tokio::task::spawn_blocking(move || chunks.iter().try_for_each(|chunk| file.write_all(chunk)));
        match written.await {
            Ok(written) => written.map_err(|error| JobError::file(&path, &error)),
            Err(_) => Err(JobError::Closed),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.store.release_memory(self.memory);
        if let Some(spilled) = &self.file {
            self.store.release_file(&spilled.path, spilled.written);
        }
    }
}

/// The header of a frame.
pub(crate) fn frame_length(length: usize) -> Result<i32, JobError> {
    let fits = (length <= limits::FRAME).then(|| i32::try_from(length).ok()).flatten();
    fits.ok_or_else(|| {
        JobError::Limit(format!(
            "one element or batch of {length} bytes is larger than {} MiB",
            limits::FRAME >> 20
        ))
    })
}
