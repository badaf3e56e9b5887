//! Closing the logs when the broker stops.
//!
//! Each log waits several times for the disk (indexes, producer snapshot, directory), so thousands of them are closed by
//! many threads: those that wait together share a commit of the file system.

use std::sync::Arc;

use super::side_by_side::in_parts;
use crate::partition::Partition;

/// So few are closed one after the other.
const IN_TURN: usize = 64;

/// Threads at most.
const THREADS: usize = 32;

/// Closes every log, and says whether all of them could be.
pub(super) fn all(partitions: &[Arc<Partition>]) -> bool {
    let part = partitions.len().div_ceil(THREADS).max(IN_TURN);
    in_parts(partitions, part, in_turn).into_iter().all(|clean| clean)
}

fn in_turn(partitions: &[Arc<Partition>]) -> bool {
    let mut clean = true;
    for partition in partitions {
        partition.close();
        if let Err(error) = partition.log.close() {
            clean = false;
            tracing::error!(topic = %partition.topic, partition = partition.index, %error, "a log was not closed");
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use millstream_cluster::controller::NewTopic;
    use millstream_log::disk::SimDisk;
    use millstream_log::{AppendOptions, Origin};
    use millstream_wire::records::{BatchBuilder, Codec};

    use super::*;
    use crate::catalog::fixture::open;

    const PARTITIONS: usize = 2 * IN_TURN + 1;

    fn append(partition: &Partition) -> bool {
        let mut batch = BatchBuilder::new(Codec::None);
        batch.append(1, None, Some(b"value"), &[]).unwrap();
        let options = AppendOptions { origin: Origin::Client, leader_epoch: 0, now_ms: 1 };
        partition.log.append(&mut batch.finish().unwrap(), options).is_ok()
    }

    #[tokio::test]
    async fn many_logs_are_closed_each_of_them() {
        let disk = SimDisk::new();
        {
            let catalog = open(&disk, "many_logs", &[]);
            let mut topic = NewTopic::new("t");
            topic.partitions = PARTITIONS.try_into().unwrap();
            catalog.create_topics(vec![topic], false).await.unwrap().remove(0).unwrap();
            let partitions = catalog.partitions();
            assert_eq!(partitions.len(), PARTITIONS);
            partitions.iter().for_each(|partition| assert!(append(partition)));
            assert!(all(&partitions));
            assert!(partitions.iter().all(|partition| !append(partition)));
        }
        let catalog = open(&disk, "many_logs", &[]);
        assert!(catalog.partitions().iter().all(|partition| partition.log.log_end_offset() == 1));
    }
}
