//! A classic group: its members, its generation, and the rules for who is in it.
//!
//! Data and small steps only; when which step is taken is told in the events' files and in `rebalance`.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::event::Protocol;
use crate::member::Member;
use crate::subscription::Subscription;
use crate::{GroupError, GroupState, JoinedMember, WaiterId};

/// How the group's Join timer goes on when it is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinPhase {
    /// The group was empty: wait `delay_ms` at a time for more members, `remaining_ms` in all.
    Initial { delay_ms: i32, remaining_ms: i32 },
    /// Whoever is there goes into the next generation.
    Rejoin,
}

/// Groups by id. A tree's node has room for eleven: what is large lies beside it.
pub(crate) type Groups = BTreeMap<String, Box<Group>>;

/// One group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: String,
    state: GroupState,
    previous_state: GroupState,
    /// When the state was entered; unknown for records of old versions.
    pub(crate) state_since_ms: Option<i64>,
    /// `consumer`, or nothing for a group that only keeps offsets.
    pub(crate) protocol_type: Option<String>,
    /// The chosen protocol of this generation.
    pub(crate) protocol_name: Option<String>,
    pub(crate) generation: i32,
    pub(crate) leader: Option<String>,
    members: BTreeMap<String, Box<Member>>,
    /// Instance id to member id.
    static_members: BTreeMap<String, String>,
    /// Given an id, not yet back with it.
    pending_join: BTreeSet<String>,
    /// Joined this generation, not yet asked for their assignment.
    pending_sync: BTreeSet<String>,
    /// How many members support each protocol.
    supported: BTreeMap<String, usize>,
    /// How many members wait for the answer to a join.
    awaiting_join: usize,
    /// A member came while the initial rebalance was waiting.
    pub(crate) new_member_added: bool,
    pub(crate) join_phase: JoinPhase,
    /// A deletion is on its way to the disk.
    deleting: bool,
    subscription: Subscription,
}

impl Group {
    /// An empty group.
    pub(crate) fn new(id: &str, now_ms: Option<i64>) -> Self {
        Self {
            id: id.to_owned(),
            state: GroupState::Empty,
            previous_state: GroupState::Dead,
            state_since_ms: now_ms,
            protocol_type: None,
            protocol_name: None,
            generation: 0,
            leader: None,
            members: BTreeMap::new(),
            static_members: BTreeMap::new(),
            pending_join: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            supported: BTreeMap::new(),
            awaiting_join: 0,
            new_member_added: false,
            join_phase: JoinPhase::Rejoin,
            deleting: false,
            subscription: Subscription::default(),
        }
    }

    /// The state; a group that is being deleted is dead already.
    pub(crate) fn state(&self) -> GroupState {
        if self.deleting { GroupState::Dead } else { self.state }
    }

    pub(crate) fn previous_state(&self) -> GroupState {
        self.previous_state
    }

    pub(crate) fn is(&self, state: GroupState) -> bool {
        self.state() == state
    }

    pub(crate) fn transition(&mut self, state: GroupState, now_ms: i64) {
        self.previous_state = self.state;
        self.state = state;
        self.state_since_ms = Some(now_ms);
    }

    /// The state of a group that was read from the log.
    pub(crate) fn loaded_as(&mut self, state: GroupState) {
        self.state = state;
    }

    pub(crate) fn set_deleting(&mut self, deleting: bool) {
        self.deleting = deleting;
    }

    /// A generation begins, with these members and this protocol.
    pub(crate) fn note_subscription(&mut self) {
        self.subscription = Subscription::of(self);
    }

    /// Whether its generation reads the topic, or may.
    pub(crate) fn is_subscribed(&self, topic: &str) -> bool {
        self.subscription.contains(self, topic)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values().map(AsRef::as_ref)
    }

