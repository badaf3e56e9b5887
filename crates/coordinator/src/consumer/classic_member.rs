//! Members of the classic protocol in a consumer group: their joins, syncs, heartbeats and leaves.
//!
//! A join is such a member's heartbeat: it says what it subscribes to and has. A sync gives it what it was assigned by
//! that join. Its generation is its epoch. It is told to join again while there is a next step for it to take.

use millstream_wire::consumer_protocol::ConsumerProtocolSubscription;

use super::assignment::{Partitions, without_epochs};
use super::context::Context;
use super::downgrade::{self, assignment, version_of};
use super::driver::Driver;
use super::group::ConsumerGroup;
use super::member::{ClassicMember, Member, MemberState};
use super::membership::{self, Claim};
use super::target;
use super::update::Update;
use super::upgrade::subscription;
use super::written::Written;
use crate::event::{Heartbeat, JoinRequest, LeaveRequest, LeavingMember, SyncRequest};
use crate::subscription::CONSUMER;
use crate::timers::{ConsumerTimer, Timer};
use crate::{
    GroupError, JoinResponse, LeaveResponse, LeftMember, Migration, Response, SyncResponse, WaiterId,
};

impl Driver<'_> {
    /// JoinGroup to a consumer group that has members.
    pub(crate) fn classic_join(&mut self, waiter: WaiterId, request: JoinRequest) {
        let member_id = request.member_id.clone();
        if let Err(error) = self.try_classic_join(waiter, request) {
            self.turn.join_failed(waiter, &member_id, error);
        }
    }

    fn try_classic_join(&mut self, waiter: WaiterId, request: JoinRequest) -> Result<(), GroupError> {
        let group_id = request.group_id.clone();
        let group = self.consumers.get(&group_id).ok_or(GroupError::UnknownMemberId)?;
        let context = self.consumers.context(self.turn.now_ms, self.turn.config, &group_id);
        let is_new = request.member_id.is_empty();
        let member_id = if is_new { request.fresh_uuid.clone() } else { request.member_id.clone() };
        let instance_id = request.group_instance_id.as_deref();
        check_join(&context, group, &request, &member_id)?;
        if is_new && instance_id.is_none() && request.requires_known_member_id {
            self.turn.join_failed(waiter, &member_id, GroupError::MemberIdRequired);
            return Ok(());
        }
        let may_join = instance_id.is_none() || is_new;
        let claim = Claim { member_id: &member_id, instance_id, epoch: None, owned: None, may_join };
        let mut changes = Vec::new();
        let before = membership::find(group, &claim, &mut changes).map_err(|refused| refused.error)?;
        let replaced = instance_id.and_then(|id| group.static_member_id(id)).map(str::to_owned);
        let first = request.protocols.first().ok_or(GroupError::InconsistentGroupProtocol)?;
        let said = subscription(first.metadata.clone()).map_err(|_| GroupError::InconsistentGroupProtocol)?;
        let protocol_name = first.name.clone();
        let owned = owned(&context, &said);
        let after = described(&before, &request, said);
        let update = Update { context: &context, group, before: &before, after, owned: Some(&owned) };
        let described = update.describe(&mut changes).map_err(|refused| refused.error)?;
        let downgrades =
            replaced.as_deref().is_some_and(|id| downgrade::is_due(&context, group, &[], Some(id)));
        let stale = downgrades && group.target_epoch() < described.group_epoch;
        let current = if stale {
            // The rebalance that follows assigns anew.
            update.after.current.clone()
        } else {
            let target = match downgrades {
                true => target::last(group, &update.after),
                false => update.retarget(&described, &mut changes).map_err(|refused| refused.error)?,
            };
            update.reconcile(&target, &described, &mut changes).map_err(|refused| refused.error)?.0
        };
        let member = Member { current, ..update.after };
        let answer = Some((waiter, Response::Join(joined(&member, protocol_name))));
        let written = Written { answer, resolve: described.resolve, ..Written::default() };
        if let Some(replaced) = replaced.filter(|_| downgrades) {
            let classic = downgrade::to_classic(&context, group, &[], Some((&member, &replaced)))
                .map_err(|refused| refused.error)?;
            self.become_classic(classic, changes, stale, written);
            return Ok(());
        }
        self.refreshed(&group_id, described.refreshed.then_some(described.group_epoch));
        self.cancel(ConsumerTimer::Join, &group_id, &member.id);
        self.schedule(ConsumerTimer::Session, &group_id, &member.id, request.session_timeout_ms);
        self.schedule(ConsumerTimer::Sync, &group_id, &member.id, request.rebalance_timeout_ms());
        self.write(&group_id, Ok(Vec::new()), changes, written);
        Ok(())
    }

    /// SyncGroup to a consumer group.
    pub(crate) fn classic_sync(&mut self, waiter: WaiterId, request: &SyncRequest) {
        match self.try_classic_sync(request) {
            Ok(answer) => {
                let answer = Some((waiter, Response::Sync(Ok(answer))));
                let written = Written { answer, ..Written::default() };
                self.write(&request.group_id, Ok(Vec::new()), Vec::new(), written);
            }
            Err(error) => self.turn.sync(waiter, Err(error)),
        }
    }

    fn try_classic_sync(&mut self, request: &SyncRequest) -> Result<SyncResponse, GroupError> {
        let SyncRequest { group_id, member_id, generation_id, .. } = request;
        let instance_id = request.group_instance_id.as_deref();
        let (group, member, classic) =
            self.classic_member(group_id, (member_id, instance_id), *generation_id)?;
        let protocol = classic.protocols.first().ok_or(GroupError::InconsistentGroupProtocol)?;
        let type_differs = request.protocol_type.as_deref().is_some_and(|kind| kind != CONSUMER);
        let name_differs = request.protocol_name.as_ref().is_some_and(|name| *name != protocol.name);
        if type_differs || name_differs {
            return Err(GroupError::InconsistentGroupProtocol);
        }
        let is_behind = group.target_epoch() > member.current.epoch;
        if is_behind && member.current.state != MemberState::UnrevokedPartitions {
            self.rejoin_in_time(group_id, &member);
            return Err(GroupError::RebalanceInProgress);
        }
        let partitions = without_epochs(&member.current.assigned);
        let version = version_of(&protocol.metadata);
        let assignment = assignment(self.consumers.topics(), &partitions, version)?;
        self.cancel(ConsumerTimer::Sync, group_id, &member.id);
        self.schedule(ConsumerTimer::Session, group_id, &member.id, classic.session_timeout_ms);
        Ok(SyncResponse {
            protocol_type: request.protocol_type.clone(),
            protocol_name: request.protocol_name.clone(),
            assignment,
        })
    }

    /// Heartbeat to a consumer group.
    pub(crate) fn classic_heartbeat(&mut self, request: &Heartbeat) -> Result<(), GroupError> {
        let Heartbeat { group_id, member_id, generation_id, group_instance_id } = request;
        let who = (member_id.as_str(), group_instance_id.as_deref());
        let (group, member, classic) = self.classic_member(group_id, who, *generation_id)?;
        let must_join = match member.current.state {
            _ if member.current.epoch < group.target_epoch() => true,
            MemberState::UnrevokedPartitions => true,
            MemberState::UnreleasedPartitions => !waits_for_others(group, &member),
            MemberState::Stable | MemberState::Unknown(_) => false,
        };
        self.schedule(ConsumerTimer::Session, group_id, &member.id, classic.session_timeout_ms);
        if must_join {
            self.rejoin_in_time(group_id, &member);
            return Err(GroupError::RebalanceInProgress);
        }
        Ok(())
    }

    /// LeaveGroup to a consumer group.
    pub(crate) fn classic_leave(&mut self, waiter: WaiterId, request: LeaveRequest) {
        let Some(group) = self.consumers.get(&request.group_id) else { return };
        let mut leaving = Vec::new();
        let members = request
            .members
            .into_iter()
            .map(|member| {
                let error = match find_leaving(group, &member) {
                    Ok(id) => {
                        leaving.push(id);
                        None
                    }
                    Err(error) => Some(error),
                };
                let LeavingMember { member_id, group_instance_id } = member;
                LeftMember { member_id, group_instance_id, error }
            })
            .collect();
        leaving.sort_unstable();
        leaving.dedup();
        let answer = Some((waiter, Response::Leave(Ok(LeaveResponse { members }))));
        self.remove(&request.group_id, &leaving, answer, None);
    }

    /// The member and its group, if it is one of the classic protocol, who it says it is by its ids, and in the
    /// generation that it says.
    fn classic_member(
        &self,
        group_id: &str,
        (member_id, instance_id): (&str, Option<&str>),
        generation_id: i32,
    ) -> Result<(&ConsumerGroup, Member, ClassicMember), GroupError> {
        let group = self.consumers.get(group_id).ok_or(GroupError::UnknownMemberId)?;
        let id = match instance_id {
            Some(instance_id) => group.static_member_id(instance_id).ok_or(GroupError::UnknownMemberId)?,
            None => member_id,
        };
        if id != member_id {
            return Err(GroupError::FencedInstanceId);
        }
        let member = group.member(id).ok_or(GroupError::UnknownMemberId)?;
        let classic = member.metadata.classic.clone().ok_or(GroupError::UnknownMemberId)?;
        match member.current.epoch == generation_id {
            true => Ok((group, member, classic)),
            false => Err(GroupError::IllegalGeneration),
        }
    }

    /// The member has been told to join: it has its rebalance timeout's time for it, from the first time on.
    fn rejoin_in_time(&mut self, group_id: &str, member: &Member) {
        let timer = Timer::Consumer(ConsumerTimer::Join, group_id.to_owned(), member.id.clone());
        if !self.turn.timers.is_set(&timer) {
            self.turn.schedule(timer, member.metadata.rebalance_timeout_ms.into());
        }
    }
}

