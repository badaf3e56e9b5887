//! saveAsTextFile: a line for each frame, a file for each partition, and an empty `_SUCCESS` at the end.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use uuid::Uuid;

use crate::block::{Block, FrameReader};
use crate::error::JobError;

/// Bytes that are gathered before they are written.
const PIECE: usize = 256 << 10;

/// An output directory in the making, beside its place: it is there whole or not at all.
#[derive(Debug)]
pub(crate) struct TextOutput {
    place: PathBuf,
    beside: PathBuf,
    partitions: usize,
}

impl TextOutput {
    /// Makes the directory beside `place`, and `place`'s parents.
    ///
    /// # Errors
    /// `place` exists (Hadoop's words), or the disk.
    pub(crate) async fn begin(place: PathBuf) -> Result<Self, JobError> {
        blocking(move || {
            if place.exists() {
                return Err(JobError::File(format!(
                    "Output directory file:{} already exists",
                    place.display()
                )));
            }
            let beside = match place.file_name() {
                Some(name) => place.with_file_name(format!(".{}.{}", name.to_string_lossy(), Uuid::new_v4())),
                None => return Err(JobError::File(format!("{} is no name of a directory", place.display()))),
            };
            fs::create_dir_all(&beside).map_err(|error| JobError::file(&place, &error))?;
            Ok(Self { place, beside, partitions: 0 })
        })
        .await
    }

    /// Writes the next partition.
    ///
    /// # Errors
    /// The disk.
    pub(crate) async fn partition(&mut self, block: &Arc<Block>) -> Result<(), JobError> {
        let path = self.beside.join(format!("part-{:05}", self.partitions));
        self.partitions += 1;
        let create = path.clone();
        let file = blocking(move || {
            let file = OpenOptions::new().create_new(true).write(true).open(&create);
            file.map_err(|error| JobError::file(&create, &error))
        });
        let mut part = Part { path, file: file.await?, gathered: BytesMut::new() };
        let mut frames = FrameReader::new(block.reader());
        while let Some(frame) = frames.next().await? {
            part.gathered.put_slice(&frame);
            part.gathered.put_u8(b'\n');
            if part.gathered.len() >= PIECE {
                part = part.flushed().await?;
            }
        }
        part.flushed().await.map(drop)
    }

    /// Puts the directory in its place.
    ///
    /// # Errors
    /// The disk, or somebody made the place meanwhile.
    pub(crate) async fn finish(self) -> Result<(), JobError> {
        let (place, beside) = (self.place.clone(), self.beside.clone());
        blocking(move || {
            let done = File::create(beside.join("_SUCCESS")).and_then(|_| fs::rename(&beside, &place));
            done.map_err(|error| JobError::file(&place, &error))
        })
        .await
    }
}

impl Drop for TextOutput {
    fn drop(&mut self) {
        // After `finish` it is not there any more.
        drop(fs::remove_dir_all(&self.beside));
    }
}

struct Part {
    path: PathBuf,
    file: File,
    gathered: BytesMut,
}

impl Part {
    async fn flushed(mut self) -> Result<Self, JobError> {
        blocking(move || {
            self.file.write_all(&self.gathered).map_err(|error| JobError::file(&self.path, &error))?;
            self.gathered.clear();
            Ok(self)
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, JobError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| JobError::Closed)?
}
