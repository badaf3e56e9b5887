//! Settings of topics and brokers: reading and changing them.

use millstream_wire::Versions;
use millstream_wire::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult,
};
use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};

use millstream_wire::messages::list_config_resources::ListConfigResourcesRequest;

use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;

const SET: i8 = 0;
const DELETE: i8 = 1;

/// Kafka's numbers of what has settings.
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// What has settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigResource {
    /// A topic.
    Topic(String),
    /// A broker, or all of them together.
    Broker(Option<i32>),
    /// The loggers of a broker, each with its level.
    BrokerLogger(i32),
    /// A subscription to clients' metrics.
    ClientMetrics(String),
    /// A group.
    Group(String),
}

impl ConfigResource {
    const fn kind(&self) -> i8 {
        match self {
            Self::Topic(_) => 2,
            Self::Broker(_) => 4,
            Self::BrokerLogger(_) => 8,
            Self::ClientMetrics(_) => CLIENT_METRICS,
            Self::Group(_) => GROUP,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Topic(name) | Self::ClientMetrics(name) | Self::Group(name) => name.clone(),
            Self::Broker(id) => id.map_or_else(String::new, |id| id.to_string()),
            Self::BrokerLogger(id) => id.to_string(),
        }
    }

    fn described(&self) -> String {
        match self {
            Self::Topic(name) => format!("topic '{name}'"),
            Self::ClientMetrics(name) => format!("client metrics '{name}'"),
            Self::Group(name) => format!("group '{name}'"),
            Self::Broker(Some(id)) => format!("broker {id}"),
            Self::Broker(None) => "the brokers' defaults".into(),
            Self::BrokerLogger(id) => format!("the loggers of broker {id}"),
        }
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigSource {
    /// Set on the topic.
    DynamicTopic,
    /// Set on the broker while it ran.
    DynamicBroker,
    /// Set on all brokers while they ran.
    DynamicDefaultBroker,
    /// Given to the broker at its start.
    StaticBroker,
    /// As the software brings it, set by nobody.
    Default,
    /// The level of a logger.
    DynamicBrokerLogger,
    /// Set on the subscription to clients' metrics.
    DynamicClientMetrics,
    /// Set on the group.
    DynamicGroup,
    /// Something newer, by its code in the protocol.
    Other(i8),
}

impl ConfigSource {
    const fn from_code(code: i8) -> Self {
        match code {
            1 => Self::DynamicTopic,
            2 => Self::DynamicBroker,
            3 => Self::DynamicDefaultBroker,
            4 => Self::StaticBroker,
            5 => Self::Default,
            6 => Self::DynamicBrokerLogger,
            7 => Self::DynamicClientMetrics,
            8 => Self::DynamicGroup,
            other => Self::Other(other),
        }
    }

    /// Kafka's name for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
            Self::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
            Self::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            Self::StaticBroker => "STATIC_BROKER_CONFIG",
            Self::Default => "DEFAULT_CONFIG",
            Self::DynamicBrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
            Self::DynamicClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
            Self::DynamicGroup => "DYNAMIC_GROUP_CONFIG",
            Self::Other(_) => "UNKNOWN",
        }
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigEntry {
    /// Its name.
    pub name: String,
    /// Its value, unless it is a secret.
    pub value: Option<String>,
    /// Is it as the software brings it, set by nobody?
    pub is_default: bool,
    /// Is it a secret?
    pub is_sensitive: bool,
    /// Where the value comes from.
    pub source: ConfigSource,
    /// The values that would hold if those before were not there, the one that holds first.
    pub synonyms: Vec<ConfigSynonym>,
}

/// A value that a setting has or falls back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSynonym {
    /// The setting's name where the value was set.
    pub name: String,
    /// The value, unless it is a secret.
    pub value: Option<String>,
    /// Where it was set.
    pub source: ConfigSource,
}

impl Client {
    /// All settings of a topic or broker, or those named.
    pub async fn describe_configs(
        &mut self,
        resource: &ConfigResource,
        names: Option<&[&str]>,
    ) -> Result<Vec<ConfigEntry>, ClientError> {
        let connection = self.keeper_of(resource).await?;
        let version = connection.version::<DescribeConfigsRequest>(Versions::new(0, 4))?;
        let request = DescribeConfigsRequest {
            resources: vec![DescribeConfigsResource {
                resource_type: resource.kind(),
                resource_name: resource.name().into(),
                configuration_keys: names.map(|names| names.iter().map(|name| (*name).into()).collect()),
            }],
            include_synonyms: version >= 1,
            ..Default::default()
        };
        let response = connection.call(&request, version).await?;
        let mut entries = Vec::new();
        for result in response.results {
            let message = result.error_message.as_deref().filter(|message| !message.is_empty());
            ClientError::check(result.error_code, message, || resource.described())?;
            entries.extend(result.configs.into_iter().map(entry));
        }
        Ok(entries)
    }

