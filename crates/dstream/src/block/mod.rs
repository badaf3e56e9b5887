//! Blocks: the data of one partition, as frames (a big-endian length, then bytes), in memory or in a file.
//!
//! A block is written once and then shared. Its bytes are counted against the context's budget as long as anybody
//! holds it; dropping the last holder frees memory or file.

mod frames;
mod reader;
mod store;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

pub(crate) use frames::{FrameCheck, FrameReader};
pub(crate) use reader::Reader;
pub(crate) use store::Store;
pub(crate) use writer::{Writer, frame_length};

/// The frames of one partition.
#[derive(Debug)]
pub(crate) struct Block {
    store: Arc<Store>,
    place: Place,
    length: u64,
}

#[derive(Debug)]
enum Place {
    Memory(Vec<Bytes>),
    File(PathBuf),
}

impl Block {
    /// Bytes, headers of frames included.
    pub(crate) fn len(&self) -> u64 {
        self.length
    }

    /// The bytes from the beginning.
    pub(crate) fn reader(self: &Arc<Self>) -> Reader {
        Reader::new(Arc::clone(self))
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        match &self.place {
            Place::Memory(_) => self.store.release_memory(self.length),
            Place::File(path) => self.store.release_file(path, self.length),
        }
    }
}
