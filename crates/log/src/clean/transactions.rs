//! Which transactions were aborted, as the cleaner goes through a log, and which markers nobody needs any more.
//!
//! Records of an aborted transaction go at once. A marker stays as long as a record of its transaction was met, since
//! readers of committed records learn from it where the transaction ends.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use bytes::Buf;
use millstream_wire::raft::control;
use millstream_wire::records::{RecordBatch, RecordsError};

use super::copy;
use crate::checkpoint;
use crate::disk::Disk;
use crate::error::WriteError;
use crate::files::{FileName, Kind};
use crate::segment::Segment;

/// Bytes of an entry of a `.txnindex`.
const ENTRY_BYTES: usize = 34;

/// An entry of a `.txnindex`, kept as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Aborted {
    pub(super) bytes: [u8; ENTRY_BYTES],
    producer_id: i64,
    first_offset: i64,
    last_offset: i64,
}

impl Aborted {
    fn read(bytes: [u8; ENTRY_BYTES]) -> Self {
        let mut fields = bytes.get(2..).unwrap_or_default();
        let (producer_id, first_offset, last_offset) = (fields.get_i64(), fields.get_i64(), fields.get_i64());
        Self { bytes, producer_id, first_offset, last_offset }
    }
}

/// Transactions under way at the batch that was read last.
#[derive(Debug, Clone, Default)]
pub(super) struct Transactions {
    /// Aborted ones that begin later, by their first offset.
    to_come: VecDeque<Aborted>,
    /// Aborted ones by producer, and whether a batch of theirs was met.
    aborted: HashMap<i64, (Aborted, bool)>,
    /// Producers of which a batch was met whose transaction is not aborted.
    committed: HashSet<i64>,
    /// Aborted ones whose markers stay.
    kept: Vec<Aborted>,
}

impl Transactions {
    /// What the transaction indexes of these segments say.
    pub(super) fn load(disk: &dyn Disk, dir: &Path, segments: &[Arc<Segment>]) -> Result<Self, WriteError> {
        let mut to_come = Vec::new();
        for segment in segments {
            let path = FileName::live(segment.base(), Kind::TxnIndex).path(dir);
            let bytes = checkpoint::read(disk, &path).map_err(|error| WriteError::new(&path, error))?;
            let bytes = bytes.unwrap_or_default();
            let entries = bytes.chunks_exact(ENTRY_BYTES).filter_map(|entry| entry.try_into().ok());
            to_come.extend(entries.map(Aborted::read));
        }
        to_come.sort_by_key(|aborted| aborted.first_offset);
        Ok(Self { to_come: to_come.into(), ..Self::default() })
    }

    /// The same for a walk that begins at this offset: what ended before is left out, for its end will not be met.
    pub(super) fn from(mut self, offset: i64) -> Self {
        self.to_come.retain(|aborted| aborted.last_offset >= offset);
        self
    }

    /// Takes in a batch of records, and says whether its transaction was aborted.
    pub(super) fn is_aborted(&mut self, batch: &RecordBatch) -> bool {
        self.come_to(batch.header.last_offset());
        let producer = batch.header.producer_id;
        if !batch.header.attributes.is_transactional() {
            return false;
        }
        match self.aborted.get_mut(&producer) {
            Some((_, was_met)) => {
                *was_met = true;
                true
            }
            None => {
                self.committed.insert(producer);
                false
            }
        }
    }

    /// Takes in a control batch, and says whether nothing of its transaction is left.
    pub(super) fn marker(&mut self, batch: &RecordBatch) -> Result<bool, RecordsError> {
        self.come_to(batch.header.last_offset());
        let Some(record) = batch.records(copy::BUDGET)?.next().transpose()? else { return Ok(true) };
        let kind = record.key.as_deref().and_then(|key| key.get(2..4)).and_then(|kind| kind.try_into().ok());
        let producer = batch.header.producer_id;
        match kind.map(i16::from_be_bytes) {
            Some(control::ABORT) => match self.aborted.remove(&producer) {
                Some((aborted, true)) => {
                    self.kept.push(aborted);
                    Ok(false)
                }
                _ => Ok(true),
            },
            Some(control::COMMIT) => Ok(!self.committed.remove(&producer)),
            _ => Ok(false),
        }
    }

    /// The aborted transactions whose markers were kept since the last call: a copied segment's index.
    pub(super) fn take_kept(&mut self) -> Vec<Aborted> {
        std::mem::take(&mut self.kept)
    }

    fn come_to(&mut self, offset: i64) {
        while let Some(aborted) = self.to_come.pop_front_if(|aborted| aborted.first_offset <= offset) {
            self.aborted.entry(aborted.producer_id).or_insert((aborted, false));
        }
    }
}

/// An index's bytes.
pub(super) fn encode(aborted: &[Aborted]) -> Vec<u8> {
    aborted.iter().flat_map(|aborted| aborted.bytes).collect()
}
