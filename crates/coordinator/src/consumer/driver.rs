//! The driver of consumer groups: takes an event, lets the group decide, changes it, writes it down, sets timers.

use super::change::Change;
use super::consumers::Consumers;
use super::group::ConsumerGroup;
use super::heartbeat::{Outcome, heartbeat};
use super::leave::{self, Leave};
use super::member::{LEAVE_EPOCH, LEAVE_STATIC_EPOCH, MemberState};
use super::refused::Refused;
use super::regex;
use super::request::{ConsumerHeartbeat, HeartbeatAnswer};
use super::update::{RebalanceTimer, TOPICS_TRUSTED_MS};
use super::written::{Before, Undo, Written, refusal};
use super::{downgrade, records};
use crate::appends::Continuation;
use crate::group::Groups;
use crate::offsets::Offsets;
use crate::records::Encoded;
use crate::timers::{ConsumerTimer, Timer};
use crate::turn::Turn;
use crate::{AppendFailure, GroupError, Response, WaiterId};

/// How long to wait before what failed for want of a disk is tried again, in ms.
const RETRY_MS: i64 = 500;

/// One event's turn over all groups.
pub(crate) struct Driver<'a> {
    pub(crate) classic: &'a mut Groups,
    pub(crate) consumers: &'a mut Consumers,
    pub(crate) offsets: &'a mut Offsets,
    pub(crate) turn: Turn<'a>,
}

/// A consumer group that is not there yet.
pub(crate) struct Arrived {
    pub(crate) group: ConsumerGroup,
    /// What has to be written for it: the end of the classic group that it was, and its own records.
    pub(crate) records: Encoded,
    pub(crate) was_classic: bool,
}

