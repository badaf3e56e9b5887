//! Partitions of an RDD in a directory: part-00000 and so on, and `_partitions`, which is written last and tells how
//! many there are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::durable;
use crate::block::{Block, FrameCheck, Store};
use crate::error::{CallError, JobError};
use crate::limits;

/// The file that makes a directory one of ours: the number of partitions, as decimal text.
const MANIFEST: &str = "_partitions";
/// Bytes of one partition's file, which is read whole.
const PARTITION: u64 = 1 << 30;

/// A directory in the making, beside its place.
#[derive(Debug)]
pub(crate) struct Saving {
    place: PathBuf,
    beside: PathBuf,
    partitions: usize,
}

impl Saving {
    /// Makes the directory beside `place`, and `place`'s parents.
    ///
    /// # Errors
    /// The disk.
    pub(crate) async fn begin(place: PathBuf) -> Result<Self, JobError> {
        blocking(move || {
            let beside = durable::beside(&place).map_err(|error| JobError::file(&place, &error))?;
            fs::create_dir_all(&beside).map_err(|error| JobError::file(&beside, &error))?;
            Ok(Self { place, beside, partitions: 0 })
        })
        .await
    }

    /// Writes the next partition.
    ///
    /// # Errors
    /// The disk, or the partition is larger than 1 GiB.
    pub(crate) async fn partition(&mut self, block: &Arc<Block>) -> Result<(), JobError> {
        if block.len() > PARTITION {
            return Err(JobError::Limit(
                "a partition to be saved is larger than 1 GiB: use more partitions".to_owned(),
            ));
        }
        let mut content = BytesMut::new();
        let mut reader = block.reader();
        while let Some(bytes) = reader.next().await? {
            content.extend_from_slice(&bytes);
        }
        let path = self.beside.join(name(self.partitions));
        self.partitions += 1;
        blocking(move || durable::write_new(&path, &content).map_err(|error| JobError::file(&path, &error)))
            .await
    }

    /// Puts the directory in its place; one that was there before is replaced.
    ///
    /// # Errors
    /// The disk; or what is there is not a directory of ours.
    pub(crate) async fn finish(self) -> Result<(), JobError> {
        let (place, partitions) = (self.place.clone(), self.partitions);
        let beside = self.beside.clone();
        blocking(move || {
            put_in_place(&beside, &place, partitions).map_err(|error| JobError::file(&place, &error))
        })
        .await
    }
}

impl Drop for Saving {
    fn drop(&mut self) {
        // After `finish` it is not there any more.
        drop(fs::remove_dir_all(&self.beside));
    }
}

fn put_in_place(beside: &Path, place: &Path, partitions: usize) -> io::Result<()> {
    let manifest = beside.join(MANIFEST);
    durable::write_new(&manifest, partitions.to_string().as_bytes())?;
    durable::sync_parent(&manifest)?;
    let mut old = None;
    if place.exists() {
        if !place.join(MANIFEST).is_file() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "is there, and is not a saved RDD"));
        }
        let aside = durable::beside(place)?;
        fs::rename(place, &aside)?;
        old = Some(aside);
    }
    fs::rename(beside, place)?;
    durable::sync_parent(place)?;
    if let Some(old) = old {
        fs::remove_dir_all(old)?;
    }
    Ok(())
}

/// The files of a saved RDD, by partition.
///
/// # Errors
/// There is none, or it is damaged.
pub(crate) async fn files(directory: &Path) -> Result<Vec<PathBuf>, CallError> {
    let directory = directory.to_owned();
    let listed = tokio::task::spawn_blocking(move || {
        let manifest = directory.join(MANIFEST);
        let damaged = || CallError::NotFound(format!("{}: the saved RDD is damaged", directory.display()));
        let content = durable::read(&manifest, 20).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                CallError::NotFound(format!("{} holds no saved RDD", directory.display()))
            }
            _ => damaged(),
        })?;
        let count = String::from_utf8(content).ok().and_then(|text| text.parse::<usize>().ok());
        let count = count.filter(|count| *count <= limits::PARTITIONS).ok_or_else(damaged)?;
        Ok((0..count).map(|partition| directory.join(name(partition))).collect())
    });
    listed.await.map_err(|_| CallError::Closed)?
}

/// The block of one partition.
///
/// # Errors
/// The file is not there or damaged, or the block cannot be kept.
pub(crate) async fn read(store: &Arc<Store>, path: &Path) -> Result<Arc<Block>, JobError> {
    let path = path.to_owned();
    let content = blocking(move || {
        let content = durable::read(&path, PARTITION).map_err(|error| JobError::file(&path, &error))?;
        let mut check = FrameCheck::default();
        check.follow(&content)?;
        if !check.is_whole() {
            return Err(JobError::File(format!("{}: ends inside a frame", path.display())));
        }
        Ok(Bytes::from(content))
    });
    let mut writer = store.writer();
    writer.push(content.await?).await?;
    writer.finish().await
}

/// Removes saved RDDs; those that are not there are fine.
///
/// # Errors
/// A directory is not a saved RDD, or the disk.
pub(crate) async fn remove(directories: Vec<PathBuf>) -> Result<(), CallError> {
    let removed = tokio::task::spawn_blocking(move || {
        for directory in directories {
            if !directory.exists() {
                continue;
            }
            if !directory.join(MANIFEST).is_file() {
                return Err(CallError::Invalid(format!("{} is not a saved RDD", directory.display())));
            }
            fs::remove_dir_all(&directory)
                .map_err(|error| CallError::Disk(format!("{}: {error}", directory.display())))?;
        }
        Ok(())
    });
    removed.await.map_err(|_| CallError::Closed)?
}

fn name(partition: usize) -> String {
    format!("part-{partition:05}")
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JobError> + Send + 'static,
) -> Result<T, JobError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| JobError::Closed)?
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn save(place: &Path, store: &Arc<Store>, partitions: &[&'static [u8]]) -> Result<(), JobError> {
        let mut saving = Saving::begin(place.to_owned()).await?;
        for frames in partitions {
            let mut writer = store.writer();
            writer.push(Bytes::from_static(frames)).await?;
            saving.partition(&writer.finish().await?).await?;
        }
        saving.finish().await
    }

    #[tokio::test]
    async fn partitions_come_back_and_are_replaced() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(1 << 20, 0, root.path().to_owned());
        let place = root.path().join("deep/rdd-1");
        assert!(matches!(files(&place).await, Err(CallError::NotFound(_))));
        save(&place, &store, &[b"\0\0\0\x01a", b"", b"\0\0\0\x01b"]).await.unwrap();
        save(&place, &store, &[b"\0\0\0\x01c", b""]).await.unwrap();
        let found = files(&place).await.unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(read(&store, &found[0]).await.unwrap().len(), 5);
        assert_eq!(read(&store, &found[1]).await.unwrap().len(), 0);
        assert_eq!(fs::read_dir(root.path().join("deep")).unwrap().count(), 1, "nothing is left beside");
        remove(vec![place.clone()]).await.unwrap();
        remove(vec![place]).await.unwrap();
    }

    #[tokio::test]
    async fn what_is_not_ours_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let store = Store::new(1 << 20, 0, root.path().to_owned());
        fs::write(root.path().join("mine.txt"), "mine").unwrap();
        assert!(save(root.path(), &store, &[]).await.is_err());
        assert!(remove(vec![root.path().to_owned()]).await.is_err());
        assert!(root.path().join("mine.txt").exists());
    }
}
