//! A consumer group becomes a classic group when its last member of the new protocol goes.

use bytes::Bytes;
use millstream_wire::consumer_protocol::{ConsumerProtocolAssignment, TopicPartition};
use millstream_wire::{Message, Reader, encode_prefixed};

use super::assignment::Partitions;
use super::change::Change;
use super::context::Context;
use super::driver::Driver;
use super::group::ConsumerGroup;
use super::member::Member;
use super::records;
use super::refused::Refused;
use super::topics::Topics;
use super::written::{Before, Written};
use crate::appends::Continuation;
use crate::group::Group;
use crate::member::Member as ClassicGroupMember;
use crate::rebalance::{prepare_rebalance, session};
use crate::subscription::CONSUMER;
use crate::{GroupError, GroupState};

/// A member of the classic protocol that takes a static member's place: the member, and whose place.
pub(crate) type Replacement<'a> = (&'a Member, &'a str);

/// Whether only members of the classic protocol are left without these, and the group may follow them.
pub(crate) fn is_due(
    context: &Context<'_>,
    group: &ConsumerGroup,
    leaving: &[String],
    replaced: Option<&str>,
) -> bool {
    let goes = |id: &str| leaving.iter().any(|leaving| leaving == id) || replaced == Some(id);
    let stay_classic = group.members().all(|(id, metadata)| goes(id) || metadata.classic.is_some());
    // A member of the classic protocol that is replaced by another changes nothing.
    let replaces_new = replaced.is_none_or(|id| group.member(id).is_some_and(|member| !member.is_classic()));
    let size = group.size().saturating_sub(leaving.len());
    stay_classic
        && replaces_new
        && size > 0
        && context.config.migration.may_downgrade()
        && size <= context.config.max_group_size
}

/// The classic group that remains, with everybody's target as its assignment.
pub(crate) fn to_classic(
    context: &Context<'_>,
    group: &ConsumerGroup,
    leaving: &[String],
    joining: Option<Replacement<'_>>,
) -> Result<Group, Refused> {
    let mut classic = Group::new(&group.id, Some(context.now_ms));
    let replaced = joining.map(|(_, replaced)| replaced);
    let mut stay = Vec::new();
    for member in group.member_ids().iter().filter_map(|id| group.member(id)) {
        if !leaving.contains(&member.id) && replaced != Some(&*member.id) {
            let target_id = member.id.clone();
            stay.push((member, target_id));
        }
    }
    stay.extend(joining.map(|(member, replaced)| (member.clone(), replaced.to_owned())));
    for (member, _) in &stay {
        classic.add(converted(member)?);
    }
    classic.generation = group.epoch();
    classic.protocol_type = Some(CONSUMER.to_owned());
    classic.protocol_name = classic.select_protocol();
    classic.note_subscription();
    classic.loaded_as(GroupState::Stable);
    let protocol = classic.protocol_name.clone().unwrap_or_default();
    for (member, target_id) in stay {
        let target = group.target(&target_id).cloned().unwrap_or_default();
        if let Some(classic_member) = classic.member_mut(&member.id) {
            let version = version_of(&classic_member.metadata(&protocol));
            classic_member.assignment = assignment(context.topics, &target, version)?;
        }
    }
    Ok(classic)
}

fn converted(member: &Member) -> Result<ClassicGroupMember, Refused> {
    let metadata = &member.metadata;
    let classic = metadata.classic.as_ref().ok_or(GroupError::UnknownMemberId)?;
    Ok(ClassicGroupMember {
        id: member.id.clone(),
        instance_id: metadata.instance_id.clone(),
        client_id: metadata.client_id.clone(),
        client_host: metadata.client_host.clone(),
        rebalance_timeout_ms: metadata.rebalance_timeout_ms,
        session_timeout_ms: classic.session_timeout_ms,
        protocol_type: CONSUMER.to_owned(),
        protocols: classic.protocols.clone(),
        assignment: Bytes::new(),
        join_waiter: None,
        sync_waiter: None,
        is_new: false,
    })
}

/// The version of the consumer protocol that a member speaks, as far as it is known here.
pub(crate) fn version_of(metadata: &Bytes) -> i16 {
    let said = Reader::new(metadata.clone()).i16().unwrap_or(0);
    said.clamp(0, ConsumerProtocolAssignment::VERSIONS.max)
}

/// Partitions as a member of the classic protocol is told of them.
pub(crate) fn assignment(
    topics: &Topics,
    partitions: &Partitions,
    version: i16,
) -> Result<Bytes, GroupError> {
    let assigned_partitions = partitions
        .iter()
        .filter_map(|(topic, set)| {
            let topic = topics.name(*topic)?.into();
            Some(TopicPartition { topic, partitions: set.iter().copied().collect() })
        })
        .collect();
    let assignment = ConsumerProtocolAssignment { assigned_partitions, ..Default::default() };
    encode_prefixed(&assignment, version).map_err(|_| GroupError::UnknownServerError)
}

impl Driver<'_> {
    /// Puts the classic group in the consumer group's place. `changes` are the consumer group's last.
    pub(crate) fn become_classic(
        &mut self,
        classic: Group,
        changes: Vec<Change>,
        rebalance: bool,
        mut written: Written,
    ) {
        let group_id = classic.id.clone();
        let Some(group) = self.consumers.forget(&group_id) else { return };
        let mut last = group.clone();
        let records = records::encode(&group_id, &changes).and_then(|mut records| {
            changes.into_iter().for_each(|change| {
                last.apply(change);
            });
            records.extend(records::encode(&group_id, &last.tombstones())?);
            records.extend(crate::records::group_metadata(&classic, &classic.assignment())?);
            Ok(records)
        });
        group.member_ids().iter().for_each(|member_id| self.cancel_all(&group_id, member_id));
        written.undo.before = Before::Consumer(Box::new(group));
        let classic = self.classic.entry(group_id.clone()).insert_entry(Box::new(classic)).into_mut();
        let turn = &mut self.turn;
        turn.append(&group_id, records, Continuation::Consumer(Box::new(written)));
        for member_id in classic.member_ids() {
            session(classic, &member_id, turn);
        }
        if rebalance {
            prepare_rebalance(classic, turn);
        }
    }
}
