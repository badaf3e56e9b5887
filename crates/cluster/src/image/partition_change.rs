//! A `PartitionChangeRecord` names only what changes; the epochs follow from it.

use millstream_wire::metadata::PartitionChangeRecord;

use super::{ApplyError, Partition, Topic};

/// The record leaves the leader as it is.
const NO_LEADER_CHANGE: i32 = -2;
/// The record leaves the leader's recovery as it is.
const NO_RECOVERY_CHANGE: i8 = -1;

impl Topic {
    pub(super) fn change(&mut self, record: &PartitionChangeRecord) -> Result<(), ApplyError> {
        let partition = record.partition_id;
        let Some(changed) = self.partitions.get_mut(&partition) else {
            return Err(ApplyError::NoPartition { topic: self.name.clone(), partition });
        };
        changed.change(record);
        Ok(())
    }

    pub(super) fn clear_elr(&mut self) {
        for partition in self.partitions.values_mut() {
            if !partition.eligible_leader_replicas.is_empty() || !partition.last_known_elr.is_empty() {
                partition.eligible_leader_replicas.clear();
                partition.last_known_elr.clear();
                partition.partition_epoch = partition.partition_epoch.wrapping_add(1);
            }
        }
    }
}

impl Partition {
    fn change(&mut self, record: &PartitionChangeRecord) {
        replace(&mut self.replicas, record.replicas.as_ref());
        replace(&mut self.directories, record.directories.as_ref());
        replace(&mut self.isr, record.isr.as_ref());
        replace(&mut self.removing_replicas, record.removing_replicas.as_ref());
        replace(&mut self.adding_replicas, record.adding_replicas.as_ref());
        replace(&mut self.eligible_leader_replicas, record.eligible_leader_replicas.as_ref());
        replace(&mut self.last_known_elr, record.last_known_elr.as_ref());
        if record.leader != NO_LEADER_CHANGE {
            self.leader = record.leader;
            // Also when the same one is elected again: whatever it did before is another term.
            self.leader_epoch = self.leader_epoch.wrapping_add(1);
        }
        if record.leader_recovery_state != NO_RECOVERY_CHANGE {
            self.leader_recovery_state = record.leader_recovery_state;
        }
        self.partition_epoch = self.partition_epoch.wrapping_add(1);
    }
}

fn replace<T: Clone>(old: &mut Vec<T>, new: Option<&Vec<T>>) {
    if let Some(new) = new {
        old.clone_from(new);
    }
}
