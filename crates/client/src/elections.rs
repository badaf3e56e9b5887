//! Electing leaders of partitions.

use std::collections::BTreeMap;

use millstream_wire::messages::elect_leaders::{ElectLeadersRequest, TopicPartitions};
use millstream_wire::{ErrorCode, Versions};

use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;

/// Who shall lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Election {
    /// The first of the partition's replicas, if it is in sync.
    Preferred,
    /// Any replica that is there, where no replica in sync is; records may be lost.
    Unclean,
}

/// What became of each partition: the error and what the broker says about it.
pub type ElectionResults = BTreeMap<(String, i32), (ErrorCode, Option<String>)>;

impl Client {
    /// Holds elections for some partitions, or for all that need one. A partition that needs none is answered with
    /// ELECTION_NOT_NEEDED if it was named, and not at all if not.
    pub async fn elect_leaders(
        &mut self,
        election: Election,
        partitions: Option<&[(String, i32)]>,
    ) -> Result<ElectionResults, ClientError> {
        let wait = self.options.request_timeout;
        let topics = partitions.map(|partitions| {
            let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
            for (topic, partition) in partitions {
                topics.entry(topic).or_default().push(*partition);
            }
            let named = |(topic, partitions): (&str, _)| TopicPartitions { topic: topic.into(), partitions };
            topics.into_iter().map(named).collect()
        });
        let request = ElectLeadersRequest {
            election_type: match election {
                Election::Preferred => 0,
                Election::Unclean => 1,
            },
            topic_partitions: topics,
            timeout_ms: millis(wait),
        };
        let connection = self.controller().await?;
        let least = if election == Election::Unclean { 1 } else { 0 };
        let version = connection.version::<ElectLeadersRequest>(Versions::new(least, 2))?;
        let response = connection.call_held(&request, version, wait).await?;
        ClientError::check(response.error_code, None, || "the election".into())?;
        let mut results = ElectionResults::new();
        for topic in response.replica_election_results {
            for one in topic.partition_result {
                let key = (topic.topic.to_string(), one.partition_id);
                results.insert(key, (one.error_code, one.error_message.map(String::from)));
            }
        }
        Ok(results)
    }
}
