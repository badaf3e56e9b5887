//! Cuts bytes into frames.

use bytes::{Buf, Bytes, BytesMut};

use super::Reader;
use crate::error::JobError;
use crate::limits;

/// Bytes of a frame's header.
const HEADER: usize = 4;

/// The frames of a block, one by one.
#[derive(Debug)]
pub(crate) struct FrameReader {
    reader: Reader,
    buffer: BytesMut,
}

impl FrameReader {
    /// From the beginning of the reader's block.
    pub(crate) fn new(reader: Reader) -> Self {
        Self { reader, buffer: BytesMut::new() }
    }

    /// The next frame without its header; `None` at the end.
    ///
    /// # Errors
    /// The block ends inside a frame, or has a length that cannot be.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, JobError> {
        loop {
            if let Some(length) = frame_at(&self.buffer)? {
                self.buffer.advance(HEADER);
                return Ok(Some(self.buffer.split_to(length).freeze()));
            }
            match self.reader.next().await? {
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(JobError::Data("a partition ends inside a frame".to_owned())),
            }
        }
    }
}

/// The length of the whole frame that `bytes` begin with; `None` when it is not all there yet.
fn frame_at(bytes: &[u8]) -> Result<Option<usize>, JobError> {
    let Some(header) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
    let length = i32::from_be_bytes(*header);
    match usize::try_from(length) {
        Ok(length) if length <= limits::FRAME => Ok((bytes.len() - HEADER >= length).then_some(length)),
        _ => Err(JobError::Data(format!("{length} is no length of a frame"))),
    }
}

/// Checks data from the driver: whole frames, nothing behind them. Gives their number.
///
/// # Errors
/// A frame's length cannot be, or the data ends inside a frame.
pub(crate) fn whole_frames(mut bytes: &[u8]) -> Result<u64, JobError> {
    let mut count = 0;
    while !bytes.is_empty() {
        let Some(length) = frame_at(bytes)? else {
            return Err(JobError::Data("the data of a partition ends inside a frame".to_owned()));
        };
        bytes = bytes.get(HEADER + length..).unwrap_or_default();
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Store;

    #[test]
    fn frames_of_the_driver_are_checked() {
        let table: [(&[u8], Option<u64>); 6] = [
            (b"", Some(0)),
            (b"\0\0\0\0", Some(1)),
            (b"\0\0\0\x02ab\0\0\0\x01c", Some(2)),
            (b"\0\0\0\x02a", None),
            (b"\0\0", None),
            (b"\xff\xff\xff\xff", None),
        ];
        for (bytes, expected) in table {
            assert_eq!(whole_frames(bytes).ok(), expected, "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn frames_come_back_from_memory_and_from_a_file() {
        let parent = tempfile::tempdir().unwrap();
        for memory in [u64::MAX, 0] {
            let store = Store::new(memory, u64::MAX, parent.path().to_owned());
            let mut writer = store.writer();
            let large = Bytes::from(vec![7; 3 << 20]);
            for frame in [Bytes::from_static(b"a"), Bytes::new(), large.clone(), Bytes::from_static(b"z")] {
                writer.push_frame(frame).await.unwrap();
            }
            let block = writer.finish().await.unwrap();
            let mut frames = FrameReader::new(block.reader());
            assert_eq!(frames.next().await.unwrap().unwrap(), "a");
            assert_eq!(frames.next().await.unwrap().unwrap(), "");
            assert_eq!(frames.next().await.unwrap().unwrap(), large);
            assert_eq!(frames.next().await.unwrap().unwrap(), "z");
            assert_eq!(frames.next().await.unwrap(), None);
        }
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0, "files go with their store");
    }

    #[tokio::test]
    async fn a_full_store_says_so_and_frees_what_was_begun() {
        let parent = tempfile::tempdir().unwrap();
        let store = Store::new(10, 20, parent.path().to_owned());
        let mut writer = store.writer();
        let error = loop {
            match writer.push(Bytes::from(vec![0; 64 << 10])).await {
                Ok(()) => {}
                Err(error) => break error,
            }
        };
        assert!(matches!(error, JobError::Limit(_)), "{error:?}");
        drop(writer);
        let mut writer = store.writer();
        writer.push_frame(Bytes::from_static(b"fits")).await.unwrap();
        assert_eq!(writer.finish().await.unwrap().len(), 8);
    }
}
