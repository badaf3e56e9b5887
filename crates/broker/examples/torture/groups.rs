//! A group that commits offsets, each higher than the one before.

use std::time::{Duration, Instant};

use millstream_wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use millstream_wire::messages::offset_fetch::{OffsetFetchRequest, OffsetFetchRequestTopic};

use crate::connection::{Connection, Step, accepted, must, wrong};
use crate::sequenced::comes_again;

const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// The group and what it knows.
#[derive(Debug)]
pub struct Committer {
    group: String,
    topic: String,
    sent: i64,
    acknowledged: i64,
}

impl Committer {
    /// A group that has committed nothing.
    pub fn new(group: &str, topic: &str) -> Self {
        Self { group: group.to_owned(), topic: topic.to_owned(), sent: -1, acknowledged: -1 }
    }

    /// One commit.
    pub fn step(&mut self, connection: &mut Connection) -> Step {
        self.sent += 1;
        let partition = OffsetCommitRequestPartition {
            partition_index: 0,
            committed_offset: self.sent,
            committed_leader_epoch: -1,
            ..Default::default()
        };
        let topic = OffsetCommitRequestTopic {
            name: self.topic.as_str().into(),
            partitions: vec![partition],
            ..Default::default()
        };
        let request = OffsetCommitRequest {
            group_id: self.group.as_str().into(),
            generation_id_or_member_epoch: -1,
            retention_time_ms: -1,
            topics: vec![topic],
            ..Default::default()
        };
        let answer = connection.call(&request, 7)?;
        let row = answer.topics.first().and_then(|topic| topic.partitions.first());
        let Some(row) = row else { return wrong("OffsetCommit answered nothing") };
        accepted(row.error_code, || format!("offset {} of {}", self.sent, self.group))?;
        self.acknowledged = self.sent;
        Ok(())
    }

    /// Not below what was acknowledged, not beyond what was sent.
    pub fn check(&mut self, connection: &mut Connection) -> Step {
        let topic = OffsetFetchRequestTopic { name: self.topic.as_str().into(), partition_indexes: vec![0] };
        let request = OffsetFetchRequest {
            group_id: self.group.as_str().into(),
            topics: Some(vec![topic]),
            ..Default::default()
        };
        let found = fetch(connection, &request)?;
        must((self.acknowledged..=self.sent).contains(&found), || {
            let (acknowledged, sent) = (self.acknowledged, self.sent);
            format!("{} is at {found}, {acknowledged} was acknowledged of {sent}", self.group)
        })?;
        // What was found once must not go back either.
        self.acknowledged = found;
        Ok(())
    }
}

/// The one offset that is asked for.
pub fn fetch(connection: &mut Connection, request: &OffsetFetchRequest) -> Step<i64> {
    let until = Instant::now() + SETTLED_WITHIN;
    loop {
        let answer = connection.call(request, 7)?;
        let row = answer.topics.first().and_then(|topic| topic.partitions.first());
        let Some(row) = row else { return wrong("OffsetFetch answered nothing") };
        if comes_again(row.error_code) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
            continue;
        }
        accepted(row.error_code, || format!("OffsetFetch of {}", request.group_id))?;
        return Ok(row.committed_offset);
    }
}
