//! Messages that were received and are not committed: numbered, in order, as rows.
//!
//! Invariants: offsets rise; what a batch was promised (`planned`) stays until it is committed; what was received
//! beyond that goes when its channel is lost, for the server delivers it again.

use std::collections::VecDeque;

use arrow::array::RecordBatch;

/// Rows that came together on one channel.
#[derive(Debug, Clone)]
pub(crate) struct Chunk {
    /// The rows.
    pub(crate) rows: RecordBatch,
    /// Offset and delivery tag of each row; both rise.
    pub(crate) places: Vec<(i64, u64)>,
    /// What it weighs in memory, in bytes.
    pub(crate) bytes: usize,
}

impl Chunk {
    fn first(&self) -> i64 {
        self.places.first().map_or(i64::MAX, |place| place.0)
    }

    fn last(&self) -> i64 {
        self.places.last().map_or(i64::MIN, |place| place.0)
    }

    /// How many rows have an offset up to and with this one.
    fn count_to(&self, offset: i64) -> usize {
        self.places.partition_point(|place| place.0 <= offset)
    }
}

/// The deliveries of one channel up to and with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    /// Which channel, counted.
    pub(crate) channel: u64,
    /// The tag.
    pub(crate) tag: u64,
}

/// What is waiting.
#[derive(Debug)]
pub(crate) struct Waiting {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    /// The offset of the newest message, or where reading began.
    newest: i64,
    /// The end of the last batch that was promised.
    planned: i64,
    /// The end of the last batch that is committed.
    committed: i64,
    /// The channel that the messages came on; delivery tags mean nothing on another one.
    channel: u64,
    /// Up to which offset messages were taken on earlier channels: their tags are void.
    void_to: i64,
}

impl Waiting {
    /// Nothing yet; reading begins behind `start`.
    pub(crate) fn new(start: i64) -> Self {
        Self {
            chunks: VecDeque::new(),
            bytes: 0,
            newest: start,
            planned: start,
            committed: start,
            channel: 0,
            void_to: start,
        }
    }

    /// The offset of the newest message.
    pub(crate) fn newest(&self) -> i64 {
        self.newest
    }

    /// The channel that is read now.
    pub(crate) fn channel(&self) -> u64 {
        self.channel
    }

    /// What waits, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether more than so many bytes wait, and no batch needs more.
    pub(crate) fn is_full(&self, most: usize) -> bool {
        self.bytes > most && self.newest >= self.planned
    }

