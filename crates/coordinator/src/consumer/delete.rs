//! The end of consumer groups and of their offsets.

use std::collections::BTreeSet;

use super::driver::Driver;
use super::records;
use super::written::{Before, Written};
use crate::appends::Continuation;
use crate::delete::{is_past, known_partitions, remove_offsets, remove_unread, tombstones, topics_deleted};
use crate::event::DeleteOffsets;
use crate::{GroupError, Response, WaiterId};

impl Driver<'_> {
    /// DeleteGroups, for a consumer group.
    pub(crate) fn delete_group(&mut self, waiter: WaiterId, group_id: &str) {
        let refused = match self.consumers.get(group_id) {
            None => Some(GroupError::GroupIdNotFound),
            Some(group) if !group.is_empty() => Some(GroupError::NonEmptyGroup),
            Some(_) => None,
        };
        match refused {
            Some(error) => self.turn.respond(waiter, Response::DeleteGroup(Err(error))),
            None => self.end(group_id, Some((waiter, Response::DeleteGroup(Ok(()))))),
        }
    }

    /// Ends a group with its offsets.
    fn end(&mut self, group_id: &str, answer: Option<(WaiterId, Response)>) {
        let partitions = known_partitions(group_id, self.offsets, &self.turn);
        let Some(group) = self.consumers.forget(group_id) else { return };
        let records = tombstones(group_id, &partitions).and_then(|mut records| {
            records.extend(records::encode(group_id, &group.tombstones())?);
            Ok(records)
        });
        let mut written = Written { answer, offsets_gone: true, ..Written::default() };
        written.undo.before = Before::Consumer(Box::new(group));
        self.turn.append(group_id, records, Continuation::Consumer(Box::new(written)));
    }

    /// An empty consumer group makes room for a classic group of its name; its offsets stay.
    pub(crate) fn make_room(&mut self, group_id: &str) {
        let Some(group) = self.consumers.forget(group_id) else { return };
        let records = records::encode(group_id, &group.tombstones());
        let mut written = Written::default();
        written.undo.before = Before::Consumer(Box::new(group));
        self.turn.append(group_id, records, Continuation::Consumer(Box::new(written)));
    }

    /// OffsetDelete, for a consumer group.
    pub(crate) fn delete_offsets(&mut self, waiter: WaiterId, request: DeleteOffsets) {
        let Some(group) = self.consumers.get(&request.group_id) else { return };
        let group_id = group.id.clone();
        let is_read = |topic: &str| group.is_subscribed(topic);
        remove_unread(&group_id, self.offsets, waiter, request, &is_read, &mut self.turn);
    }

    /// Drops the offsets of topics that are gone.
    pub(crate) fn consumer_topics_deleted(&mut self, topics: &BTreeSet<String>) {
        self.consumers.topics_deleted(topics.iter().map(String::as_str));
        for group_id in self.consumers.ids() {
            topics_deleted(&group_id, self.offsets, topics, &mut self.turn);
        }
    }

    /// Drops offsets older than `retention_ms` that nobody reads by, and groups that have nothing else.
    pub(crate) fn expire_offsets(&mut self, retention_ms: i64) {
        for group_id in self.consumers.ids() {
            if !self.turn.appends.is_idle(&group_id) {
                continue;
            }
            let Some(group) = self.consumers.get(&group_id) else { continue };
            let mut doomed = Vec::new();
            let mut all = self.offsets.unstable(&group_id).next().is_none();
            for (topic, partition, offset) in self.offsets.of_group(&group_id) {
                let since = offset.commit_timestamp_ms;
                let unstable = self.offsets.is_unstable(&group_id, topic, partition);
                let unread = !group.is_subscribed(topic) && !unstable;
                if unread && is_past(offset, since, retention_ms, self.turn.now_ms) {
                    doomed.push((topic.to_owned(), partition));
                } else {
                    all = false;
                }
            }
            if all && group.is_empty() {
                self.end(&group_id, None);
            } else {
                remove_offsets(&group_id, doomed, &mut self.turn);
            }
        }
    }
}