fn check_join(
    context: &Context<'_>,
    group: &ConsumerGroup,
    request: &JoinRequest,
    member_id: &str,
) -> Result<(), GroupError> {
    if context.config.migration == Migration::Disabled {
        return Err(GroupError::InconsistentGroupProtocol);
    }
    let instance_id = request.group_instance_id.as_deref();
    membership::check_size(context, group, member_id, instance_id).map_err(|refused| refused.error)?;
    let supported_by_all = |name: &str| {
        let mut classic = group.members().filter_map(|(_, metadata)| metadata.classic.as_ref());
        classic.all(|classic| classic.protocols.iter().any(|protocol| protocol.name == name))
    };
    let fits = request.protocols.iter().any(|protocol| supported_by_all(&protocol.name));
    if request.protocol_type == CONSUMER && fits {
        Ok(())
    } else {
        Err(GroupError::InconsistentGroupProtocol)
    }
}

fn owned(context: &Context<'_>, said: &ConsumerProtocolSubscription) -> Partitions {
    let mut owned = Partitions::new();
    for topic in &said.owned_partitions {
        if let Some(known) = context.topics.get(&topic.topic) {
            owned.entry(known.id).or_default().extend(topic.partitions.iter().copied());
        }
    }
    owned
}

/// The member with what it said.
fn described(before: &Member, request: &JoinRequest, said: ConsumerProtocolSubscription) -> Member {
    let mut after = before.clone();
    let metadata = &mut after.metadata;
    if request.group_instance_id.is_some() {
        metadata.instance_id.clone_from(&request.group_instance_id);
    }
    if let Some(rack) = said.rack_id.filter(|rack| !rack.is_empty()) {
        metadata.rack_id = Some(rack.into());
    }
    metadata.rebalance_timeout_ms = request.rebalance_timeout_ms();
    metadata.topics = said.topics.into_iter().map(Into::into).collect();
    metadata.regex.clear();
    metadata.client_id.clone_from(&request.client_id);
    metadata.client_host.clone_from(&request.client_host);
    metadata.classic = Some(ClassicMember {
        session_timeout_ms: request.session_timeout_ms,
        protocols: request.protocols.clone(),
    });
    after
}