    pub(crate) fn members_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.members.values_mut().map(AsMut::as_mut)
    }

    pub(crate) fn member(&self, member_id: &str) -> Option<&Member> {
        self.members.get(member_id).map(AsRef::as_ref)
    }

    pub(crate) fn member_mut(&mut self, member_id: &str) -> Option<&mut Member> {
        self.members.get_mut(member_id).map(AsMut::as_mut)
    }

    pub(crate) fn member_ids(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    pub(crate) fn size(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }

    pub(crate) fn static_member_id(&self, instance_id: &str) -> Option<&String> {
        self.static_members.get(instance_id)
    }

    pub(crate) fn is_pending_join(&self, member_id: &str) -> bool {
        self.pending_join.contains(member_id)
    }

    pub(crate) fn pending_join_count(&self) -> usize {
        self.pending_join.len()
    }

    pub(crate) fn add_pending_join(&mut self, member_id: &str) {
        self.pending_join.insert(member_id.to_owned());
    }

    pub(crate) fn awaiting_join_count(&self) -> usize {
        self.awaiting_join
    }

    pub(crate) fn pending_sync(&self) -> &BTreeSet<String> {
        &self.pending_sync
    }

    pub(crate) fn add_pending_sync(&mut self, member_id: &str) {
        self.pending_sync.insert(member_id.to_owned());
    }

    pub(crate) fn remove_pending_sync(&mut self, member_id: &str) {
        self.pending_sync.remove(member_id);
    }

    pub(crate) fn clear_pending_sync(&mut self) {
        self.pending_sync.clear();
    }

    /// Whether nothing but offsets could keep this group.
    pub(crate) fn is_unused(&self) -> bool {
        self.members.is_empty() && self.pending_join.is_empty() && self.protocol_type.is_none()
    }

    pub(crate) fn has_all_members_joined(&self) -> bool {
        self.members.len() == self.awaiting_join && self.pending_join.is_empty()
    }

    /// The longest rebalance timeout of the members, in ms.
    pub(crate) fn rebalance_timeout_ms(&self) -> i32 {
        self.members.values().map(|member| member.rebalance_timeout_ms).max().unwrap_or(0).max(0)
    }

    /// Adds a member; the first one leads, and its protocol type is the group's.
    pub(crate) fn add(&mut self, member: Member) {
        if let Some(instance_id) = &member.instance_id {
            self.static_members.insert(instance_id.clone(), member.id.clone());
        }
        if self.members.is_empty() {
            self.protocol_type = Some(member.protocol_type.clone());
        }
        self.leader.get_or_insert_with(|| member.id.clone());
        self.pending_join.remove(&member.id);
        self.count_protocols(&member.protocols, true);
        self.awaiting_join += usize::from(member.join_waiter.is_some());
        self.members.insert(member.id.clone(), Box::new(member));
    }

    /// Removes a member, also a pending one; another one leads if it led. Its waiters must have been answered.
    pub(crate) fn remove(&mut self, member_id: &str) -> Option<Member> {
        self.pending_join.remove(member_id);
        self.pending_sync.remove(member_id);
        let member = self.members.remove(member_id)?;
        self.count_protocols(&member.protocols, false);
        self.awaiting_join -= usize::from(member.join_waiter.is_some());
        if let Some(instance_id) = &member.instance_id {
            self.static_members.remove(instance_id);
        }
        if self.is_leader(member_id) {
            self.leader = self.members.keys().next().cloned();
        }
        Some(*member)
    }

    /// Gives a static member a new id. Its waiters must have been answered.
    pub(crate) fn rename(&mut self, old_id: &str, new_id: &str) {
        let Some(mut member) = self.members.remove(old_id) else { return };
        new_id.clone_into(&mut member.id);
        if self.is_leader(old_id) {
            self.leader = Some(new_id.to_owned());
        }
        if self.pending_sync.remove(old_id) {
            self.pending_sync.insert(new_id.to_owned());
        }
        if let Some(instance_id) = &member.instance_id {
            self.static_members.insert(instance_id.clone(), new_id.to_owned());
        }
        self.members.insert(new_id.to_owned(), member);
    }

    /// Takes over what a member said when it joined again.
    pub(crate) fn update(
        &mut self,
        member_id: &str,
        protocols: Vec<Protocol>,
        rebalance_timeout_ms: i32,
        session_timeout_ms: i32,
    ) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        member.rebalance_timeout_ms = rebalance_timeout_ms;
        member.session_timeout_ms = session_timeout_ms;
        let old = std::mem::replace(&mut member.protocols, protocols.clone());
        self.count_protocols(&old, false);
        self.count_protocols(&protocols, true);
    }

    /// Parks a join. A join that was parked before comes back: only the last one counts.
    pub(crate) fn park_join(&mut self, member_id: &str, waiter: WaiterId) -> Option<WaiterId> {
        let member = self.members.get_mut(member_id)?;
        let before = member.join_waiter.replace(waiter);
        self.awaiting_join += usize::from(before.is_none());
        before
    }

    pub(crate) fn take_join_waiter(&mut self, member_id: &str) -> Option<WaiterId> {
        let waiter = self.members.get_mut(member_id)?.join_waiter.take()?;
        self.awaiting_join -= 1;
        Some(waiter)
    }

    pub(crate) fn take_sync_waiter(&mut self, member_id: &str) -> Option<WaiterId> {
        self.members.get_mut(member_id)?.sync_waiter.take()
    }

    fn count_protocols(&mut self, protocols: &[Protocol], add: bool) {
        for protocol in protocols {
            let count = self.supported.entry(protocol.name.clone()).or_default();
            if add {
                *count += 1;
                continue;
            }
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.supported.remove(&protocol.name);
            }
        }
    }

    /// Whether a member with these protocols fits in.
    pub(crate) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.is(GroupState::Empty) {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|protocol| self.is_supported_by_all(&protocol.name))
    }

    fn is_supported_by_all(&self, protocol: &str) -> bool {
        self.supported.get(protocol).copied().unwrap_or(0) == self.members.len()
    }

    /// The protocol for the next generation: of those that all support, the one most members like best.
    pub(crate) fn select_protocol(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.members.values() {
            let vote = member.protocols.iter().find(|protocol| self.is_supported_by_all(&protocol.name))?;
            *votes.entry(&vote.name).or_default() += 1;
        }
        let most = votes.values().copied().max()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.to_owned())
    }

    /// Makes sure that somebody leads who has joined. False when nobody has.
    pub(crate) fn elect_joined_leader(&mut self) -> bool {
        let Some(leader) = &self.leader else { return false };
        if self.members.get(leader).is_some_and(|member| member.join_waiter.is_some()) {
            return true;
        }
        match self.members.values().find(|member| member.join_waiter.is_some()) {
            Some(member) => {
                self.leader = Some(member.id.clone());
                true
            }
            None => false,
        }
    }

    /// Who the member is, or why it is not.
    pub(crate) fn validate(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), GroupError> {
        if let Some(instance_id) = instance_id {
            match self.static_members.get(instance_id) {
                None => return Err(GroupError::UnknownMemberId),
                Some(existing) if existing != member_id => return Err(GroupError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(GroupError::UnknownMemberId) }
    }

    /// Everybody, as the leader needs to see them.
    pub(crate) fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol_name.as_deref().unwrap_or("");
        let row = |member: &Member| JoinedMember {
            member_id: member.id.clone(),
            group_instance_id: member.instance_id.clone(),
            metadata: member.metadata(protocol),
        };
        self.members().map(row).collect()
    }

    /// Everybody's assignment.
    pub(crate) fn assignment(&self) -> BTreeMap<String, Bytes> {
        self.members.values().map(|member| (member.id.clone(), member.assignment.clone())).collect()
    }
}
