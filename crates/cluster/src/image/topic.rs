//! Topics and partitions as the metadata log tells them.

use std::collections::BTreeMap;

use crate::Uuid;

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its id, which a later topic of the same name does not share (KIP-516).
    pub id: Uuid,
    /// Its partitions by number.
    pub partitions: BTreeMap<i32, Partition>,
}

impl Topic {
    /// Whether Kafka keeps its own state in it.
    pub fn is_internal(&self) -> bool {
        crate::is_internal(&self.name)
    }
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The brokers that keep it, preferred leader first.
    pub replicas: Vec<i32>,
    /// The directory of each replica, in the order of `replicas` (KIP-858).
    pub directories: Vec<Uuid>,
    /// The replicas that are in sync.
    pub isr: Vec<i32>,
    /// Replicas on their way out.
    pub removing_replicas: Vec<i32>,
    /// Replicas on their way in.
    pub adding_replicas: Vec<i32>,
    /// Replicas that may lead although they are not in sync (KIP-966).
    pub eligible_leader_replicas: Vec<i32>,
    /// The last of those, when none is left (KIP-966).
    pub last_known_elr: Vec<i32>,
    /// The leader, or -1.
    pub leader: i32,
    /// 1 while an unclean election is being recovered from, else 0.
    pub leader_recovery_state: i8,
    /// Rises with each new leader.
    pub leader_epoch: i32,
    /// Rises with each change.
    pub partition_epoch: i32,
}
