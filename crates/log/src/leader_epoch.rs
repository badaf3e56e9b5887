//! Which leader epoch wrote from which offset on: `leader-epoch-checkpoint` (KIP-101).
//!
//! Epochs and their start offsets both grow. A follower or consumer asks where an epoch ended to find out whether it
//! has read something that never was.

/// The epochs of a log, in memory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct LeaderEpochs {
    entries: Vec<EpochStart>,
}

/// One epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EpochStart {
    /// The epoch.
    pub(crate) epoch: i32,
    /// Offset of the first batch that it wrote.
    pub(crate) start: i64,
}

impl LeaderEpochs {
    /// Notes that `epoch` wrote at `start`. Returns whether that was news.
    pub(crate) fn assign(&mut self, epoch: i32, start: i64) -> bool {
        if epoch < 0 || self.entries.last().is_some_and(|last| last.epoch == epoch && start >= last.start) {
            return false;
        }
        while self.entries.last().is_some_and(|last| last.epoch >= epoch || last.start >= start) {
            self.entries.pop();
        }
        self.entries.push(EpochStart { epoch, start });
        true
    }

    /// The youngest.
    pub(crate) fn latest(&self) -> Option<EpochStart> {
        self.entries.last().copied()
    }

    /// The epoch that wrote `offset`.
    pub(crate) fn at(&self, offset: i64) -> Option<i32> {
        let after = self.entries.partition_point(|entry| entry.start <= offset);
        self.entries.get(after.checked_sub(1)?).map(|entry| entry.epoch)
    }

    /// The largest epoch not above `epoch`, and the offset after its last record; `None` for one never heard of.
    pub(crate) fn end_of(&self, epoch: i32, log_end_offset: i64) -> Option<(i32, i64)> {
        if epoch >= 0 && self.latest().is_some_and(|latest| latest.epoch == epoch) {
            return Some((epoch, log_end_offset));
        }
        let after = self.entries.partition_point(|entry| entry.epoch <= epoch);
        let next = self.entries.get(after).filter(|_| epoch >= 0)?;
        let floor = after.checked_sub(1).and_then(|at| self.entries.get(at));
        Some((floor.map_or(epoch, |floor| floor.epoch), next.start))
    }

    /// Forgets epochs that wrote nothing below `end`. Returns whether there were any.
    pub(crate) fn cut_end(&mut self, end: i64) -> bool {
        let before = self.entries.len();
        self.entries.retain(|entry| entry.start < end);
        self.entries.len() < before
    }

    /// Forgets what lies below the log's start. Returns whether anything changed.
    pub(crate) fn cut_start(&mut self, start: i64) -> bool {
        let gone = self.entries.partition_point(|entry| entry.start <= start);
        let Some(last_gone) = gone.checked_sub(1) else { return false };
        let changed = self.entries.get(last_gone).is_some_and(|entry| entry.start < start) || last_gone > 0;
        self.entries.drain(..last_gone);
        if let Some(first) = self.entries.first_mut() {
            first.start = start;
        }
        changed
    }

    /// The checkpoint file's lines.
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = String> {
        self.entries.iter().map(|entry| format!("{} {}", entry.epoch, entry.start))
    }

    /// Reads one line.
    pub(crate) fn parse_line(line: &str) -> Option<(i32, i64)> {
        let mut words = line.split_whitespace();
        let entry = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        words.next().is_none().then_some(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::default();
        for (epoch, start) in entries {
            epochs.assign(*epoch, *start);
        }
        epochs
    }

    fn list(epochs: &LeaderEpochs) -> Vec<(i32, i64)> {
        epochs.entries.iter().map(|entry| (entry.epoch, entry.start)).collect()
    }

    #[test]
    fn conflicting_entries_give_way() {
        type Entries = &'static [(i32, i64)];
        let table: [(Entries, Entries); 4] = [
            (&[(0, 0), (0, 5), (1, 10)], &[(0, 0), (1, 10)]),
            (&[(0, 0), (3, 10), (2, 20)], &[(0, 0), (2, 20)]),
            (&[(0, 0), (1, 10), (2, 10)], &[(0, 0), (2, 10)]),
            (&[(-1, 0)], &[]),
        ];
        for (given, kept) in table {
            assert_eq!(list(&epochs(given)), kept, "{given:?}");
        }
    }

    #[test]
    fn where_epochs_end() {
        let epochs = epochs(&[(2, 5), (4, 20), (7, 30)]);
        let table = [
            (1, Some((1, 5))),
            (2, Some((2, 20))),
            (3, Some((2, 20))),
            (4, Some((4, 30))),
            (7, Some((7, 44))),
            (8, None),
            (-1, None),
        ];
        for (epoch, end) in table {
            assert_eq!(epochs.end_of(epoch, 44), end, "{epoch}");
        }
        assert_eq!(
            [4, 5, 19, 20, 99].map(|offset| epochs.at(offset)),
            [None, Some(2), Some(2), Some(4), Some(7)]
        );
    }

    #[test]
    fn cutting() {
        for (start, kept) in [(3, vec![(2, 5), (4, 20)]), (12, vec![(2, 12), (4, 20)]), (20, vec![(4, 20)])] {
            let mut cut = epochs(&[(2, 5), (4, 20)]);
            cut.cut_start(start);
            assert_eq!(list(&cut), kept, "{start}");
        }
        let mut cut = epochs(&[(2, 5), (4, 20)]);
        assert!(cut.cut_end(20));
        assert_eq!(list(&cut), [(2, 5)]);
    }
}
