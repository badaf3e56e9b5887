//! Reads a block from its beginning, a bounded chunk at a time.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;

use super::{Block, Place};
use crate::error::JobError;
use crate::limits;

/// Where a reader stands. Holds its block.
#[derive(Debug)]
pub(crate) struct Reader {
    block: Arc<Block>,
    next_chunk: usize,
    rest: Bytes,
    file: Option<File>,
}

impl Reader {
    pub(super) fn new(block: Arc<Block>) -> Self {
        Self { block, next_chunk: 0, rest: Bytes::new(), file: None }
    }

    /// The next bytes, at most `limits::CHUNK`, wherever frames begin; `None` at the end.
    ///
    /// # Errors
    /// The spilled file could not be read.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, JobError> {
        if self.rest.is_empty() {
            match &self.block.place {
                Place::Memory(chunks) => match chunks.get(self.next_chunk) {
                    Some(chunk) => {
                        self.next_chunk += 1;
                        self.rest = chunk.clone();
                    }
                    None => return Ok(None),
                },
                Place::File(_) => return self.next_of_file().await,
            }
        }
        Ok(Some(self.rest.split_to(self.rest.len().min(limits::CHUNK))))
    }

    async fn next_of_file(&mut self) -> Result<Option<Bytes>, JobError> {
        let Place::File(path) = &self.block.place else { return Ok(None) };
        let (open, path) = (self.file.take(), path.clone());
        let read = tokio::task::spawn_blocking(move || {
            let mut file = match open {
                Some(file) => file,
                None => File::open(&path).map_err(|error| JobError::file(&path, &error))?,
            };
            let mut bytes = Vec::with_capacity(limits::CHUNK);
            let most = limits::CHUNK as u64;
            Read::by_ref(&mut file)
                .take(most)
                .read_to_end(&mut bytes)
                .map_err(|error| JobError::file(&path, &error))?;
            Ok::<_, JobError>((file, Bytes::from(bytes)))
        });
        let (file, bytes) = read.await.map_err(|_| JobError::Closed)??;
        self.file = Some(file);
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}
