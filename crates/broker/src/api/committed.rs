//! The rows of an offset commit, of a transaction or not: what of them can be committed, and what is answered to each.

use std::collections::HashMap;

use millstream_cluster::Topic;
use millstream_coordinator::{CommitPartition, CommitTopic, GroupError, Response};
use millstream_wire::ErrorCode;

use super::Refusal;
use crate::groups::{error_code, optional_code, unexpected};

/// A topic of the request as it is known here, and the error of all its rows if it is not.
pub(super) struct Target<'a> {
    pub(super) topic: Option<&'a Topic>,
    pub(super) missing: ErrorCode,
}

impl Target<'_> {
    /// What is wrong with a row before the coordinator sees it.
    fn check(&self, partition: i32) -> ErrorCode {
        match self.topic {
            None => self.missing,
            Some(topic) if topic.partitions.contains_key(&partition) => ErrorCode::NONE,
            Some(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        }
    }

    /// The rows that can be committed, if there is one.
    pub(super) fn to_commit(&self, rows: impl Iterator<Item = CommitPartition>) -> Option<CommitTopic> {
        let topic = self.topic?;
        let partitions: Vec<_> = rows.filter(|row| self.check(row.partition).is_none()).collect();
        let (name, topic_id) = (topic.name.clone(), *topic.id.as_bytes());
        (!partitions.is_empty()).then_some(CommitTopic { name, topic_id, partitions })
    }

    /// What is answered to a row.
    pub(super) fn code(&self, partition: i32, committed: &Committed) -> ErrorCode {
        match (self.check(partition), self.topic) {
            (ErrorCode::NONE, Some(topic)) => committed.code(&topic.name, partition),
            (error, _) => error,
        }
    }
}

/// How the coordinator took the rows that it was given.
pub(super) enum Committed {
    /// All in the same way.
    All(ErrorCode),
    /// By topic and partition.
    Each(HashMap<String, HashMap<i32, ErrorCode>>),
}

impl Committed {
    /// What the coordinator's answer says.
    pub(super) fn of(answer: Result<Response, GroupError>) -> Result<Self, Refusal> {
        match answer {
            Ok(Response::Commit(Ok(committed))) => {
                let rows = committed.topics.into_iter().map(|topic| {
                    let rows = topic.partitions.into_iter();
                    (topic.name, rows.map(|(partition, error)| (partition, optional_code(error))).collect())
                });
                Ok(Self::Each(rows.collect()))
            }
            Ok(Response::Commit(Err(error))) | Err(error) => Ok(Self::All(error_code(error))),
            Ok(other) => Err(unexpected(&other)),
        }
    }

    fn code(&self, topic: &str, partition: i32) -> ErrorCode {
        match self {
            Self::All(error) => *error,
            Self::Each(rows) => {
                let code = rows.get(topic).and_then(|rows| rows.get(&partition));
                code.copied().unwrap_or(ErrorCode::NONE)
            }
        }
    }
}