fn joined(member: &Member, protocol_name: String) -> JoinResponse {
    JoinResponse {
        error: None,
        generation_id: member.current.epoch,
        protocol_type: Some(CONSUMER.to_owned()),
        protocol_name: Some(protocol_name),
        leader: String::new(),
        skip_assignment: false,
        member_id: member.id.clone(),
        members: Vec::new(),
    }
}

fn find_leaving(group: &ConsumerGroup, leaving: &LeavingMember) -> Result<String, GroupError> {
    match &leaving.group_instance_id {
        None if group.has_member(&leaving.member_id) => Ok(leaving.member_id.clone()),
        None => Err(GroupError::UnknownMemberId),
        Some(instance_id) => {
            let id = group.static_member_id(instance_id).ok_or(GroupError::UnknownMemberId)?;
            let is_it = leaving.member_id.is_empty() || leaving.member_id == id;
            if is_it { Ok(id.to_owned()) } else { Err(GroupError::FencedInstanceId) }
        }
    }
}

/// Whether another member has what this one shall have.
fn waits_for_others(group: &ConsumerGroup, member: &Member) -> bool {
    let target = group.target(&member.id).into_iter().flatten();
    target.into_iter().any(|(topic, partitions)| {
        let has = member.current.assigned.get(topic);
        let missing = |partition: &&i32| has.is_none_or(|has| !has.contains_key(*partition));
        partitions.iter().filter(missing).any(|partition| group.is_owned(*topic, *partition))
    })
}