    /// Sets some settings of a topic or broker and takes others back; all or none.
    pub async fn alter_configs(
        &mut self,
        resource: &ConfigResource,
        set: &[(String, String)],
        delete: &[String],
    ) -> Result<(), ClientError> {
        let deleted = delete.iter().map(|name| AlterableConfig {
            name: name.into(),
            config_operation: DELETE,
            value: Some("".into()),
        });
        let changed = set.iter().map(|(name, value)| AlterableConfig {
            name: name.into(),
            config_operation: SET,
            value: Some(value.into()),
        });
        let request = IncrementalAlterConfigsRequest {
            resources: vec![AlterConfigsResource {
                resource_type: resource.kind(),
                resource_name: resource.name().into(),
                configs: deleted.chain(changed).collect(),
            }],
            ..Default::default()
        };
        let connection = self.keeper_of(resource).await?;
        let version = connection.version::<IncrementalAlterConfigsRequest>(Versions::new(0, 1))?;
        let response = connection.call(&request, version).await?;
        for result in response.responses {
            let message = result.error_message.as_deref().filter(|message| !message.is_empty());
            ClientError::check(result.error_code, message, || resource.described())?;
        }
        Ok(())
    }

    /// The subscriptions to clients' metrics that have settings.
    pub async fn list_client_metrics(&mut self) -> Result<Vec<String>, ClientError> {
        self.config_resources(CLIENT_METRICS, 0).await
    }

    /// The groups that have settings of their own; nothing is known of those of brokers before Kafka 4.1.
    pub async fn list_groups_with_configs(&mut self) -> Result<Vec<String>, ClientError> {
        self.config_resources(GROUP, 1).await
    }

    async fn config_resources(&mut self, kind: i8, least: i16) -> Result<Vec<String>, ClientError> {
        let connection = self.any().await?;
        let version = connection.version::<ListConfigResourcesRequest>(Versions::new(least, 1))?;
        let resource_types = if version == 0 { Vec::new() } else { vec![kind] };
        let response = connection.call(&ListConfigResourcesRequest { resource_types }, version).await?;
        ClientError::check(response.error_code, None, || "what has settings".to_owned())?;
        Ok(response.config_resources.into_iter().map(|found| found.resource_name.into()).collect())
    }

    /// A broker answers for itself; for anything else, every broker does.
    async fn keeper_of(&mut self, resource: &ConfigResource) -> Result<&mut Connection, ClientError> {
        let (ConfigResource::Broker(Some(id)) | ConfigResource::BrokerLogger(id)) = resource else {
            return self.any().await;
        };
        self.refresh(Some(&[])).await?;
        match self.cluster.brokers.get(id).map(|broker| broker.address()) {
            Some(address) => self.at(&address).await,
            None => self.any().await,
        }
    }
}

fn entry(config: DescribeConfigsResourceResult) -> ConfigEntry {
    let source = match config.config_source {
        // Version 0 tells only this much.
        -1 if config.is_default => ConfigSource::Default,
        code => ConfigSource::from_code(code),
    };
    let synonyms = config.synonyms.into_iter().map(|synonym| ConfigSynonym {
        name: synonym.name.into(),
        value: synonym.value.map(String::from),
        source: ConfigSource::from_code(synonym.source),
    });
    ConfigEntry {
        name: config.name.into(),
        value: config.value.map(String::from),
        is_default: source == ConfigSource::Default,
        is_sensitive: config.is_sensitive,
        source,
        synonyms: synonyms.collect(),
    }
}
