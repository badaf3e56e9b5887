//! What the checkpoint files say of which partition, so that no partition is ever opened by another one's offsets.
//!
//! Invariants:
//! - A partition is made only when the files do not list an earlier one of its name. If they did, a crash before the
//!   next checkpoint would leave a log that seems to have lost what its predecessor had.
//! - A partition that is offline keeps its entry: it says which records must be there. Without it the next start
//!   would take a damaged log for one that was never synced, and cut it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::data_dir::{DataDir, Left, Point, Points, TopicPartition};

/// The entries of the checkpoint files.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    /// What the files may list: more than they do when a write of them has failed. Held while they are written, so
    /// that an older state never replaces a newer one.
    listed: Mutex<Listed>,
}

#[derive(Debug)]
struct Listed {
    /// Of the partitions that there are, or were since the start.
    points: Points,
    /// The last broker has left entries of other partitions, which are not kept here.
    others: bool,
}

impl Checkpoints {
    /// The files as the last broker has left them.
    pub(crate) fn new(left: &Left) -> Self {
        Self { listed: Mutex::new(Listed { points: left.points.clone(), others: left.lists_others }) }
    }

    /// Writes the files anew: `now` says of every partition that there is how far it is, `None` for one that is
    /// offline.
    pub(crate) fn write(
        &self,
        directory: &DataDir,
        now: impl FnOnce() -> Vec<(TopicPartition, Option<Point>)>,
    ) -> io::Result<()> {
        let mut listed = self.listed();
        let known = |(partition, point): (TopicPartition, Option<Point>)| {
            let point = point.or_else(|| listed.points.get(&partition).copied())?;
            Some((partition, point))
        };
        let points: Points = now().into_iter().filter_map(known).collect();
        for (partition, point) in &points {
            listed.points.entry(partition.clone()).or_insert(*point);
        }
        directory.checkpoint(&points)?;
        *listed = Listed { points, others: false };
        Ok(())
    }

    /// Whether the files may list a partition of this topic.
    pub(crate) fn list(&self, topic: &str) -> bool {
        let every = (topic.to_owned(), i32::MIN)..=(topic.to_owned(), i32::MAX);
        let listed = self.listed();
        listed.others || listed.points.range(every).next().is_some()
    }

    fn listed(&self) -> MutexGuard<'_, Listed> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use millstream_log::disk::SimDisk;

    use super::*;

    fn point(recovery_point: i64) -> Point {
        Point { recovery_point, log_start_offset: 0, high_watermark: recovery_point }
    }

    fn named(topic: &str) -> TopicPartition {
        (topic.to_owned(), 0)
    }

    #[test]
    fn offline_partitions_stay_and_deleted_ones_go() {
        let directory = DataDir::open(Path::new("checkpoints"), Arc::new(SimDisk::new())).unwrap();
        let points: Points =
            ["offline", "deleted", "online"].into_iter().map(|topic| (named(topic), point(7))).collect();
        let checkpoints = Checkpoints::new(&Left { points, ..Left::default() });
        assert!(checkpoints.list("deleted"));
        let now = || vec![(named("offline"), None), (named("online"), Some(point(9))), (named("new"), None)];
        checkpoints.write(&directory, now).unwrap();
        assert!(!checkpoints.list("deleted") && !checkpoints.list("new"));
        let expected = [(named("offline"), point(7)), (named("online"), point(9))].into_iter().collect();
        let mut left = directory.left().unwrap();
        directory.take_points(&mut left, |_, _| true).unwrap();
        assert_eq!(left.points, expected);
    }

    #[test]
    fn any_topic_may_be_listed_until_the_files_are_written_anew() {
        let directory = DataDir::open(Path::new("others"), Arc::new(SimDisk::new())).unwrap();
        let checkpoints = Checkpoints::new(&Left { lists_others: true, ..Left::default() });
        assert!(checkpoints.list("any"));
        checkpoints.write(&directory, Vec::new).unwrap();
        assert!(!checkpoints.list("any"));
    }
}
