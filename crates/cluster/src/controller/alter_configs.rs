//! AlterConfigs and IncrementalAlterConfigs: configs of topics, and those of brokers that topics fall back to.

use std::collections::BTreeMap;

use millstream_wire::metadata::{ClearElrRecord, ConfigRecord, MetadataRecord};

use super::config_check::{check_length, check_topic_configs, topic_config};
use super::elr::MIN_ISR;
use super::{AlterConfig, AlterConfigOp, ControllerError, Decision, Node, ResourceAlteration, cordoned};
use crate::config::{
    BROKER_CONFIGS, CLIENT_METRICS_CONFIGS, CORDONED, ClientMetricsError, ConfigDefinition, ConfigType,
    GROUP_CONFIGS, check_client_metrics, check_threads, is_cluster_wide, is_dynamic,
};
use crate::format::ELR_VERSION;
use crate::level::MetadataLevel;
use crate::{ConfigResource, Image, validate_topic_name};

/// Decides on each resource by itself.
pub(crate) fn alter_configs(
    image: &Image,
    node: Node,
    changes: &[ResourceAlteration],
) -> Decision<Vec<Result<(), ControllerError>>> {
    let mut named: BTreeMap<&ConfigResource, usize> = BTreeMap::new();
    changes.iter().for_each(|alteration| *named.entry(&alteration.resource).or_default() += 1);
    let mut records = Vec::new();
    let decide = |alteration: &ResourceAlteration| {
        if named.get(&alteration.resource).is_some_and(|count| *count > 1) {
            let error = "Each resource must appear at most once.".to_owned();
            return Err(ControllerError::InvalidRequest(error));
        }
        records.extend(alter(image, node, alteration)?);
        Ok(())
    };
    let answer = changes.iter().map(decide).collect();
    Decision { records, answer }
}

fn alter(
    image: &Image,
    node: Node,
    alteration: &ResourceAlteration,
) -> Result<Vec<MetadataRecord>, ControllerError> {
    let resource = &alteration.resource;
    let table = find_table(node, resource)?;
    let before = image.configs(resource).map(|configs| configs.as_ref().clone()).unwrap_or_default();
    let mut after = if alteration.replaces { BTreeMap::new() } else { before.clone() };
    for change in &alteration.changes {
        apply(&table, change, &mut after)?;
    }
    match resource {
        ConfigResource::Topic(topic) => check_topic(image, topic, &after)?,
        ConfigResource::Group(_) => after.iter().try_for_each(|(name, value)| {
            check_length(value)?;
            group_config(name)?.validate(value).map_err(ControllerError::InvalidConfig)
        })?,
        ConfigResource::ClientMetrics(_) => {
            after.values().try_for_each(|value| check_length(value))?;
            check_client_metrics(&after).map_err(|error| match error {
                ClientMetricsError::Request(why) => ControllerError::InvalidRequest(why),
                ClientMetricsError::Config(why) => ControllerError::InvalidConfig(why),
            })?;
        }
        _ => after.iter().try_for_each(|(name, value)| {
            check_broker_config(name, value)?;
            check_threads(image, node.id, name, value).map_err(ControllerError::InvalidRequest)
        })?,
    }
    let mut records = differences(resource, &before, &after);
    if before.get(CORDONED) != after.get(CORDONED) {
        if !MetadataLevel::of(image).has_cordoned() {
            let error = format!(
                "The {CORDONED} configuration value cannot be set because it requires metadata.version >= 4.3-IV0"
            );
            return Err(ControllerError::InvalidConfig(error));
        }
        records.extend(cordoned::change(image, node, after.get(CORDONED).map(String::as_str)));
    }
    if before.get(MIN_ISR) != after.get(MIN_ISR) {
        records.extend(min_isr_change(image, resource, after.contains_key(MIN_ISR))?);
    }
    Ok(records)
}

