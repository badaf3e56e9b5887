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
    let length = length_in(*header)?;
    Ok((bytes.len() - HEADER >= length).then_some(length))
}

fn length_in(header: [u8; HEADER]) -> Result<usize, JobError> {
    let length = i32::from_be_bytes(header);
    let known = usize::try_from(length).ok().filter(|length| *length <= limits::FRAME);
    known.ok_or_else(|| JobError::Data(format!("{length} is no length of a frame")))
}

/// Follows frames through pieces that may be cut anywhere: data from the driver is checked before a worker sees it.
#[derive(Debug, Default)]
pub(crate) struct FrameCheck {
    /// The part of a header that has come.
    header: Vec<u8>,
    /// Bytes of the frame that are still to come.
    rest: usize,
}

impl FrameCheck {
    /// The next piece.
    ///
    /// # Errors
    /// A frame's length cannot be.
    pub(crate) fn follow(&mut self, mut bytes: &[u8]) -> Result<(), JobError> {
        loop {
            let skipped = self.rest.min(bytes.len());
            self.rest -= skipped;
            bytes = bytes.get(skipped..).unwrap_or_default();
            let Some((first, others)) = bytes.split_first() else { return Ok(()) };
            self.header.push(*first);
            bytes = others;
            if let Some(header) = self.header.first_chunk::<HEADER>() {
                self.rest = length_in(*header)?;
                self.header.clear();
            }
        }
    }

    /// Whether the last piece ended where a frame ends.
    pub(crate) fn is_whole(&self) -> bool {
        self.header.is_empty() && self.rest == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Store;

    #[test]
    fn frames_of_the_driver_are_checked_in_any_pieces() {
        let table: [(&[u8], Option<bool>); 6] = [
            (b"", Some(true)),
            (b"\0\0\0\0", Some(true)),
            (b"\0\0\0\x02ab\0\0\0\x01c", Some(true)),
            (b"\0\0\0\x02a", Some(false)),
            (b"\0\0", Some(false)),
            (b"\xff\xff\xff\xff", None),
        ];
        for (bytes, expected) in table {
            for cut in 0..=bytes.len() {
                let (left, right) = bytes.split_at(cut);
                let mut check = FrameCheck::default();
                let followed = check.follow(left).and_then(|()| check.follow(right));
                assert_eq!(followed.ok().map(|()| check.is_whole()), expected, "{bytes:?} cut at {cut}");
            }
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
