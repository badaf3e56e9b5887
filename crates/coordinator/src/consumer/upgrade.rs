//! A classic group becomes a consumer group when its first member of the new protocol comes.
//!
//! Everybody keeps the partitions of the last generation; the generation is the first epoch. Whoever waits for a
//! generation that will not come is told to join again, which the group then takes as a classic member's heartbeat.

use std::collections::BTreeSet;

use bytes::Bytes;
use millstream_wire::consumer_protocol::{self, ConsumerProtocolAssignment, ConsumerProtocolSubscription};

use super::assignment::{Partitions, with_epoch};
use super::change::{Change, Epoch, TargetEpoch};
use super::context::Context;
use super::driver::{Arrived, Driver};
use super::group::ConsumerGroup;
use super::member::{ClassicMember, Current, MemberMetadata, MemberState};
use super::records;
use super::refused::Refused;
use super::request::ConsumerHeartbeat;
use super::subscription::hash_of;
use super::written::Before;
use crate::group::Group;
use crate::member::Member as ClassicGroupMember;
use crate::rebalance::reset_assignment;
use crate::subscription::CONSUMER;
use crate::timers::{ConsumerTimer, Timer};
use crate::{GroupError, GroupState};

impl Driver<'_> {
    /// The consumer group that a join makes, by itself or of a classic group.
    pub(crate) fn arrive(&self, request: &ConsumerHeartbeat) -> Result<Arrived, Refused> {
        let group_id = &request.group_id;
        let Some(classic) = self.classic.get(group_id) else {
            if !request.is_join() {
                let message = format!("Consumer group {group_id} not found.");
                return Err(Refused::new(GroupError::GroupIdNotFound, message));
            }
            let group = ConsumerGroup::new(group_id);
            return Ok(Arrived { group, records: Ok(Vec::new()), was_classic: false });
        };
        if !request.is_join() {
            return Err(self.no_group(group_id));
        }
        if classic.is(GroupState::Dead) {
            return Err(GroupError::CoordinatorNotAvailable.into());
        }
        let end = crate::records::group_tombstone(group_id);
        if classic.is(GroupState::Empty) {
            let group = ConsumerGroup::new(group_id);
            return Ok(Arrived { group, records: end.map(|end| vec![end]), was_classic: true });
        }
        let context = self.consumers.context(self.turn.now_ms, self.turn.config, group_id);
        check(&context, classic)?;
        let changes = converted(&context, classic)?;
        let records = end.and_then(|end| {
            let mut records = vec![end];
            records.extend(records::encode(group_id, &changes)?);
            Ok(records)
        });
        let mut group = ConsumerGroup::new(group_id);
        changes.into_iter().for_each(|change| {
            group.apply(change);
        });
        Ok(Arrived { group, records, was_classic: true })
    }

    /// Puts the group in its place, and sends away who waits for the classic group's next generation.
    pub(crate) fn settle(&mut self, group: ConsumerGroup, was_classic: bool) -> Before {
        let group_id = group.id.clone();
        let classic = if was_classic { self.classic.remove(&group_id) } else { None };
        let before = match classic {
            None => Before::Nothing,
            Some(mut classic) => {
                dissolve(&mut classic, self);
                Before::Classic(classic)
            }
        };
        for (member_id, metadata) in group.members() {
            if let Some(classic) = &metadata.classic {
                self.schedule(ConsumerTimer::Session, &group_id, member_id, classic.session_timeout_ms);
            }
        }
        self.consumers.insert(group);
        before
    }
}

fn dissolve(classic: &mut Group, driver: &mut Driver<'_>) {
    let turn = &mut driver.turn;
    for member_id in classic.member_ids() {
        if let Some(waiter) = classic.take_join_waiter(&member_id) {
            turn.join_failed(waiter, &member_id, GroupError::RebalanceInProgress);
        }
        if let Some(waiter) = classic.take_sync_waiter(&member_id) {
            turn.sync(waiter, Err(GroupError::RebalanceInProgress));
        }
        turn.timers.cancel(&Timer::Session(classic.id.clone(), member_id));
    }
    turn.timers.cancel(&Timer::Join(classic.id.clone()));
    turn.timers.cancel(&Timer::Sync(classic.id.clone()));
    if classic.is(GroupState::CompletingRebalance) {
        reset_assignment(classic, GroupError::RebalanceInProgress, turn);
    }
}

