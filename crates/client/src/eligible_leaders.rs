//! Which replicas may still lead a partition that has lost its in-sync ones (KIP-966).

use std::collections::BTreeMap;

use millstream_wire::Versions;
use millstream_wire::messages::describe_topic_partitions::{
    Cursor, DescribeTopicPartitionsRequest, TopicRequest,
};

use crate::client::Client;
use crate::error::ClientError;

/// Answers to one question; every answer must bring something new.
const MAX_PAGES: usize = 10_000;

/// The replicas of one partition that may lead it; what the broker does not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EligibleLeaders {
    /// Those that had everything when they left the in-sync replicas.
    pub eligible: Option<Vec<i32>>,
    /// Those that were eligible last, when none is left.
    pub last_known: Option<Vec<i32>>,
}

impl Client {
    /// The eligible leaders of every partition of some topics; empty from brokers that do not know of them.
    pub async fn eligible_leaders(
        &mut self,
        topics: &[&str],
    ) -> Result<BTreeMap<(String, i32), EligibleLeaders>, ClientError> {
        let mut leaders = BTreeMap::new();
        let mut cursor: Option<Cursor> = None;
        for _ in 0..MAX_PAGES {
            let connection = self.any().await?;
            let version = match connection.version::<DescribeTopicPartitionsRequest>(Versions::new(0, 0)) {
                Err(ClientError::Unsupported { .. }) => return Ok(leaders),
                version => version?,
            };
            let name = |name: &&str| TopicRequest { name: (*name).into() };
            let request = DescribeTopicPartitionsRequest {
                topics: topics.iter().map(name).collect(),
                cursor: cursor.take(),
                ..Default::default()
            };
            let response = connection.call(&request, version).await?;
            for topic in response.topics {
                let name = topic.name.map(String::from).unwrap_or_default();
                for partition in topic.partitions {
                    let found = EligibleLeaders {
                        eligible: partition.eligible_leader_replicas,
                        last_known: partition.last_known_elr,
                    };
                    leaders.insert((name.clone(), partition.partition_index), found);
                }
            }
            cursor = response.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(leaders)
    }
}
