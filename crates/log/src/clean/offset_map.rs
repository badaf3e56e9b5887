//! The last offset of each key in the dirty part of a log, within a bound of memory.
//!
//! A key is kept as 128 bits of keyed hash, so that an entry has a fixed size whatever the key. The hash keys are
//! random: nobody can make keys that collide, and by chance two of a billion do with a probability below 10^-20.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use millstream_wire::records::RecordBatch;

use super::{CleanError, CleanOptions, Dirt, Transactions, copy};
use crate::segment::Segment;

/// Bytes of an entry, and of what the table keeps beside it.
const ENTRY_BYTES: usize = 25;
/// The table is at most 7/8 full.
const LOAD: (usize, usize) = (7, 8);

/// See the module.
pub(super) struct OffsetMap {
    hashers: [RandomState; 2],
    offsets: HashMap<[u64; 2], i64>,
    most: usize,
    end: i64,
}

impl OffsetMap {
    /// An empty map for a part of the log of `offsets` offsets, in at most so many bytes.
    fn new(first_dirty: i64, offsets: usize, bytes: usize) -> Self {
        // A table has a power of two of places.
        let places = (bytes / ENTRY_BYTES + 1).next_power_of_two() / 2;
        let most = (places / LOAD.1 * LOAD.0).max(1);
        let offsets = HashMap::with_capacity(offsets.min(most));
        Self { hashers: [RandomState::new(), RandomState::new()], offsets, most, end: first_dirty }
    }

    /// Reads the dirty part, from its start to its end or until the map is full.
    pub(super) fn of(
        segments: &[Arc<Segment>],
        dirt: &Dirt,
        transactions: Transactions,
        options: CleanOptions<'_>,
    ) -> Result<Self, CleanError> {
        let offsets = usize::try_from(dirt.first_uncleanable - dirt.first_dirty).unwrap_or(usize::MAX);
        let mut map = Self::new(dirt.first_dirty, offsets, options.dedupe_buffer_bytes);
        let from = segments.partition_point(|segment| segment.base() <= dirt.first_dirty).saturating_sub(1);
        let dirty = segments.get(from..).unwrap_or_default();
        let mut transactions = transactions.from(dirty.first().map_or(0, |first| first.base()));
        let mut is_full = false;
        for segment in dirty {
            copy::each_batch(segment, options.go_on, |batch| {
                if batch.header.attributes.is_control() {
                    transactions.marker(batch)?;
                } else if !transactions.is_aborted(batch) {
                    is_full = !map.take(batch, dirt.first_dirty)?;
                }
                if !is_full && batch.header.last_offset() >= dirt.first_dirty {
                    map.end = map.end.max(batch.header.next_offset());
                }
                Ok(!is_full)
            })?;
            if is_full {
                break;
            }
        }
        if !is_full {
            map.end = dirt.first_uncleanable;
        } else if map.end == dirt.first_dirty {
            return Err(CleanError::BufferTooSmall { bytes: options.dedupe_buffer_bytes, offset: map.end });
        }
        Ok(map)
    }

    /// Notes the keys of a batch. False when they do not all fit.
    fn take(
        &mut self,
        batch: &RecordBatch,
        first_dirty: i64,
    ) -> Result<bool, millstream_wire::records::RecordsError> {
        if batch.header.last_offset() < first_dirty {
            return Ok(true);
        }
        for record in batch.records(copy::BUDGET)? {
            let record = record?;
            let Some(key) = record.key.filter(|_| record.offset >= first_dirty) else { continue };
            let hash = self.hash(&key);
            if self.offsets.len() >= self.most && !self.offsets.contains_key(&hash) {
                return Ok(false);
            }
            self.offsets.insert(hash, record.offset);
        }
        Ok(true)
    }

    fn hash(&self, key: &[u8]) -> [u64; 2] {
        let [one, two] = &self.hashers;
        [one.hash_one(key), two.hash_one(key)]
    }

    /// The offset behind the last batch whose keys are in the map.
    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    /// Whether no later record of the key is known.
    pub(super) fn is_last(&self, key: &[u8], offset: i64) -> bool {
        self.offsets.get(&self.hash(key)).is_none_or(|last| offset >= *last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stays_within_its_bytes() {
        for bytes in [0, 100, 1_000, 4 << 20, 128 << 20] {
            let map = OffsetMap::new(0, usize::MAX, bytes);
            let places = map.offsets.capacity() / LOAD.0 * LOAD.1;
            assert!(bytes < 1_000 || places * ENTRY_BYTES <= bytes, "{places} places in {bytes} bytes");
            assert!(map.offsets.capacity() >= map.most);
        }
    }
}
