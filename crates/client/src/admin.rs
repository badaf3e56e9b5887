//! Creating and deleting topics.

use std::time::Duration;

use millstream_wire::messages::create_topics::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig, CreateTopicsRequest,
};
use millstream_wire::messages::delete_topics::DeleteTopicsRequest;
use millstream_wire::{ErrorCode, Versions};

use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;

/// A topic to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTopic {
    /// Its name.
    pub name: String,
    /// How many partitions; the broker's default if not said.
    pub partitions: Option<i32>,
    /// How many copies of each; the broker's default if not said.
    pub replication_factor: Option<i16>,
    /// Configuration that differs from the broker's.
    pub configs: Vec<(String, String)>,
    /// Which brokers hold each partition; the cluster decides if this is empty. If it is not, it says how many
    /// partitions and copies there are, and the two numbers above must not.
    pub brokers: Vec<Vec<i32>>,
}

impl Client {
    /// Creates a topic and waits until its partitions have leaders.
    pub async fn create_topic(&mut self, topic: &NewTopic) -> Result<(), ClientError> {
        let wait = self.options.request_timeout;
        let connection = self.controller().await?;
        let version = connection.version::<CreateTopicsRequest>(Versions::new(0, 7))?;
        // The broker's own defaults can be asked for from version 4 on (KIP-464).
        let (partitions, replicas) = if version < 4 { (1, 1) } else { (-1, -1) };
        let config = |(name, value): &(String, String)| CreatableTopicConfig {
            name: name.into(),
            value: Some(value.into()),
        };
        let (partitions, replicas) = if topic.brokers.is_empty() { (partitions, replicas) } else { (-1, -1) };
        let assignment = |(index, brokers): (usize, &Vec<i32>)| CreatableReplicaAssignment {
            partition_index: i32::try_from(index).unwrap_or(i32::MAX),
            broker_ids: brokers.clone(),
        };
        let request = CreateTopicsRequest {
            topics: vec![CreatableTopic {
                name: topic.name.as_str().into(),
                num_partitions: topic.partitions.unwrap_or(partitions),
                replication_factor: topic.replication_factor.unwrap_or(replicas),
                configs: topic.configs.iter().map(config).collect(),
                assignments: topic.brokers.iter().enumerate().map(assignment).collect(),
            }],
            timeout_ms: millis(wait),
            ..Default::default()
        };
        let response = connection.call_held(&request, version, wait).await?;
        for result in response.topics {
            let message = result.error_message.as_deref();
            ClientError::check(result.error_code, message, || format!("topic '{}'", result.name))?;
        }
        self.wait_for(&topic.name).await
    }

    /// Deletes a topic with all that is in it.
    pub async fn delete_topic(&mut self, name: &str) -> Result<(), ClientError> {
        let wait = self.options.request_timeout;
        let connection = self.controller().await?;
        let version = connection.version::<DeleteTopicsRequest>(Versions::new(0, 5))?;
        let request = DeleteTopicsRequest {
            topic_names: vec![name.into()],
            timeout_ms: millis(wait),
            ..Default::default()
        };
        let response = connection.call_held(&request, version, wait).await?;
        self.forget(name);
        for result in response.responses {
            let message = result.error_message.as_deref();
            ClientError::check(result.error_code, message, || format!("topic '{name}'"))?;
        }
        Ok(())
    }

    /// Waits until a topic that was just created is known and led.
    async fn wait_for(&mut self, name: &str) -> Result<(), ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            self.forget(name);
            match self.topic(name).await {
                Err(error)
                    if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
                        && retries.pause().await => {}
                outcome => return outcome.map(drop),
            }
        }
    }
}

pub(crate) fn millis(time: Duration) -> i32 {
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX)
}
