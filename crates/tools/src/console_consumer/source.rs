//! Where records come from: one partition, or a share of the topics as a member of a group.

use std::time::Duration;

use millstream_client::{Client, Consumer, GroupConsumer, ReceivedRecord};
use millstream_cluster::random_id;

use super::options::Plan;
use crate::failure::Failure;

/// An open source.
pub(super) enum Source {
    Partition(Box<Consumer>),
    Group { consumer: Box<GroupConsumer>, commits: bool },
}

impl Source {
    /// Finds the partition, or joins the group with the first poll.
    pub(super) async fn open(mut client: Client, topics: Vec<String>, plan: &Plan) -> Result<Self, Failure> {
        client.set_isolation(plan.isolation);
        if let Some((partition, start)) = plan.partition {
            let topic = topics.into_iter().next().unwrap_or_default();
            let mut consumer = Consumer::new(client, plan.reset);
            consumer.assign(&topic, &[partition], start).await?;
            return Ok(Self::Partition(Box::new(consumer)));
        }
        let group = plan.group.clone().unwrap_or_else(own_group);
        let consumer = Box::new(GroupConsumer::new(client, &group, topics, plan.reset));
        Ok(Self::Group { consumer, commits: plan.commits })
    }

    /// The next records; waits up to `wait` for the first.
    pub(super) async fn poll(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, Failure> {
        Ok(match self {
            Self::Partition(consumer) => consumer.poll(wait).await?,
            Self::Group { consumer, .. } => consumer.poll(wait).await?,
        })
    }

    /// Everything but `unread` is printed: a group takes note.
    pub(super) async fn printed(&mut self, unread: &[ReceivedRecord]) -> Result<(), Failure> {
        if let Self::Group { consumer, commits } = self {
            unread.iter().rev().for_each(|one| consumer.seek(&one.topic, one.partition, one.record.offset));
            if *commits {
                consumer.commit().await?;
            }
        }
        Ok(())
    }

    /// Leaves the group, so that the others have its partitions at once.
    pub(super) async fn close(self) -> Result<(), Failure> {
        match self {
            Self::Group { consumer, commits: true } => Ok(consumer.close().await?),
            Self::Group { consumer, commits: false } => Ok(consumer.leave().await?),
            Self::Partition(_) => Ok(()),
        }
    }
}

/// The name of a group for this run alone, as Kafka makes it.
fn own_group() -> String {
    let id = random_id().unwrap_or_default();
    let [a, b, c, d, ..] = *id.as_bytes();
    format!("console-consumer-{}", u32::from_be_bytes([a, b, c, d]) % 100_000)
}
