//! Creating, deleting and configuring topics.

use std::time::Duration;

use millstream_wire::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use millstream_wire::messages::delete_topics::DeleteTopicsRequest;
use millstream_wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use millstream_wire::{ErrorCode, Versions};

use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;

/// The resource type of topics in configuration requests.
const TOPIC_RESOURCE: i8 = 2;
/// Where a configuration entry comes from when nobody set it.
const DEFAULT_SOURCE: i8 = 5;

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
}

/// One setting of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// Its value, unless it is a secret.
    pub value: Option<String>,
    /// Is it as the software brings it, set by nobody?
    pub is_default: bool,
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
        let request = CreateTopicsRequest {
            topics: vec![CreatableTopic {
                name: topic.name.as_str().into(),
                num_partitions: topic.partitions.unwrap_or(partitions),
                replication_factor: topic.replication_factor.unwrap_or(replicas),
                configs: topic.configs.iter().map(config).collect(),
                ..Default::default()
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

    /// All settings of a topic, or those named.
    pub async fn describe_configs(
        &mut self,
        topic: &str,
        names: Option<&[&str]>,
    ) -> Result<Vec<ConfigEntry>, ClientError> {
        let connection = self.any().await?;
        let version = connection.version::<DescribeConfigsRequest>(Versions::new(0, 4))?;
        let request = DescribeConfigsRequest {
            resources: vec![DescribeConfigsResource {
                resource_type: TOPIC_RESOURCE,
                resource_name: topic.into(),
                configuration_keys: names.map(|names| names.iter().map(|name| (*name).into()).collect()),
            }],
            ..Default::default()
        };
        let response = connection.call(&request, version).await?;
        let mut entries = Vec::new();
        for result in response.results {
            let message = result.error_message.as_deref().filter(|message| !message.is_empty());
            ClientError::check(result.error_code, message, || format!("topic '{topic}'"))?;
            entries.extend(result.configs.into_iter().map(|config| ConfigEntry {
                name: config.name.into(),
                value: config.value.map(String::from),
                is_default: config.is_default || config.config_source == DEFAULT_SOURCE,
            }));
        }
        Ok(entries)
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