fn refuse(group: &Group, why: &str) -> Refused {
    let message = format!("Cannot upgrade classic group {} to consumer group because {why}.", group.id);
    Refused::new(GroupError::GroupIdNotFound, message)
}

fn check(context: &Context<'_>, group: &Group) -> Result<(), Refused> {
    if !context.config.migration.may_upgrade() {
        Err(refuse(group, "online upgrade is disabled"))
    } else if group.protocol_type.as_deref() != Some(CONSUMER) {
        Err(refuse(group, "the group does not use the consumer embedded protocol"))
    } else if group.size() > context.config.max_consumer_group_size {
        Err(refuse(group, "the group size exceeds the consumer group maximum size"))
    } else {
        Ok(())
    }
}

/// The consumer group that the classic one is, as changes of an empty group.
fn converted(context: &Context<'_>, group: &Group) -> Result<Vec<Change>, Refused> {
    let epoch = group.generation;
    let mut members = Vec::new();
    let mut topics = BTreeSet::new();
    let mut protocol = group.protocol_name.clone();
    for member in group.members() {
        let first = member.protocols.first().map(|protocol| protocol.name.clone());
        let protocol = protocol.get_or_insert_with(|| first.unwrap_or_default());
        let (metadata, partitions) = convert(context, group, member, protocol)?;
        topics.extend(metadata.topics.iter().cloned());
        members.push((member.id.clone(), metadata, partitions));
    }
    let names: BTreeSet<&str> = topics.iter().map(String::as_str).collect();
    let topics_hash = hash_of(context, &names);
    let mut changes = Vec::new();
    for (id, metadata, _) in &members {
        changes.push(Change::Member(id.clone(), Some(metadata.clone())));
    }
    changes.push(Change::Epoch(Some(Epoch { epoch, topics_hash })));
    for (id, _, partitions) in &members {
        changes.push(Change::Target(id.clone(), Some(partitions.clone())));
    }
    changes.push(Change::TargetEpoch(Some(TargetEpoch { epoch, computed_at_ms: 0 })));
    for (id, _, partitions) in members {
        let assigned = with_epoch(&partitions, epoch);
        let current = Current {
            epoch,
            previous_epoch: epoch,
            state: MemberState::Stable,
            assigned,
            ..Current::default()
        };
        changes.push(Change::Current(id, Some(current)));
    }
    Ok(changes)
}

fn convert(
    context: &Context<'_>,
    group: &Group,
    member: &ClassicGroupMember,
    protocol: &str,
) -> Result<(MemberMetadata, Partitions), Refused> {
    let malformed = |_| refuse(group, "the embedded consumer protocol is malformed");
    let subscription = subscription(member.metadata(protocol)).map_err(malformed)?;
    let mut partitions = Partitions::new();
    if !member.assignment.is_empty() {
        let (_, assignment): (_, ConsumerProtocolAssignment) =
            consumer_protocol::decode(member.assignment.clone()).map_err(malformed)?;
        if assignment.user_data.is_some_and(|data| !data.is_empty()) {
            let why = "an unsupported custom assignor is in use. Please refer to the documentation or switch to a \
                       default assignor before re-attempting the upgrade";
            return Err(refuse(group, why));
        }
        for topic in assignment.assigned_partitions {
            if let Some(known) = context.topics.get(&topic.topic)
                && !topic.partitions.is_empty()
            {
                partitions.entry(known.id).or_default().extend(topic.partitions);
            }
        }
    }
    let metadata = MemberMetadata {
        instance_id: member.instance_id.clone(),
        rack_id: subscription.rack_id.filter(|rack| !rack.is_empty()).map(Into::into),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        topics: subscription.topics.into_iter().map(Into::into).collect(),
        rebalance_timeout_ms: member.rebalance_timeout_ms,
        classic: Some(ClassicMember {
            session_timeout_ms: member.session_timeout_ms,
            protocols: member.protocols.clone(),
        }),
        ..MemberMetadata::default()
    };
    Ok((metadata, partitions))
}

/// What a member of the classic protocol says of itself.
pub(crate) fn subscription(
    metadata: Bytes,
) -> Result<ConsumerProtocolSubscription, millstream_wire::DecodeError> {
    consumer_protocol::decode(metadata).map(|(_, subscription)| subscription)
}
