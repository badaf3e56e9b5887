//! Consumer groups of the new protocol (KIP-848), as Apache Kafka 4.3's coordinator has them.
//!
//! A member says in its heartbeats what it subscribes to and which partitions it has; the group computes who shall
//! have what (`target`, `assignor`), and every answer is the member's next step towards that (`reconcile`). Epochs
//! order it all: the group's rises with every change of members, subscriptions or topics; the target's follows when
//! it is computed; a member's follows when it has given back what it must.
//!
//! Decisions are functions of a group that give changes (`change`); the driver makes them and writes them down, each as
//! one record, and loading makes the same changes of the same records. `classic_member` lets members of the classic
//! protocol into such a group; `upgrade` and `downgrade` turn a whole group from one into the other.
//!
//! Invariants:
//! - A partition has at most one owner, whoever crashes or is replaced when.
//! - A member's epoch is never ahead of the target's, nor the target's of the group's.
//! - Whoever is told of an epoch or a partition is told after it is durable.

mod assignment;
mod assignor;
mod change;
mod classic_member;
mod consumers;
mod context;
mod delete;
mod downgrade;
mod driver;
mod group;
mod hash;
mod heartbeat;
mod leave;
mod member;
mod membership;
mod offsets;
mod reconcile;
mod records;
mod refused;
mod regex;
mod replay;
mod request;
mod subscription;
mod target;
mod topics;
mod update;
mod upgrade;
mod view;
mod written;

#[cfg(test)]
mod tests;

pub use assignor::ASSIGNORS;
pub use context::GroupSettings;
pub use refused::Refused;
pub use request::{ConsumerHeartbeat, HeartbeatAnswer};
pub use topics::ExistingTopic;
pub use view::{ConsumerGroupState, DescribedConsumer, DescribedConsumerGroup};

pub(crate) use consumers::Consumers;
pub(crate) use driver::Driver;
pub(crate) use group::ConsumerGroup;
pub(crate) use offsets::{check_commit, check_commit_in, check_fetch};
pub(crate) use view::{described, listed};
pub(crate) use written::{Undo, Written};
