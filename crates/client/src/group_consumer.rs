//! Reading topics as a member of a group: the group says which partitions, and remembers how far.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::Client;
use crate::consumer::{Consumer, ReceivedRecord, Start};
use crate::error::ClientError;
use crate::group::{Assignment, GroupMember};
use crate::offsets::OffsetAt;

/// A consumer that shares topics with the other members of its group.
#[derive(Debug)]
pub struct GroupConsumer {
    consumer: Consumer,
    member: GroupMember,
    /// Where to start in a partition of which the group has read nothing.
    start: OffsetAt,
    assignment: Option<Assignment>,
    last_heartbeat: Instant,
}

impl GroupConsumer {
    /// A consumer that joins when it is first polled.
    pub fn new(client: Client, group: &str, topics: Vec<String>, start: OffsetAt) -> Self {
        Self {
            consumer: Consumer::new(client, start),
            member: GroupMember::new(group, topics),
            start,
            assignment: None,
            last_heartbeat: Instant::now(),
        }
    }

    /// The partitions that this member has at the moment.
    pub fn assignment(&self) -> Option<&Assignment> {
        self.assignment.as_ref()
    }

    /// The next records; waits up to `wait` for the first, and longer while the group rebalances.
    ///
    /// It must be called again before the group misses this member, within half a minute.
    pub async fn poll(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, ClientError> {
        let deadline = Instant::now() + wait;
        loop {
            if self.assignment.is_none() {
                self.join().await?;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let received = self.consumer.poll(left.min(GroupMember::HEARTBEAT_INTERVAL)).await?;
            if self.last_heartbeat.elapsed() >= GroupMember::HEARTBEAT_INTERVAL {
                self.heartbeat().await?;
            }
            if !received.is_empty() || Instant::now() >= deadline {
                return Ok(received);
            }
        }
    }

    /// Goes on at this offset, if this member has the partition.
    pub fn seek(&mut self, topic: &str, partition: i32, offset: i64) {
        self.consumer.seek(topic, partition, offset);
    }

    /// Commits how far this member has read: everything that polls have returned.
    ///
    /// If the group has gone on without this member, that is not an error: whoever has the partitions now reads what
    /// was not committed again.
    pub async fn commit(&mut self) -> Result<(), ClientError> {
        let positions = self.consumer.positions().clone();
        if self.assignment.is_none() || positions.is_empty() {
            return Ok(());
        }
        if !self.member.commit(self.consumer.client(), &positions).await? {
            self.assignment = None;
        }
        Ok(())
    }

    /// Commits and leaves.
    pub async fn close(mut self) -> Result<(), ClientError> {
        self.commit().await?;
        self.leave().await
    }

    /// Leaves, and commits nothing.
    pub async fn leave(mut self) -> Result<(), ClientError> {
        self.member.leave(self.consumer.client()).await
    }

    async fn join(&mut self) -> Result<(), ClientError> {
        self.consumer.clear();
        let assignment = self.member.join(self.consumer.client()).await?;
        let committed = self.member.committed(self.consumer.client(), &assignment).await?;
        for (topic, partitions) in &assignment {
            let (known, new): (Vec<i32>, Vec<i32>) = partitions
                .iter()
                .partition(|partition| committed.contains_key(&(topic.clone(), **partition)));
            for partition in known {
                if let Some(offset) = committed.get(&(topic.clone(), partition)) {
                    self.consumer.assign(topic, &[partition], Start::Offset(*offset)).await?;
                }
            }
            if !new.is_empty() {
                self.consumer.assign(topic, &new, Start::At(self.start)).await?;
            }
        }
        self.assignment = Some(assignment);
        self.last_heartbeat = Instant::now();
        Ok(())
    }

    async fn heartbeat(&mut self) -> Result<(), ClientError> {
        self.last_heartbeat = Instant::now();
        if !self.member.heartbeat(self.consumer.client()).await? {
            self.commit().await?;
            self.assignment = None;
        }
        Ok(())
    }
}
