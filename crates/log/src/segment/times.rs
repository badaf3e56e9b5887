//! Finding a record of a segment by its timestamp.

use std::io;

use bytes::Bytes;
use millstream_wire::records::batch::HEADER_SIZE;
use millstream_wire::records::{BatchHeader, Budget, RecordBatch, TimestampType};

use super::{Hint, Segment};
use crate::error::ReadError;
use crate::files::Kind;
use crate::log::TimestampOffset;
use crate::walk::{Step, Stop, Walk};

impl Segment {
    /// The largest timestamp in ms, -1 for none.
    pub(crate) fn largest_timestamp(&self) -> i64 {
        self.with_indexes(|indexes| indexes.largest.timestamp)
    }

    /// Whether the batch that the time index names as the youngest has that timestamp.
    pub(crate) fn is_largest_timestamp_right(&self) -> bool {
        let largest = self.with_indexes(|indexes| indexes.largest);
        let offset = self.base() + i64::from(largest.relative);
        let holds_it = |batch: &BatchHeader| batch.last_offset() >= offset;
        let named =
            |step: Step| step.header.base_offset <= offset && step.header.max_timestamp == largest.timestamp;
        largest.timestamp < 0 || matches!(self.find_batch(offset, holds_it), Ok(Some(step)) if named(step))
    }

    /// The first record at or behind `from` that is not older than `timestamp`.
    pub(crate) fn first_not_before(
        &self,
        timestamp: i64,
        from: i64,
    ) -> Result<Option<TimestampOffset>, ReadError> {
        let entry = self.search(Kind::TimeIndex, |all| &all.times, |entry| entry.timestamp <= timestamp)?;
        let before = entry.map_or(self.base(), |entry| self.base() + i64::from(entry.relative)).max(from);
        let wanted = |batch: &BatchHeader| batch.max_timestamp >= timestamp && batch.last_offset() >= from;
        let Some(mut step) = self.find_batch(before, wanted)? else { return Ok(None) };
        // A batch can have its youngest record below `from` only: then the next one is tried.
        loop {
            let found = self.find_record(step, |at, offset| at >= timestamp && offset >= from)?;
            match found {
                Some(found) => return Ok(Some(found)),
                None => {
                    match self.find_batch_from(step.position + step.header.size_in_bytes() as u64, wanted)? {
                        Some(next) => step = next,
                        None => return Ok(None),
                    }
                }
            }
        }
    }

    /// The record with the largest timestamp.
    pub(crate) fn youngest(&self) -> Result<Option<TimestampOffset>, ReadError> {
        let largest = self.with_indexes(|indexes| indexes.largest);
        let offset = self.base() + i64::from(largest.relative);
        let has_it = |batch: &BatchHeader| batch.max_timestamp == largest.timestamp;
        match self.find_batch(offset, has_it)? {
            Some(step) if largest.timestamp >= 0 => {
                self.find_record(step, |timestamp, _| timestamp >= largest.timestamp)
            }
            _ => Ok(None),
        }
    }

    fn find_batch(
        &self,
        not_before: i64,
        wanted: impl Fn(&BatchHeader) -> bool,
    ) -> Result<Option<Step>, ReadError> {
        let start = match self.hint(not_before)? {
            Some(hint) if self.is_right(hint).map_err(|error| ReadError::io(&self.path(), error))? => {
                hint.position
            }
            _ => 0,
        };
        self.find_batch_from(start, wanted)
    }

    /// Whether the batch there ends where the index says.
    pub(crate) fn is_right(&self, hint: Hint) -> io::Result<bool> {
        let mut head = Vec::with_capacity(HEADER_SIZE);
        self.file()?.read_at(&mut head, HEADER_SIZE, hint.position)?;
        Ok(BatchHeader::parse(&head).is_ok_and(|batch| batch.last_offset() == hint.last_offset))
    }

    fn find_batch_from(
        &self,
        position: u64,
        wanted: impl Fn(&BatchHeader) -> bool,
    ) -> Result<Option<Step>, ReadError> {
        let file = self.file().map_err(|error| ReadError::io(&self.path(), error))?;
        let mut walk = Walk::headers(&*file, position, self.size()).ordered(self.order(position == 0));
        loop {
            match walk.step() {
                Ok(Some(step)) if wanted(&step.header) => return Ok(Some(step)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Stop::Io(error)) => return Err(ReadError::io(&self.path(), error)),
                Err(Stop::Bad(reason)) => {
                    let (path, position, offset) = (self.path(), walk.position(), walk.offset());
                    return Err(ReadError::Damaged { path, position, offset, reason });
                }
            }
        }
    }

    fn find_record(
        &self,
        step: Step,
        wanted: impl Fn(i64, i64) -> bool,
    ) -> Result<Option<TimestampOffset>, ReadError> {
        let leader_epoch = Some(step.header.partition_leader_epoch).filter(|epoch| *epoch >= 0);
        if step.header.attributes.timestamp_type() == TimestampType::LogAppendTime {
            // Every record has the batch's time, so that the first one is the one.
            let (timestamp, offset) = (step.header.max_timestamp, step.header.base_offset);
            if wanted(timestamp, offset) {
                return Ok(Some(TimestampOffset { timestamp, offset, leader_epoch }));
            }
        }
        let file = self.file().map_err(|error| ReadError::io(&self.path(), error))?;
        let mut bytes = Vec::new();
        file.read_at(&mut bytes, step.header.size_in_bytes(), step.position)
            .map_err(|error| ReadError::io(&self.path(), error))?;
        let (position, offset) = (step.position, step.header.base_offset);
        let damaged = |reason| ReadError::Damaged { path: self.path(), position, offset, reason };
        let batch = RecordBatch::parse(&Bytes::from(bytes)).map_err(damaged)?;
        for record in batch.records(Budget::default()).map_err(damaged)? {
            let record = record.map_err(damaged)?;
            if wanted(record.timestamp, record.offset) {
                let (timestamp, offset) = (record.timestamp, record.offset);
                return Ok(Some(TimestampOffset { timestamp, offset, leader_epoch }));
            }
        }
        Ok(None)
    }
}
