//! DescribeConfigs: 0-4.
//!
//! Behaviour: the settings of a topic, of a group, of a client metrics subscription, of this broker (by its id), or those
//! set for all brokers (by an empty name); the levels of this process's loggers (KIP-412, by the broker's id). Other kinds
//! of resources have none here: INVALID_REQUEST.
//!
//! Configs come in the order of Kafka's answer, whichever were asked for. A config that changes nothing here says so in its
//! documentation.
//!
//! Version notes: 0: only whether a value is the default. 1: where it comes from, and what lies beneath it. 3: types and
//! documentation. 4: flexible.

use millstream_cluster::config::{
    ConfigSource, ConfigValue, EffectiveConfig, broker_configs, client_metrics_configs, group_configs,
    in_brokers_order, in_groups_order, in_topics_order, topic_configs,
};
use millstream_cluster::{Image, validate_topic_name};
use millstream_wire::messages::describe_configs::{
    DescribeConfigsRequest, DescribeConfigsResource, DescribeConfigsResourceResult, DescribeConfigsResponse,
    DescribeConfigsResult, DescribeConfigsSynonym,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, NO_SUCH_TYPE, Refusal, Reply};
use crate::loggers::LogLevel;

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

/// Where the level of a logger comes from, in Kafka's numbers.
const DYNAMIC_BROKER_LOGGER: i8 = 6;

/// The id of no broker: what it is shown is what all brokers have.
const NO_BROKER: i32 = -1;

pub(crate) struct DescribeConfigs;

impl Api for DescribeConfigs {
    type Request = DescribeConfigsRequest;
    const VERSIONS: Versions = Versions::new(0, 4);

    async fn handle(
        call: Call,
        request: DescribeConfigsRequest,
    ) -> Result<Reply<DescribeConfigsResponse>, Refusal> {
        let image = call.shared.catalog.image();
        let with = With { synonyms: request.include_synonyms, documentation: request.include_documentation };
        let describe = |resource| describe(&call, &image, resource, with);
        let results = request.resources.into_iter().map(describe).collect();
        Ok(DescribeConfigsResponse { results, ..Default::default() }.into())
    }
}

/// What a client wants beside the values.
#[derive(Clone, Copy)]
struct With {
    synonyms: bool,
    documentation: bool,
}

fn describe(
    call: &Call,
    image: &Image,
    resource: DescribeConfigsResource,
    with: With,
) -> DescribeConfigsResult {
    let keys = resource.configuration_keys.filter(|keys| !keys.is_empty());
    let name = &resource.resource_name;
    let found = match resource.resource_type {
        LOGGER => loggers_of(call, name),
        kind => configs_of(call, image, kind, name)
            .map(|configs| configs.into_iter().map(|config| row(config, with, call.version)).collect()),
    };
    let (error_code, error_message, configs) = match found {
        Ok(configs) => (ErrorCode::NONE, Some(Str::default()), configs),
        Err((code, message)) => (code, Some(message.into()), Vec::new()),
    };
    let wanted =
        |config: &DescribeConfigsResourceResult| keys.as_ref().is_none_or(|keys| keys.contains(&config.name));
    DescribeConfigsResult {
        error_code,
        error_message,
        resource_type: resource.resource_type,
        resource_name: resource.resource_name,
        configs: configs.into_iter().filter(wanted).collect(),
    }
}

fn configs_of(
    call: &Call,
    image: &Image,
    resource_type: i8,
    name: &str,
) -> Result<Vec<EffectiveConfig>, (ErrorCode, String)> {
    let start = call.shared.catalog.static_configs();
    let node_id = call.shared.config.node_id;
    match resource_type {
        TOPIC => {
            validate_topic_name(name)
                .map_err(|error| (ErrorCode::INVALID_TOPIC_EXCEPTION, error.to_string()))?;
            if image.topic(name).is_none() {
                return Err((ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, String::new()));
            }
            Ok(in_topics_order(topic_configs(image, name, node_id, start)))
        }
        GROUP if name.is_empty() => {
            Err((ErrorCode::INVALID_REQUEST, "Group name must not be empty".to_owned()))
        }
        GROUP => Ok(in_groups_order(group_configs(image, name, node_id, start))),
        BROKER if name.is_empty() => {
            let mut configs = broker_configs(image, NO_BROKER, start);
            configs.retain(|config| config.source == ConfigSource::DynamicDefaultBroker);
            // What holds for all brokers falls back to nothing of a broker's own.
            for config in &mut configs {
                config.synonyms.retain(|value| value.source == ConfigSource::DynamicDefaultBroker);
            }
            Ok(configs)
        }
        BROKER if name.parse() == Ok(node_id) => Ok(in_brokers_order(broker_configs(image, node_id, start))),
        BROKER if name.parse::<i32>().is_err() => Err(not_a_number(name)),
        BROKER => {
            let message =
                format!("Unexpected broker id, expected {node_id} or empty string, but received {name}");
            Err((ErrorCode::INVALID_REQUEST, message))
        }
        CLIENT_METRICS if name.is_empty() => {
            let message = "Client metrics subscription name must not be empty";
            Err((ErrorCode::INVALID_REQUEST, message.to_owned()))
        }
        CLIENT_METRICS => Ok(client_metrics_configs(image, name)),
        _ => Err((ErrorCode::INVALID_REQUEST, NO_SUCH_TYPE.to_owned())),
    }
}

/// The process's loggers and their levels.
fn loggers_of(call: &Call, name: &str) -> Result<Vec<DescribeConfigsResourceResult>, (ErrorCode, String)> {
    let config = &call.shared.config;
    if name.is_empty() {
        return Err((ErrorCode::INVALID_REQUEST, "Broker id must not be empty".to_owned()));
    }
    let id: i32 = name.parse().map_err(|_| not_a_number(name))?;
    if id != config.node_id {
        let message = format!("Unexpected broker id, expected {} but received {name}", config.node_id);
        return Err((ErrorCode::INVALID_REQUEST, message));
    }
    let row = |(name, level): (String, LogLevel)| DescribeConfigsResourceResult {
        name: name.into(),
        value: Some(level.name().into()),
        config_source: DYNAMIC_BROKER_LOGGER,
        ..DescribeConfigsResourceResult::default()
    };
    Ok(config.loggers.levels().into_iter().map(row).collect())
}

fn not_a_number(name: &str) -> (ErrorCode, String) {
    (ErrorCode::INVALID_REQUEST, format!("Broker id must be an integer, but it is: {name}"))
}

fn row(config: EffectiveConfig, with: With, version: i16) -> DescribeConfigsResourceResult {
    let synonym = |value: ConfigValue| DescribeConfigsSynonym {
        name: value.name.into(),
        value: value.value.map(Into::into),
        source: value.source.id(),
    };
    let synonyms = if with.synonyms { config.synonyms } else { Vec::new() };
    DescribeConfigsResourceResult {
        name: config.name.into(),
        value: config.value.map(Into::into),
        read_only: config.read_only,
        is_default: version == 0 && config.source == ConfigSource::Default,
        config_source: config.source.id(),
        is_sensitive: config.kind.is_sensitive(),
        synonyms: synonyms.into_iter().map(synonym).collect(),
        config_type: config.kind.id(),
        documentation: config.documentation.filter(|_| with.documentation).map(Into::into),
    }
}