/// A topic's configs; Kafka looks last whether it is there.
fn check_topic(image: &Image, name: &str, configs: &BTreeMap<String, String>) -> Result<(), ControllerError> {
    if name.is_empty() {
        let error = "Default topic resources are not allowed.".to_owned();
        return Err(ControllerError::InvalidRequest(error));
    }
    validate_topic_name(name)?;
    check_topic_configs(configs.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    match image.topic(name) {
        Some(_) => Ok(()),
        None => Err(ControllerError::NotFound(format!("The topic '{name}' does not exist."))),
    }
}

/// With eligible leader replicas (KIP-966), a change of `min.insync.replicas` starts their lists anew; the cluster's
/// value has to be there, and no broker may have its own.
fn min_isr_change(
    image: &Image,
    resource: &ConfigResource,
    is_set: bool,
) -> Result<Option<MetadataRecord>, ControllerError> {
    if image.features().get(ELR_VERSION).is_none_or(|level| *level < 1) {
        return Ok(None);
    }
    let refuse = |error: &str| Err(ControllerError::InvalidConfig(error.to_owned()));
    let topic_name = match resource {
        ConfigResource::Topic(name) => name.as_str(),
        ConfigResource::Broker(Some(_)) => {
            return refuse("Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
        }
        ConfigResource::Broker(None) if !is_set => {
            return refuse("Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
        }
        _ => "",
    };
    Ok(Some(MetadataRecord::ClearElr(ClearElrRecord { topic_name: topic_name.into() })))
}

/// Where a resource's configs are looked up.
type Table = fn(&str) -> Result<&'static ConfigDefinition, ControllerError>;

fn find_table(node: Node, resource: &ConfigResource) -> Result<Table, ControllerError> {
    match resource {
        ConfigResource::Topic(_) => Ok(topic_config),
        ConfigResource::Broker(Some(id)) if *id != node.id => {
            let error = format!("Unexpected broker id, expected {}, but received {id}", node.id);
            Err(ControllerError::InvalidRequest(error))
        }
        ConfigResource::Broker(Some(_)) => Ok(broker_config),
        ConfigResource::Broker(None) => Ok(cluster_config),
        ConfigResource::Group(name) if name.is_empty() => {
            let error = "Default group resources are not allowed.".to_owned();
            Err(ControllerError::InvalidRequest(error))
        }
        ConfigResource::Group(_) => Ok(group_config),
        ConfigResource::ClientMetrics(name) if name.is_empty() => {
            Err(ControllerError::InvalidRequest("Subscription name can't be empty".to_owned()))
        }
        ConfigResource::ClientMetrics(_) => Ok(client_metrics_config),
        ConfigResource::Other(kind, _) => Err(ControllerError::InvalidRequest(format!(
            "Configs of resource type {kind} are not supported."
        ))),
    }
}

/// A broker config that can be changed while the broker runs.
fn broker_config(name: &str) -> Result<&'static ConfigDefinition, ControllerError> {
    let known = BROKER_CONFIGS.iter().find(|config| config.name == name);
    known.filter(|_| is_dynamic(name)).ok_or_else(|| {
        ControllerError::InvalidRequest(format!("Cannot update these configs dynamically: [{name}]"))
    })
}

/// A broker config that can be changed for all brokers.
fn cluster_config(name: &str) -> Result<&'static ConfigDefinition, ControllerError> {
    let config = broker_config(name)?;
    if is_cluster_wide(name) {
        return Ok(config);
    }
    let error = format!(
        "Cannot update these configs at default cluster level, broker id must be specified: [{name}]"
    );
    Err(ControllerError::InvalidRequest(error))
}

fn group_config(name: &str) -> Result<&'static ConfigDefinition, ControllerError> {
    let found = GROUP_CONFIGS.iter().find(|config| config.name == name);
    found.ok_or_else(|| ControllerError::InvalidConfig(format!("Unknown group config name: {name}")))
}

fn client_metrics_config(name: &str) -> Result<&'static ConfigDefinition, ControllerError> {
    let found = CLIENT_METRICS_CONFIGS.iter().find(|config| config.name == name);
    found.ok_or_else(|| {
        ControllerError::InvalidRequest(format!("Unknown client metrics configuration: {name}"))
    })
}

/// Of a broker, Kafka says INVALID_REQUEST for a wrong value (KAFKA-13609).
fn check_broker_config(name: &str, value: &str) -> Result<(), ControllerError> {
    check_length(value)?;
    // What another release has stored is left alone.
    let definition = BROKER_CONFIGS.iter().find(|config| config.name == name);
    definition.map_or(Ok(()), |config| config.validate(value).map_err(ControllerError::InvalidRequest))
}

fn apply(
    table: &Table,
    change: &AlterConfig,
    values: &mut BTreeMap<String, String>,
) -> Result<(), ControllerError> {
    let name = &change.name;
    // What is there can always be taken away.
    if change.op == AlterConfigOp::Delete && values.remove(name).is_some() {
        return Ok(());
    }
    let definition = match table(name) {
        // What is not known is found when all are looked at; it is no list.
        Err(ControllerError::InvalidConfig(_)) => None,
        found => Some(found?),
    };
    let value = match &change.op {
        AlterConfigOp::Delete => return Ok(()),
        AlterConfigOp::Set(value) => value.clone(),
        AlterConfigOp::Append(more) => {
            let mut items = items(definition, "APPEND", name, values)?;
            for item in more.split(',').map(|item| item.trim().to_owned()) {
                if !items.contains(&item) {
                    items.push(item);
                }
            }
            items.join(",")
        }
        AlterConfigOp::Subtract(less) => {
            let mut items = items(definition, "SUBTRACT", name, values)?;
            let gone: Vec<&str> = less.split(',').map(str::trim).collect();
            items.retain(|item| !gone.contains(&item.as_str()));
            items.join(",")
        }
    };
    values.insert(name.clone(), value);
    Ok(())
}

/// What a list holds now, for a change of its items.
fn items(
    definition: Option<&ConfigDefinition>,
    change: &str,
    name: &str,
    values: &BTreeMap<String, String>,
) -> Result<Vec<String>, ControllerError> {
    let list = definition.filter(|definition| matches!(definition.kind, ConfigType::List));
    let list = list.ok_or_else(|| {
        ControllerError::InvalidConfig(format!("Can't {change} to key {name} because its type is not LIST."))
    })?;
    let current = values.get(name).map(String::as_str).or(list.default).unwrap_or("");
    Ok(current.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect())
}

fn differences(
    resource: &ConfigResource,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<MetadataRecord> {
    let (resource_type, resource_name) = resource.to_record();
    let record = |name: &String, value: Option<&String>| {
        MetadataRecord::Config(ConfigRecord {
            resource_type,
            resource_name: resource_name.as_str().into(),
            name: name.into(),
            value: value.map(Into::into),
        })
    };
    let removed = before.keys().filter(|name| !after.contains_key(*name)).map(|name| record(name, None));
    let set = after.iter().filter(|(name, value)| before.get(*name) != Some(*value));
    removed.chain(set.map(|(name, value)| record(name, Some(value)))).collect()
}
