//! The driver: takes an event, hands it to the event's file, gives back the effects.

use std::collections::BTreeMap;

use crate::appends::{Appends, Continuation, Finished};
use crate::consumer::{self, ConsumerGroup, Consumers, Driver};
use crate::event::{CommitRequest, JoinRequest};
use crate::group::{Group, Groups};
use crate::offsets::Offsets;
use crate::timers::{Timer, Timers};
use crate::transaction::Producer;
use crate::turn::Turn;
use crate::{
    CommittedOffset, Config, DescribedConsumerGroup, DescribedGroup, Effect, Event, GroupError, ListedGroup,
    RecordError, Response, TransactionEnd, WaiterId, commit, delete, expire, heartbeat, join, leave,
    rebalance, records, replay, static_member, sync, view,
};

/// Groups and offsets of one or more partitions of `__consumer_offsets`.
#[derive(Debug)]
pub struct Coordinator {
    config: Config,
    groups: Groups,
    consumers: Consumers,
    offsets: Offsets,
    timers: Timers,
    appends: Appends,
}

impl Coordinator {
    /// An empty coordinator.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            groups: Groups::new(),
            consumers: Consumers::default(),
            offsets: Offsets::default(),
            timers: Timers::default(),
            appends: Appends::default(),
        }
    }

    /// Takes in one event at `now_ms` (ms since 1970) and says what to do.
    pub fn handle(&mut self, now_ms: i64, event: Event) -> Vec<Effect> {
        let mut effects = Vec::new();
        match event {
            Event::Join(waiter, request) => self.join(now_ms, waiter, request, &mut effects),
            Event::Commit(waiter, request) => self.commit(now_ms, waiter, request, &mut effects),
            Event::CommitInTransaction(waiter, producer, request) => {
                self.commit_in(now_ms, waiter, producer, request, &mut effects);
            }
            Event::TransactionEnded(end) => self.offsets.end_transaction(end),
            Event::Appended(token, result) => self.appends.report(token, result),
            Event::Tick => self.tick(now_ms, &mut effects),
            Event::TopicsDeleted(topics) => {
                let topics = topics.into_iter().collect();
                self.each_group(now_ms, &mut effects, |group, offsets, turn| {
                    delete::topics_deleted(&group.id, offsets, &topics, turn);
                });
                self.driver(now_ms, &mut effects).consumer_topics_deleted(&topics);
            }
            Event::ExpireOffsets(retention_ms) => {
                self.each_group(now_ms, &mut effects, |group, offsets, turn| {
                    delete::expire(group, offsets, retention_ms, turn);
                });
                self.driver(now_ms, &mut effects).expire_offsets(retention_ms);
            }
            Event::ConsumerHeartbeat(waiter, request) => {
                self.driver(now_ms, &mut effects).heartbeat(waiter, &request);
            }
            Event::TopicsChanged(version, topics) => self.consumers.topics_changed(version, &topics),
            Event::GroupSettings(group_id, settings) => self.consumers.set(group_id, settings),
            request => self.request(now_ms, request, &mut effects),
        }
        self.settle(now_ms, &mut effects);
        effects
    }

    /// When [`Event::Tick`] is due next, in ms since 1970.
    pub fn next_deadline(&self) -> Option<i64> {
        self.timers.next_deadline()
    }

    /// Takes in one record of `__consumer_offsets` while loading; in the order of the log.
    ///
    /// # Errors
    /// The record cannot be read; nothing changed.
    pub fn replay(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), RecordError> {
        replay::replay(&mut self.groups, &mut self.consumers, &mut self.offsets, key, value, None)
    }

    /// The same for a record of this producer's transaction: its offset counts from [`Self::replay_end`] on.
    ///
    /// # Errors
    /// The record cannot be read; nothing changed.
    pub fn replay_in(
        &mut self,
        producer_id: i64,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> Result<(), RecordError> {
        let producer_id = Some(producer_id);
        replay::replay(&mut self.groups, &mut self.consumers, &mut self.offsets, key, value, producer_id)
    }

    /// Takes in the marker that ends a transaction, while loading.
    pub fn replay_end(&mut self, end: TransactionEnd) {
        self.offsets.end_transaction(end);
    }

    /// Loading is over: starts the sessions of the members that were found.
    pub fn loaded(&mut self, now_ms: i64) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.each_group(now_ms, &mut effects, |group, _, turn| {
            for member_id in group.member_ids() {
                rebalance::session(group, &member_id, turn);
            }
            if group.size() > turn.config.max_group_size {
                rebalance::prepare_or_complete(group, turn);
            }
        });
        self.driver(now_ms, &mut effects).loaded();
        self.settle(now_ms, &mut effects);
        effects
    }

    /// The durable offset of one partition.
    pub fn offset(&self, group_id: &str, topic: &str, partition: i32) -> Option<&CommittedOffset> {
        self.offsets.get(group_id, topic, partition)
    }

    /// The partitions of the group of which an open transaction has an offset: what is durable there may change at any
    /// time.
    pub fn unstable(&self, group_id: &str) -> impl Iterator<Item = (&str, i32)> {
        self.offsets.unstable(group_id)
    }

    /// All durable offsets of a group, by topic and partition.
    pub fn offsets(&self, group_id: &str) -> impl Iterator<Item = (&str, i32, &CommittedOffset)> {
        self.offsets.of_group(group_id)
    }

    /// Every group, by id.
    pub fn list(&self) -> Vec<ListedGroup> {
        let classic = self.groups.values().map(|group| view::listed(group));
        let mut groups: Vec<_> = classic.chain(self.consumers.all().map(consumer::listed)).collect();
        groups.sort_by(|a, b| a.group_id.cmp(&b.group_id));
        groups
    }

    /// How many members a group of either protocol has.
    pub fn size(&self, group_id: &str) -> usize {
        let classic = || self.groups.get(group_id).map_or(0, |group| group.size());
        self.consumers.get(group_id).map_or_else(classic, ConsumerGroup::size)
    }

    /// One consumer group, or `None` when there is none of that name.
    pub fn describe_consumer(&self, group_id: &str) -> Option<DescribedConsumerGroup> {
        let context = self.consumers.context(0, &self.config, group_id);
        self.consumers.get(group_id).map(|group| consumer::described(&context, group))
    }

    /// Whether offsets may be read by who says to be this member in this epoch (OffsetFetch 9 and up).
    ///
    /// # Errors
    /// It is no member of the consumer group, or its epoch is another one.
    pub fn check_fetch(&self, group_id: &str, member_id: Option<&str>, epoch: i32) -> Result<(), GroupError> {
        let group = self.consumers.get(group_id);
        group.map_or(Ok(()), |group| consumer::check_fetch(group, member_id, epoch))
    }

    /// One classic group, or `None` when it does not exist (DescribeGroups before 6 answers with state Dead).
    pub fn describe(&self, group_id: &str) -> Option<DescribedGroup> {
        self.groups.get(group_id).map(|group| view::described(group))
    }

    fn split<'a>(
        &'a mut self,
        now_ms: i64,
        effects: &'a mut Vec<Effect>,
    ) -> (&'a mut Groups, &'a mut Offsets, Turn<'a>) {
        let Self { config, groups, offsets, timers, appends, .. } = self;
        (groups, offsets, Turn { now_ms, config, timers, appends, effects })
    }

    fn driver<'a>(&'a mut self, now_ms: i64, effects: &'a mut Vec<Effect>) -> Driver<'a> {
        let Self { config, groups, consumers, offsets, timers, appends } = self;
        Driver {
            classic: groups,
            consumers,
            offsets,
            turn: Turn { now_ms, config, timers, appends, effects },
        }
    }

    /// Acts on every append whose result is known.
    fn settle(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        loop {
            while let Some((group_id, undo)) = self.appends.pop_undone() {
                self.driver(now_ms, effects).undo(&group_id, undo);
            }
            let Some(finished) = self.appends.pop_finished() else { return };
            self.finish(now_ms, finished, effects);
        }
    }

    fn each_group(
        &mut self,
        now_ms: i64,
        effects: &mut Vec<Effect>,
        mut act: impl FnMut(&mut Group, &Offsets, &mut Turn<'_>),
    ) {
        let (groups, offsets, mut turn) = self.split(now_ms, effects);
        for group in groups.values_mut() {
            act(group, offsets, &mut turn);
        }
    }

    /// A join makes the group it names, unless it claims to be a member already.
    fn join(&mut self, now_ms: i64, waiter: WaiterId, request: JoinRequest, effects: &mut Vec<Effect>) {
        let (_, _, mut turn) = self.split(now_ms, effects);
        if let Some(error) = join::validate(&request, turn.config) {
            return turn.join_failed(waiter, &request.member_id, error);
        }
        let group_id = request.group_id.clone();
        if let Some(is_empty) = self.consumers.get(&group_id).map(ConsumerGroup::is_empty) {
            let is_new = request.member_id.is_empty();
            let mut driver = self.driver(now_ms, effects);
            if !is_empty {
                return driver.classic_join(waiter, request);
            }
            if is_new {
                driver.make_room(&group_id);
            }
        }
        let (groups, _, mut turn) = self.split(now_ms, effects);
        if let Some(group) = groups.get_mut(&group_id) {
            return join::join(group, waiter, request, &mut turn);
        }
        if !request.member_id.is_empty() {
            return turn.join_failed(waiter, &request.member_id, GroupError::UnknownMemberId);
        }
        let mut group = Group::new(&group_id, Some(now_ms));
        let record = records::group_metadata(&group, &BTreeMap::new());
        join::join(&mut group, waiter, request, &mut turn);
        if !group.is_unused() {
            turn.append(&group_id, record, Continuation::Nothing);
            groups.insert(group_id, Box::new(group));
        }
    }

    /// A commit makes the group it names when it comes from outside of group management.
    fn commit(&mut self, now_ms: i64, waiter: WaiterId, request: CommitRequest, effects: &mut Vec<Effect>) {
        if let Some(group) = self.consumers.get(&request.group_id) {
            let allowed = consumer::check_commit(group, &request);
            let (_, _, mut turn) = self.split(now_ms, effects);
            return match allowed {
                Ok(()) => commit::store(&request.group_id.clone(), waiter, None, request, &mut turn),
                Err(error) => turn.respond(waiter, Response::Commit(Err(error))),
            };
        }
        let (groups, _, mut turn) = self.split(now_ms, effects);
        if let Some(group) = groups.get(&request.group_id) {
            return commit::commit(group, waiter, request, &mut turn);
        }
        if request.generation_id >= 0 {
            let knows = request.knows_group_id_not_found;
            let error = if knows { GroupError::GroupIdNotFound } else { GroupError::IllegalGeneration };
            return turn.respond(waiter, Response::Commit(Err(error)));
        }
        let group_id = request.group_id.clone();
        let group = Group::new(&group_id, Some(now_ms));
        commit::commit(&group, waiter, request, &mut turn);
        if !turn.appends.is_idle(&group_id) {
            groups.insert(group_id, Box::new(group));
        }
    }

    /// A commit in a transaction makes the group it names, too.
    fn commit_in(
        &mut self,
        now_ms: i64,
        waiter: WaiterId,
        producer: Producer,
        request: CommitRequest,
        effects: &mut Vec<Effect>,
    ) {
        let group_id = request.group_id.clone();
        if let Some(group) = self.consumers.get(&group_id) {
            let allowed = consumer::check_commit_in(group, &request);
            let (_, _, mut turn) = self.split(now_ms, effects);
            return match allowed {
                Ok(()) => commit::store(&group_id, waiter, Some(producer), request, &mut turn),
                Err(error) => turn.respond(waiter, Response::Commit(Err(error))),
            };
        }
        let (groups, _, mut turn) = self.split(now_ms, effects);
        if let Some(group) = groups.get(&group_id) {
            return commit::commit_in(group, waiter, producer, request, &mut turn);
        }
        if request.generation_id >= 0 {
            return turn.respond(waiter, Response::Commit(Err(GroupError::IllegalGeneration)));
        }
        let group = Group::new(&group_id, Some(now_ms));
        commit::commit_in(&group, waiter, producer, request, &mut turn);
        if !turn.appends.is_idle(&group_id) {
            groups.insert(group_id, Box::new(group));
        }
    }

    /// A request to a consumer group; given back if it is not to one.
    fn consumer_request(&mut self, now_ms: i64, event: Event, effects: &mut Vec<Effect>) -> Option<Event> {
        let mut driver = self.driver(now_ms, effects);
        match event {
            Event::Sync(waiter, request) if driver.consumers.has(&request.group_id) => {
                driver.classic_sync(waiter, &request);
            }
            Event::Heartbeat(waiter, request) if driver.consumers.has(&request.group_id) => {
                let result = driver.classic_heartbeat(&request);
                driver.turn.respond(waiter, Response::Heartbeat(result));
            }
            Event::Leave(waiter, request) if driver.consumers.has(&request.group_id) => {
                driver.classic_leave(waiter, request);
            }
            Event::DeleteGroup(waiter, group_id) if driver.consumers.has(&group_id) => {
                driver.delete_group(waiter, &group_id);
            }
            Event::DeleteOffsets(waiter, request) if driver.consumers.has(&request.group_id) => {
                driver.delete_offsets(waiter, request);
            }
            other => return Some(other),
        }
        None
    }

    /// A request to a group that must exist.
    fn request(&mut self, now_ms: i64, event: Event, effects: &mut Vec<Effect>) {
        let Some(event) = self.consumer_request(now_ms, event, effects) else { return };
        let (groups, offsets, mut turn) = self.split(now_ms, effects);
        match event {
            Event::Sync(waiter, request) => {
                match find(groups, &request.group_id, GroupError::UnknownMemberId) {
                    Ok(group) => sync::sync(group, waiter, request, &mut turn),
                    Err(error) => turn.sync(waiter, Err(error)),
                }
            }
            Event::Heartbeat(waiter, request) => {
                let group = find(groups, &request.group_id, GroupError::UnknownMemberId);
                let result = group.and_then(|group| heartbeat::heartbeat(group, &request, &mut turn));
                turn.respond(waiter, Response::Heartbeat(result));
            }
            Event::Leave(waiter, request) => {
                let result = match find(groups, &request.group_id, GroupError::UnknownMemberId) {
                    Ok(group) => leave::leave(group, request, &mut turn),
                    Err(GroupError::UnknownMemberId) => Ok(leave::from_nowhere(request)),
                    Err(error) => Err(error),
                };
                turn.respond(waiter, Response::Leave(result));
            }
            Event::DeleteGroup(waiter, group_id) => {
                match find(groups, &group_id, GroupError::GroupIdNotFound) {
                    Ok(group) => delete::delete_group(group, offsets, waiter, &mut turn),
                    Err(error) => turn.respond(waiter, Response::DeleteGroup(Err(error))),
                }
            }
            Event::DeleteOffsets(waiter, request) => {
                match find(groups, &request.group_id, GroupError::GroupIdNotFound) {
                    Ok(group) => delete::delete_offsets(group, offsets, waiter, request, &mut turn),
                    Err(error) => turn.respond(waiter, Response::DeleteOffsets(Err(error))),
                }
            }
            _ => {}
        }
    }

    fn tick(&mut self, now_ms: i64, effects: &mut Vec<Effect>) {
        let mut driver = self.driver(now_ms, effects);
        while let Some(timer) = driver.turn.timers.pop_due(now_ms) {
            if let Timer::Consumer(kind, group_id, member_id) = &timer {
                driver.time_is_up(*kind, group_id, member_id);
                continue;
            }
            let (Timer::Join(group_id)
            | Timer::Sync(group_id)
            | Timer::Session(group_id, _)
            | Timer::Consumer(_, group_id, _)) = &timer;
            let Some(group) = driver.classic.get_mut(group_id) else { continue };
            let turn = &mut driver.turn;
            match &timer {
                Timer::Join(_) => rebalance::join_phase_over(group, turn),
                Timer::Sync(_) => expire::sync_phase_over(group, turn),
                Timer::Session(_, member_id) => expire::session_over(group, member_id, turn),
                Timer::Consumer(..) => {}
            }
        }
    }

    /// Records are durable, or never will be.
    fn finish(&mut self, now_ms: i64, finished: Finished, effects: &mut Vec<Effect>) {
        let Finished { group_id, continuation, result } = finished;
        if let Continuation::Consumer(written) = continuation {
            return self.driver(now_ms, effects).finish(&group_id, *written, result);
        }
        let (groups, offsets, mut turn) = self.split(now_ms, effects);
        let group = groups.get_mut(&group_id);
        match (continuation, group) {
            (Continuation::Assign { generation, assignment }, Some(group)) => {
                sync::stored(group, generation, assignment, result, &mut turn);
            }
            (Continuation::ReplaceStaticMember(replacement), Some(group)) => {
                static_member::stored(group, *replacement, result, &mut turn);
            }
            (Continuation::Commit { waiter, response, offsets: committed, producer_id }, _) => match result {
                Ok(()) => {
                    for (partition, offset) in committed {
                        match producer_id {
                            None => offsets.put(&group_id, partition, offset),
                            Some(producer) => offsets.put_pending(producer, &group_id, partition, offset),
                        }
                    }
                    turn.respond(waiter, Response::Commit(Ok(response)));
                }
                Err(failure) => turn.respond(waiter, commit::failed(failure)),
            },
            (Continuation::RemoveOffsets { answer, partitions }, _) => {
                if result.is_ok() {
                    partitions
                        .iter()
                        .for_each(|(topic, partition)| offsets.remove(&group_id, topic, *partition));
                }
                if let Some((waiter, answer)) = answer {
                    let result = result.map(|()| answer).map_err(crate::AppendFailure::as_group_error);
                    turn.respond(waiter, Response::DeleteOffsets(result));
                }
            }
            (Continuation::DeleteGroup { waiter }, Some(group)) => {
                group.set_deleting(false);
                if result.is_ok() {
                    groups.remove(&group_id);
                    offsets.remove_group(&group_id);
                }
                if let Some(waiter) = waiter {
                    let result = result.map_err(crate::AppendFailure::as_group_error);
                    turn.respond(waiter, Response::DeleteGroup(result));
                }
            }
            (_, _) => {}
        }
    }
}

fn find<'a>(groups: &'a mut Groups, group_id: &str, absent: GroupError) -> Result<&'a mut Group, GroupError> {
    match groups.get_mut(group_id) {
        Some(group) => Ok(group),
        None if group_id.is_empty() => Err(GroupError::InvalidGroupId),
        None => Err(absent),
    }
}
