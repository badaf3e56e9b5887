//! Records on their way to the disk, and what to do when they have arrived.
//!
//! The results of one group's appends are acted on in the order of the appends, in whatever order they are
//! reported: so an older commit never overwrites a newer one.

use std::collections::{BTreeMap, HashMap, VecDeque};

use bytes::Bytes;

use crate::consumer::{Undo, Written};
use crate::event::Protocol;
use crate::{AppendFailure, AppendToken, CommitResponse, CommittedOffset, DeleteOffsetsResponse, WaiterId};

/// A partition of a topic.
pub(crate) type TopicPartition = (String, i32);

/// What becomes of an append.
#[derive(Debug)]
pub(crate) enum Continuation {
    /// Nothing waits for it.
    Nothing,
    /// The leader's assignment of a generation goes to its members.
    Assign { generation: i32, assignment: BTreeMap<String, Bytes> },
    /// A static member came back under a new id; undone if it could not be stored.
    ReplaceStaticMember(Box<StaticReplacement>),
    /// Offsets become visible.
    Commit {
        waiter: WaiterId,
        response: CommitResponse,
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        /// Only when this producer's transaction is committed.
        producer_id: Option<i64>,
    },
    /// Offsets are gone.
    RemoveOffsets { answer: Option<(WaiterId, DeleteOffsetsResponse)>, partitions: Vec<TopicPartition> },
    /// The group is gone with its offsets; nobody waits when it has expired.
    DeleteGroup { waiter: Option<WaiterId> },
    /// A consumer group has changed already; taken back if that could not be stored.
    Consumer(Box<Written>),
}

/// A static member before and after it came back.
#[derive(Debug)]
pub(crate) struct StaticReplacement {
    pub(crate) instance_id: String,
    pub(crate) old_member_id: String,
    pub(crate) new_member_id: String,
    pub(crate) old_protocols: Vec<Protocol>,
    pub(crate) old_rebalance_timeout_ms: i32,
    pub(crate) old_session_timeout_ms: i32,
    /// The leader before: what clients that cannot skip the assignment are told.
    pub(crate) old_leader: String,
    pub(crate) supports_skipping_assignment: bool,
}

#[derive(Debug)]
struct Pending {
    token: AppendToken,
    continuation: Continuation,
    result: Option<Result<(), AppendFailure>>,
}

/// All appends that are not finished.
#[derive(Debug, Default)]
pub(crate) struct Appends {
    next_token: u64,
    groups: HashMap<AppendToken, String>,
    queues: HashMap<String, VecDeque<Pending>>,
    /// Groups whose queue may have moved on.
    reported: VecDeque<String>,
    /// What failed appends have changed, in the order in which to take it back.
    undone: VecDeque<(String, Undo)>,
}

/// An append whose result is known.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) group_id: String,
    pub(crate) continuation: Continuation,
    pub(crate) result: Result<(), AppendFailure>,
}

impl Appends {
    pub(crate) fn add(&mut self, group_id: &str, continuation: Continuation) -> AppendToken {
        let token = AppendToken(self.next_token);
        self.next_token += 1;
        self.groups.insert(token, group_id.to_owned());
        self.queues.entry(group_id.to_owned()).or_default().push_back(Pending {
            token,
            continuation,
            result: None,
        });
        token
    }

    /// Notes a result. A token that is not known, or was reported before, changes nothing.
    pub(crate) fn report(&mut self, token: AppendToken, result: Result<(), AppendFailure>) {
        let Some(group_id) = self.groups.remove(&token) else { return };
        match result {
            Ok(()) => {
                let queue = self.queues.get_mut(&group_id);
                if let Some(pending) = queue.into_iter().flatten().find(|pending| pending.token == token) {
                    pending.result = Some(result);
                }
            }
            Err(failure) => self.fail(&group_id, token, failure),
        }
        self.reported.push_back(group_id);
    }

    /// Lets an append fail, and with it the later changes of a consumer group: they were made on top of it.
    fn fail(&mut self, group_id: &str, token: AppendToken, failure: AppendFailure) {
        let Some(queue) = self.queues.get_mut(group_id) else { return };
        let at = queue.iter().position(|pending| pending.token == token).unwrap_or(queue.len());
        for pending in queue.iter_mut().skip(at).rev() {
            if let Continuation::Consumer(written) = &mut pending.continuation {
                self.undone.push_back((group_id.to_owned(), std::mem::take(&mut written.undo)));
                self.groups.remove(&pending.token);
                pending.result = Some(Err(failure));
            } else if pending.token == token {
                pending.result = Some(Err(failure));
            }
        }
    }

    /// Takes out the next change to take back.
    pub(crate) fn pop_undone(&mut self) -> Option<(String, Undo)> {
        self.undone.pop_front()
    }

    /// Acts when everything that the group has on its way has arrived, with nothing to write.
    pub(crate) fn wait(&mut self, group_id: &str, continuation: Continuation) {
        let token = self.add(group_id, continuation);
        self.report(token, Ok(()));
    }

    /// Takes out the next append whose result is known, and that of all earlier ones of its group.
    pub(crate) fn pop_finished(&mut self) -> Option<Finished> {
        while let Some(group_id) = self.reported.front() {
            if let Some(finished) = Self::pop_front(&mut self.queues, group_id) {
                return Some(finished);
            }
            self.reported.pop_front();
        }
        None
    }

    fn pop_front(queues: &mut HashMap<String, VecDeque<Pending>>, group_id: &str) -> Option<Finished> {
        let queue = queues.get_mut(group_id)?;
        let result = queue.front()?.result?;
        let pending = queue.pop_front()?;
        if queue.is_empty() {
            queues.remove(group_id);
        }
        Some(Finished { group_id: group_id.to_owned(), continuation: pending.continuation, result })
    }

    /// The partitions whose offsets the group has committed but not yet seen stored.
    pub(crate) fn committing(&self, group_id: &str) -> impl Iterator<Item = &TopicPartition> {
        self.queues
            .get(group_id)
            .into_iter()
            .flatten()
            .flat_map(|pending| match &pending.continuation {
                Continuation::Commit { offsets, .. } => offsets.as_slice(),
                _ => &[],
            })
            .map(|(partition, _)| partition)
    }

    /// Whether nothing of the group is on its way.
    pub(crate) fn is_idle(&self, group_id: &str) -> bool {
        !self.queues.contains_key(group_id)
    }
}
