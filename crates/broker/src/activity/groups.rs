//! Consumer groups, with how far they are behind, and one of them in full.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use millstream_coordinator::{DescribedConsumer, DescribedMember};
use millstream_wire::Uuid;
use millstream_wire::consumer_protocol::{self, ConsumerProtocolAssignment};

use super::Activity;

/// Partitions by topic.
pub type Partitions = BTreeMap<String, BTreeSet<i32>>;

/// A consumer group, with how far it is behind.
#[derive(Debug, Clone)]
pub struct GroupView {
    /// `group.id`.
    pub group: String,
    /// Kafka's name of its state (`Stable`, `Empty`, `PreparingRebalance`, ...).
    pub state: String,
    /// Kafka's name of its type (`classic`, `consumer`).
    pub protocol: &'static str,
    /// How many members it has.
    pub members: usize,
    /// Committed offsets, by topic and partition.
    pub offsets: Vec<GroupOffset>,
}

/// A committed offset and what lies before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset that the group goes on from.
    pub committed: i64,
    /// When it was committed, in ms since 1970.
    pub committed_ms: i64,
    /// The partition's high watermark.
    pub high_watermark: i64,
    /// Records between the two.
    pub lag: i64,
}

/// A group in full.
#[derive(Debug, Clone)]
pub struct GroupDetail {
    /// What the list says of it.
    pub view: GroupView,
    /// The chosen protocol or assignor; empty when nobody has chosen.
    pub assignor: String,
    /// Its generation, or its epoch.
    pub epoch: i32,
    /// When it has entered its state, in ms since 1970, where that is kept; of a group of the new protocol, when the
    /// assignment was computed.
    pub since_ms: Option<i64>,
    /// Its members, by id.
    pub members: Vec<MemberView>,
}

/// A member of a group.
#[derive(Debug, Clone)]
pub struct MemberView {
    /// The id that the coordinator knows it by.
    pub member_id: String,
    /// `group.instance.id`, if it has one.
    pub instance_id: Option<String>,
    /// Its `client.id`.
    pub client_id: String,
    /// Its host.
    pub client_host: String,
    /// Its epoch, in the new protocol.
    pub epoch: Option<i32>,
    /// What it reads.
    pub assignment: Partitions,
    /// What it is to read, if that is something else.
    pub target: Option<Partitions>,
}

impl Activity {
    /// Groups, by name.
    pub fn groups(&self) -> Vec<GroupView> {
        let listed = self.shared.groups.list().into_iter();
        let view = |group: millstream_coordinator::ListedGroup| GroupView {
            state: group.state.to_owned(),
            protocol: group.group_type.name(),
            members: self.shared.groups.size(&group.group_id),
            offsets: self.offsets(&group.group_id),
            group: group.group_id,
        };
        let mut groups: Vec<GroupView> = listed.map(view).collect();
        groups.sort_unstable_by(|a, b| a.group.cmp(&b.group));
        groups
    }

    /// One group in full; `None` when there is none of this name.
    pub fn group(&self, group: &str) -> Option<GroupDetail> {
        let groups = &self.shared.groups;
        let listed = groups.list().into_iter().find(|listed| listed.group_id == group)?;
        let view = |members: usize| GroupView {
            group: group.to_owned(),
            state: listed.state.to_owned(),
            protocol: listed.group_type.name(),
            members,
            offsets: self.offsets(group),
        };
        if let Some(described) = groups.describe_consumer(group) {
            return Some(GroupDetail {
                view: view(described.members.len()),
                assignor: described.assignor,
                epoch: described.epoch,
                since_ms: Some(described.target_computed_at_ms).filter(|at| *at > 0),
                members: described.members.into_iter().map(|member| self.consumer(member)).collect(),
            });
        }
        let described = groups.describe(group)?;
        Some(GroupDetail {
            view: view(described.members.len()),
            assignor: described.protocol,
            epoch: described.generation,
            since_ms: described.state_since_ms,
            members: described.members.into_iter().map(classic).collect(),
        })
    }

    /// The offset at which a partition begins and its high watermark; `None` when it is not there or offline.
    pub fn reach(&self, topic: &str, partition: i32) -> Option<(i64, i64)> {
        let led = self.shared.catalog.topic(topic)?;
        let partition = led.partition(partition).ok()?;
        Some((partition.log.log_start_offset(), partition.high_watermark()))
    }

    fn offsets(&self, group: &str) -> Vec<GroupOffset> {
        let offset =
            |(topic, partition, committed): (String, i32, millstream_coordinator::CommittedOffset)| {
                let high_watermark = self.reach(&topic, partition).map_or(committed.offset, |(_, end)| end);
                let lag = high_watermark.saturating_sub(committed.offset).max(0);
                let (committed, committed_ms) = (committed.offset, committed.commit_timestamp_ms);
                GroupOffset { topic, partition, committed, committed_ms, high_watermark, lag }
            };
        self.shared.groups.offsets(group).into_iter().map(offset).collect()
    }

    fn consumer(&self, member: DescribedConsumer) -> MemberView {
        let assignment = self.named(&member.assignment);
        let target = self.named(&member.target);
        MemberView {
            member_id: member.member_id,
            instance_id: member.instance_id,
            client_id: member.client_id,
            client_host: member.client_host,
            epoch: Some(member.epoch),
            target: Some(target).filter(|target| *target != assignment),
            assignment,
        }
    }

    /// With the topics' names; a topic that is gone is left out.
    fn named(&self, partitions: &BTreeMap<Uuid, BTreeSet<i32>>) -> Partitions {
        let image = self.shared.catalog.image();
        let name =
            |(id, set): (&Uuid, &BTreeSet<i32>)| Some((image.topic_by_id(*id)?.name.clone(), set.clone()));
        partitions.iter().filter_map(name).collect()
    }
}

fn classic(member: DescribedMember) -> MemberView {
    MemberView {
        member_id: member.member_id,
        instance_id: member.group_instance_id,
        client_id: member.client_id,
        client_host: member.client_host,
        epoch: None,
        assignment: assigned(member.assignment),
        target: None,
    }
}

/// What an assignment's bytes say; nothing when a member has made up a format of its own.
fn assigned(assignment: Bytes) -> Partitions {
    let mut partitions = Partitions::new();
    if let Ok((_, assignment)) = consumer_protocol::decode::<ConsumerProtocolAssignment>(assignment) {
        for topic in assignment.assigned_partitions {
            partitions.entry(topic.topic.to_string()).or_default().extend(topic.partitions);
        }
    }
    partitions
}