impl Driver<'_> {
    /// ConsumerGroupHeartbeat.
    pub(crate) fn heartbeat(&mut self, waiter: WaiterId, request: &ConsumerHeartbeat) {
        if let Err(refused) = self.try_heartbeat(waiter, request) {
            self.turn.respond(waiter, Response::ConsumerHeartbeat(Err(refused)));
        }
    }

    fn try_heartbeat(&mut self, waiter: WaiterId, request: &ConsumerHeartbeat) -> Result<(), Refused> {
        request.validate(self.turn.config)?;
        let group_id = &request.group_id;
        if request.is_leave() {
            return self.leave(waiter, request);
        }
        let arrived = if self.consumers.has(group_id) { None } else { Some(self.arrive(request)?) };
        let context = self.consumers.context(self.turn.now_ms, self.turn.config, group_id);
        let group = arrived.as_ref().map(|arrived| &arrived.group).or_else(|| self.consumers.get(group_id));
        let group = group.ok_or(GroupError::GroupIdNotFound)?;
        let outcome = heartbeat(&context, group, request)?;
        let session_ms = context.session_timeout_ms();
        let mut records = Ok(Vec::new());
        let mut before = Before::Same;
        if let Some(arrived) = arrived {
            before = self.settle(arrived.group, arrived.was_classic);
            records = arrived.records;
        }
        self.heard(group_id, &outcome, session_ms);
        let answer = Some((waiter, Response::ConsumerHeartbeat(Ok(outcome.answer))));
        let undo = Undo { changes: Vec::new(), before };
        let written = Written { answer, undo, resolve: outcome.resolve, ..Written::default() };
        self.write(group_id, records, outcome.changes, written);
        Ok(())
    }

    /// Sets the timers of a member that was heard of.
    fn heard(&mut self, group_id: &str, outcome: &Outcome, session_ms: i32) {
        let member_id = &outcome.answer.member_id;
        self.schedule(ConsumerTimer::Session, group_id, member_id, session_ms);
        match outcome.rebalance_timer {
            RebalanceTimer::Untouched => {}
            RebalanceTimer::Start => {
                let timeout_ms = outcome.rebalance_timeout_ms;
                self.schedule(ConsumerTimer::Rebalance, group_id, member_id, timeout_ms);
            }
            RebalanceTimer::Stop => self.cancel(ConsumerTimer::Rebalance, group_id, member_id),
        }
        self.refreshed(group_id, outcome.refreshed);
    }

    pub(crate) fn refreshed(&mut self, group_id: &str, epoch: Option<i32>) {
        let next_ms = self.turn.now_ms.saturating_add(TOPICS_TRUSTED_MS);
        if let (Some(group), Some(epoch)) = (self.consumers.get_mut(group_id), epoch) {
            group.refreshed(next_ms, epoch);
        }
    }

    fn leave(&mut self, waiter: WaiterId, request: &ConsumerHeartbeat) -> Result<(), Refused> {
        let group_id = &request.group_id;
        let group = self.consumers.get(group_id).ok_or_else(|| self.no_group(group_id))?;
        let answer = |member_epoch| {
            let member_id = request.member_id.clone();
            let answer =
                HeartbeatAnswer { member_id, member_epoch, heartbeat_interval_ms: 0, assignment: None };
            Some((waiter, Response::ConsumerHeartbeat(Ok(answer))))
        };
        match leave::leave(group, request)? {
            Leave::For(member_id) => {
                let epoch =
                    if request.member_epoch == LEAVE_EPOCH { LEAVE_EPOCH } else { LEAVE_STATIC_EPOCH };
                self.remove(group_id, &[member_id], answer(epoch), None);
            }
            Leave::ForAWhile(member_id, changes) => {
                self.cancel(ConsumerTimer::Rebalance, group_id, &member_id);
                let written = Written { answer: answer(LEAVE_STATIC_EPOCH), ..Written::default() };
                self.write(group_id, Ok(Vec::new()), changes, written);
            }
        }
        Ok(())
    }

    pub(crate) fn no_group(&self, group_id: &str) -> Refused {
        let message = match self.classic.contains_key(group_id) {
            true => format!("Group {group_id} is not a consumer group."),
            false => format!("Group {group_id} not found."),
        };
        Refused::new(GroupError::GroupIdNotFound, message)
    }

    /// Takes members out. With only members of the classic protocol left, the group becomes a classic one.
    pub(crate) fn remove(
        &mut self,
        group_id: &str,
        member_ids: &[String],
        answer: Option<(WaiterId, Response)>,
        retry: Option<Timer>,
    ) {
        let Some(group) = self.consumers.get(group_id) else { return };
        let context = self.consumers.context(self.turn.now_ms, self.turn.config, group_id);
        let written = Written { answer, retry, ..Written::default() };
        if member_ids.is_empty() {
            return self.write(group_id, Ok(Vec::new()), Vec::new(), written);
        }
        if downgrade::is_due(&context, group, member_ids, None)
            && let Ok(classic) = downgrade::to_classic(&context, group, member_ids, None)
        {
            return self.become_classic(classic, Vec::new(), true, written);
        }
        let changes = leave::remove(&context, group, member_ids);
        member_ids.iter().for_each(|member_id| self.cancel_all(group_id, member_id));
        self.write(group_id, Ok(Vec::new()), changes, written);
    }

    /// Makes the changes and writes them down behind `records`.
    pub(crate) fn write(
        &mut self,
        group_id: &str,
        records: Encoded,
        changes: Vec<Change>,
        mut written: Written,
    ) {
        let records = records.and_then(|mut records| {
            records.extend(records::encode(group_id, &changes)?);
            Ok(records)
        });
        if let Some(group) = self.consumers.get_mut(group_id) {
            written.undo.changes = changes.into_iter().map(|change| group.apply(change)).collect();
        }
        let continuation = Continuation::Consumer(Box::new(written));
        match records {
            Ok(records) if records.is_empty() => self.turn.appends.wait(group_id, continuation),
            records => self.turn.append(group_id, records, continuation),
        }
    }

    /// Takes a change back that could not be stored.
    pub(crate) fn undo(&mut self, group_id: &str, undo: Undo) {
        if let Some(group) = self.consumers.get_mut(group_id) {
            undo.changes.into_iter().rev().for_each(|change| {
                group.apply(change);
            });
        }
        match undo.before {
            Before::Same => {}
            Before::Nothing => {
                self.consumers.forget(group_id);
            }
            Before::Classic(group) => {
                self.consumers.forget(group_id);
                self.classic.insert(group_id.to_owned(), group);
            }
            Before::Consumer(group) => {
                self.classic.remove(group_id);
                self.consumers.insert(*group);
            }
        }
    }

    /// Records are durable, or never will be.
    pub(crate) fn finish(&mut self, group_id: &str, written: Written, result: Result<(), AppendFailure>) {
        let Written { answer, retry, resolve, offsets_gone, .. } = written;
        let error = result.err().map(AppendFailure::as_group_error);
        if let Some((waiter, response)) = answer {
            let response = match error {
                None => response,
                Some(error) => refusal(response, error),
            };
            self.turn.respond(waiter, response);
        }
        match (error, retry) {
            (Some(_), Some(timer)) => self.turn.schedule(timer, RETRY_MS),
            (None, _) if offsets_gone => self.offsets.remove_group(group_id),
            (None, _) if resolve => self.resolve(group_id),
            _ => {}
        }
    }

    fn resolve(&mut self, group_id: &str) {
        let Some(group) = self.consumers.get(group_id) else { return };
        let context = self.consumers.context(self.turn.now_ms, self.turn.config, group_id);
        let changes = regex::resolve(&context, group);
        let epoch = changes.iter().find_map(|change| match change {
            Change::Epoch(Some(epoch)) => Some(epoch.epoch),
            _ => None,
        });
        if !changes.is_empty() {
            self.refreshed(group_id, epoch);
            self.write(group_id, Ok(Vec::new()), changes, Written::default());
        }
    }

    /// A member's time is up.
    pub(crate) fn time_is_up(&mut self, kind: ConsumerTimer, group_id: &str, member_id: &str) {
        let member = self.consumers.get(group_id).and_then(|group| group.member(member_id));
        let Some(member) = member else { return };
        if kind == ConsumerTimer::Rebalance && member.current.state != MemberState::UnrevokedPartitions {
            return;
        }
        let retry = Timer::Consumer(kind, group_id.to_owned(), member_id.to_owned());
        self.remove(group_id, &[member.id], None, Some(retry));
    }

    /// Loading is over: the members' time begins.
    pub(crate) fn loaded(&mut self) {
        for group_id in self.consumers.ids() {
            let context = self.consumers.context(self.turn.now_ms, self.turn.config, &group_id);
            let session_ms = context.session_timeout_ms();
            let members: Vec<_> = self.consumers.get(&group_id).map_or_else(Vec::new, |group| {
                group.member_ids().iter().filter_map(|id| group.member(id)).collect()
            });
            for member in members {
                self.schedule(ConsumerTimer::Session, &group_id, &member.id, session_ms);
                if member.current.state == MemberState::UnrevokedPartitions {
                    let timeout_ms = member.metadata.rebalance_timeout_ms;
                    self.schedule(ConsumerTimer::Rebalance, &group_id, &member.id, timeout_ms);
                }
            }
        }
    }

    pub(crate) fn schedule(&mut self, kind: ConsumerTimer, group_id: &str, member_id: &str, delay_ms: i32) {
        let timer = Timer::Consumer(kind, group_id.to_owned(), member_id.to_owned());
        self.turn.schedule(timer, delay_ms.into());
    }

    pub(crate) fn cancel(&mut self, kind: ConsumerTimer, group_id: &str, member_id: &str) {
        self.turn.timers.cancel(&Timer::Consumer(kind, group_id.to_owned(), member_id.to_owned()));
    }

    pub(crate) fn cancel_all(&mut self, group_id: &str, member_id: &str) {
        for kind in
            [ConsumerTimer::Session, ConsumerTimer::Rebalance, ConsumerTimer::Join, ConsumerTimer::Sync]
        {
            self.cancel(kind, group_id, member_id);
        }
    }
}
