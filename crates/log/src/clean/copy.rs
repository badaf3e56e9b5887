//! Reading segments batch by batch, and copying a group of them through the filter.

use std::sync::Arc;

use bytes::Bytes;
use millstream_wire::records::{Budget, RecordBatch, RecordsError};

use super::filter::{Filter, Kept};
use super::output::Output;
use super::{CleanError, CleanOptions};
use crate::error::WriteError;
use crate::log::Log;
use crate::segment::Segment;
use crate::walk::{Step, Stop, Walk};

/// Batches in the log were within a budget when they were produced, perhaps to a broker that allowed more.
pub(super) const BUDGET: Budget = Budget::bytes(1 << 30);

/// A group's copy, on disk under the names of unfinished files.
pub(super) struct Copy {
    pub(super) output: Output,
    /// Bytes of its batches.
    pub(super) size: u64,
    /// It is not the same as the original.
    pub(super) is_changed: bool,
}

impl Copy {
    /// Forgets it.
    pub(super) fn discard(self) {
        self.output.remove();
    }
}

impl Log {
    /// Copies what stays of these segments.
    pub(super) fn copy(
        &self,
        group: &[Arc<Segment>],
        filter: &mut Filter<'_>,
        options: CleanOptions<'_>,
    ) -> Result<Copy, CleanError> {
        let base = group.first().map_or(0, |first| first.base());
        let interval = self.config().index_interval_bytes;
        let mut output = Output::create(&self.disk, &self.dir, base, interval)?;
        let copied = self.copy_into(&mut output, group, filter, options);
        match copied.and_then(|is_changed| Ok((output.finish(&filter.transactions.take_kept())?, is_changed)))
        {
            Ok((size, is_changed)) => Ok(Copy { output, size, is_changed }),
            Err(error) => {
                output.remove();
                Err(if self.is_abandoned() { CleanError::Interrupted } else { error })
            }
        }
    }

    fn copy_into(
        &self,
        output: &mut Output,
        group: &[Arc<Segment>],
        filter: &mut Filter<'_>,
        options: CleanOptions<'_>,
    ) -> Result<bool, CleanError> {
        let mut is_changed = false;
        let mut full = None;
        for segment in group {
            each_batch(segment, options.go_on, |batch| {
                let kept = filter.batch(batch)?;
                is_changed |= !matches!(kept, Kept::AsItIs);
                let written = match kept {
                    Kept::AsItIs => output.add(&batch.bytes),
                    Kept::Rewritten(bytes) => output.add(&bytes),
                    Kept::Nothing => Ok(()),
                };
                full = written.err();
                Ok(full.is_none())
            })?;
            if let Some(error) = full {
                return Err(error.into());
            }
        }
        Ok(is_changed)
    }
}

/// Gives each batch of a segment, with a good checksum and in its place, to `take`, until that says false.
pub(super) fn each_batch(
    segment: &Segment,
    go_on: &dyn Fn(u64) -> bool,
    mut take: impl FnMut(&RecordBatch) -> Result<bool, RecordsError>,
) -> Result<(), CleanError> {
    let path = segment.path();
    let failed = |error| CleanError::Disk(WriteError::new(&path, error));
    let file = segment.file().map_err(failed)?;
    let mut walk = Walk::verified(&*file, 0, segment.size()).ordered(segment.order(true));
    loop {
        let damaged = |position, reason| CleanError::Damaged { path: path.clone(), position, reason };
        let Step { position, header } = match walk.step() {
            Ok(Some(step)) => step,
            Ok(None) => return Ok(()),
            Err(Stop::Io(error)) => return Err(failed(error)),
            Err(Stop::Bad(reason)) => return Err(damaged(walk.position(), reason)),
        };
        let size = header.size_in_bytes();
        if !go_on(size as u64) {
            return Err(CleanError::Interrupted);
        }
        let mut bytes = Vec::new();
        file.read_at(&mut bytes, size, position).map_err(failed)?;
        let goes_on = RecordBatch::parse(&Bytes::from(bytes)).and_then(|batch| take(&batch));
        if !goes_on.map_err(|reason| damaged(position, reason))? {
            return Ok(());
        }
    }
}
