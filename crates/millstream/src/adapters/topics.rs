//! Every topic the engine can reach: this broker's without a socket, any other cluster's through a client.

use super::foreign_topics::ForeignTopics;
use super::own_topics::OwnTopics;
use async_trait::async_trait;
use millstream_engine::topics::{
    Cluster, NewRow, OffsetAt, Selection, TopicError, TopicPartition, TopicRows, TopicStore,
};

/// Chooses by `kafka.bootstrap.servers`.
#[derive(Debug)]
pub struct ReachableTopics {
    own: OwnTopics,
    foreign: ForeignTopics,
}

impl ReachableTopics {
    /// This broker's topics, and all others.
    pub fn new(own: OwnTopics) -> Self {
        let foreign = ForeignTopics::new(own.address());
        Self { own, foreign }
    }

    fn of(&self, cluster: &Cluster) -> &dyn TopicStore {
        if self.own.is(cluster) { &self.own } else { &self.foreign }
    }
}

#[async_trait]
impl TopicStore for ReachableTopics {
    async fn partitions(
        &self,
        cluster: &Cluster,
        selection: &Selection,
    ) -> Result<Vec<TopicPartition>, TopicError> {
        self.of(cluster).partitions(cluster, selection).await
    }

    async fn offsets(
        &self,
        cluster: &Cluster,
        partitions: &[TopicPartition],
        at: OffsetAt,
    ) -> Result<Vec<i64>, TopicError> {
        self.of(cluster).offsets(cluster, partitions, at).await
    }

    async fn read(
        &self,
        cluster: &Cluster,
        partition: &TopicPartition,
        from: i64,
        to: i64,
        rows: &mut TopicRows,
    ) -> Result<i64, TopicError> {
        self.of(cluster).read(cluster, partition, from, to, rows).await
    }

    async fn append(&self, cluster: &Cluster, topic: &str, rows: Vec<NewRow>) -> Result<(), TopicError> {
        self.of(cluster).append(cluster, topic, rows).await
    }

    async fn changed(
        &self,
        cluster: &Cluster,
        positions: &[(TopicPartition, i64)],
    ) -> Result<(), TopicError> {
        self.of(cluster).changed(cluster, positions).await
    }
}