    /// How many messages wait.
    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.places.len()).sum()
    }

    /// Takes rows in.
    pub(crate) fn push(&mut self, chunk: Chunk) {
        self.newest = self.newest.max(chunk.last());
        self.bytes += chunk.bytes;
        self.chunks.push_back(chunk);
    }

    /// The rows after `start` up to and with `end`: those of a batch, which stay until they are committed.
    pub(crate) fn batch(&mut self, start: i64, end: i64) -> Vec<RecordBatch> {
        self.planned = self.planned.max(end);
        let overlapping = self.chunks.iter().filter(|chunk| chunk.last() > start && chunk.first() <= end);
        overlapping
            .map(|chunk| {
                let (from, to) = (chunk.count_to(start), chunk.count_to(end));
                chunk.rows.slice(from, to - from)
            })
            .collect()
    }

    /// A batch will end here: its rows stay.
    pub(crate) fn plan(&mut self, end: i64) {
        self.planned = self.planned.max(end);
    }

    /// Forgets the rows up to and with `end`, and says what can be acknowledged for them.
    pub(crate) fn commit(&mut self, end: i64) -> Option<Acknowledgement> {
        let acknowledgement = self.acknowledgement(end);
        self.committed = self.committed.max(end);
        while let Some(chunk) = self.chunks.pop_front() {
            if chunk.first() > end {
                self.chunks.push_front(chunk);
                break;
            }
            self.bytes = self.bytes.saturating_sub(chunk.bytes);
            let done = chunk.count_to(end);
            if done < chunk.places.len() {
                self.put_back(chunk, done);
                break;
            }
        }
        acknowledgement
    }

    /// What can be acknowledged for the messages up to and with `end`.
    pub(crate) fn acknowledgement(&self, end: i64) -> Option<Acknowledgement> {
        let done = self.chunks.iter().rev().find_map(|chunk| {
            chunk.count_to(end).checked_sub(1).and_then(|last| chunk.places.get(last)).copied()
        });
        done.filter(|(offset, _)| *offset > self.void_to)
            .map(|(_, tag)| Acknowledgement { channel: self.channel, tag })
    }

    /// Puts the rest of a chunk back whose first rows are done.
    fn put_back(&mut self, chunk: Chunk, done: usize) {
        let rest = chunk.places.len() - done;
        let bytes = chunk.bytes / chunk.places.len().max(1) * rest;
        let places = chunk.places.get(done..).unwrap_or_default().to_vec();
        self.bytes += bytes;
        self.chunks.push_front(Chunk { rows: chunk.rows.slice(done, rest), places, bytes });
    }

    /// The channel is gone: what no batch was promised goes with it, what one was can no longer be acknowledged.
    /// Gives the offset behind which reading goes on.
    pub(crate) fn lose_channel(&mut self) -> i64 {
        while let Some(chunk) = self.chunks.pop_back() {
            self.bytes = self.bytes.saturating_sub(chunk.bytes);
            let promised = chunk.count_to(self.planned);
            if promised > 0 {
                let bytes = chunk.bytes / chunk.places.len().max(1) * promised;
                let places = chunk.places.get(..promised).unwrap_or_default().to_vec();
                self.bytes += bytes;
                self.chunks.push_back(Chunk { rows: chunk.rows.slice(0, promised), places, bytes });
                break;
            }
        }
        self.newest = self.chunks.back().map_or(self.committed, Chunk::last);
        self.void_to = self.newest;
        self.channel += 1;
        self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, AsArray as _, Int64Array};
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Rows whose one column is their offset, with tags from `tag` on.
    fn chunk(offsets: std::ops::RangeInclusive<i64>, tag: u64) -> Chunk {
        let places: Vec<_> = offsets.zip(tag..).collect();
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(places.iter().map(|place| place.0)));
        let bytes = 10 * places.len();
        Chunk { rows: RecordBatch::try_from_iter([("offset", column)]).unwrap(), places, bytes }
    }

    fn offsets(batches: &[RecordBatch]) -> Vec<i64> {
        batches.iter().flat_map(|rows| rows.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
    }

    #[test]
    fn a_batch_can_be_read_until_it_is_committed() {
        let mut waiting = Waiting::new(0);
        waiting.push(chunk(1..=3, 1));
        waiting.push(chunk(4..=5, 4));
        assert_eq!(waiting.newest(), 5);
        assert_eq!(offsets(&waiting.batch(0, 5)), [1, 2, 3, 4, 5]);
        assert_eq!(offsets(&waiting.batch(1, 4)), [2, 3, 4]);
        assert_eq!(waiting.commit(2), Some(Acknowledgement { channel: 0, tag: 2 }));
        assert_eq!((waiting.len(), waiting.bytes()), (3, 30));
        assert_eq!(offsets(&waiting.batch(2, 5)), [3, 4, 5]);
        assert_eq!(waiting.commit(5), Some(Acknowledgement { channel: 0, tag: 5 }));
        assert_eq!((waiting.len(), waiting.bytes()), (0, 0));
        assert_eq!(waiting.commit(5), None);
    }

    #[test]
    fn a_lost_channel_takes_what_was_not_promised() {
        let mut waiting = Waiting::new(0);
        waiting.push(chunk(1..=3, 1));
        let batch = offsets(&waiting.batch(0, 3));
        waiting.push(chunk(4..=6, 4));
        assert_eq!(waiting.lose_channel(), 3);
        assert_eq!((waiting.newest(), waiting.len(), waiting.bytes()), (3, 3, 30));
        // The server delivers all six again; the batch at hand keeps its rows.
        waiting.push(chunk(4..=9, 1));
        assert_eq!(offsets(&waiting.batch(0, 3)), batch);
        assert_eq!(waiting.commit(3), None, "its deliveries were on the old channel");
        assert_eq!(offsets(&waiting.batch(3, 9)), [4, 5, 6, 7, 8, 9]);
        assert_eq!(waiting.commit(9), Some(Acknowledgement { channel: 1, tag: 6 }));
    }

    proptest! {
        /// Whatever happens, rows come in order, none twice, and the bytes are those of the rows.
        #[test]
        fn order_is_kept(steps in proptest::collection::vec((0_u8..4, 1_i64..5), 1..40)) {
            let mut waiting = Waiting::new(0);
            let (mut done, mut tag) = (0, 1);
            for (what, count) in steps {
                match what {
                    0 | 1 => {
                        let from = waiting.newest() + 1;
                        waiting.push(chunk(from..=from + count - 1, tag));
                        tag += u64::try_from(count).unwrap();
                    }
                    2 => {
                        let end = (done + count).min(waiting.newest());
                        prop_assert_eq!(offsets(&waiting.batch(done, end)), (done + 1..=end).collect::<Vec<_>>());
                        waiting.commit(end);
                        done = end;
                    }
                    _ => {
                        prop_assert_eq!(waiting.lose_channel(), done);
                        tag = 1;
                    }
                }
                prop_assert_eq!(waiting.bytes(), 10 * waiting.len());
            }
        }
    }
}
