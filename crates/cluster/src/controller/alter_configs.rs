//! IncrementalAlterConfigs: configs of topics, and those of brokers that topics fall back to.

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::metadata::{ConfigRecord, MetadataRecord};

use super::config_check::{check_length, check_topic_configs, topic_config};
use super::{AlterConfig, AlterConfigOp, ControllerError, Decision, Node, ResourceAlteration};
use crate::config::{BROKER_CONFIGS, ConfigDefinition, ConfigType, topic_default};
use crate::{ConfigResource, Image};

/// Decides on each resource by itself.
pub(crate) fn alter_configs(
    image: &Image,
    node: Node,
    changes: &[ResourceAlteration],
) -> Decision<Vec<Result<(), ControllerError>>> {
    let mut seen: BTreeSet<&ConfigResource> = BTreeSet::new();
    let mut records = Vec::new();
    let decide = |alteration: &'_ ResourceAlteration, is_first: bool, records: &mut Vec<MetadataRecord>| {
        if !is_first {
            let error = "Each resource must appear at most once.".to_owned();
            return Err(ControllerError::InvalidRequest(error));
        }
        records.extend(alter(image, node, alteration)?);
        Ok(())
    };
    let mut answer = Vec::with_capacity(changes.len());
    for alteration in changes {
        let is_first = seen.insert(&alteration.resource);
        answer.push(decide(alteration, is_first, &mut records));
    }
    Decision { records, answer }
}

fn alter(
    image: &Image,
    node: Node,
    alteration: &ResourceAlteration,
) -> Result<Vec<MetadataRecord>, ControllerError> {
    let resource = &alteration.resource;
    let table = find_table(image, node, resource)?;
    let before = image.configs(resource).map(|configs| configs.as_ref().clone()).unwrap_or_default();
    let mut after = before.clone();
    for change in &alteration.changes {
        apply(&table, change, &mut after)?;
    }
    match resource {
        ConfigResource::Topic(_) => {
            check_topic_configs(after.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
        }
        _ => after.iter().try_for_each(|(name, value)| check_broker_config(name, value))?,
    }
    Ok(differences(resource, &before, &after))
}

/// Where a resource's configs are looked up.
type Table = fn(&str) -> Result<&'static ConfigDefinition, ControllerError>;

fn find_table(image: &Image, node: Node, resource: &ConfigResource) -> Result<Table, ControllerError> {
    match resource {
        ConfigResource::Topic(name) if image.topic(name).is_none() => {
            Err(ControllerError::UnknownTopic(name.clone()))
        }
        ConfigResource::Topic(_) => Ok(topic_config),
        ConfigResource::Broker(Some(id)) if *id != node.id => {
            let error =
                format!("Unexpected broker id, expected {} or empty string, but received {id}", node.id);
            Err(ControllerError::InvalidRequest(error))
        }
        ConfigResource::Broker(_) => Ok(broker_config),
        ConfigResource::Other(kind, _) => Err(ControllerError::InvalidRequest(format!(
            "Configs of resource type {kind} are not supported."
        ))),
    }
}

/// A broker config that can be changed while the broker runs: one that topic configs fall back to.
fn broker_config(name: &str) -> Result<&'static ConfigDefinition, ControllerError> {
    topic_default(name).ok_or_else(|| {
        ControllerError::InvalidRequest(format!("Cannot update these configs dynamically: {name}"))
    })
}

fn check_broker_config(name: &str, value: &str) -> Result<(), ControllerError> {
    check_length(value)?;
    // What another release has stored is left alone.
    let definition = BROKER_CONFIGS.iter().find(|config| config.name == name);
    definition.map_or(Ok(()), |config| config.validate(value).map_err(ControllerError::InvalidConfig))
}

fn apply(
    table: &Table,
    change: &AlterConfig,
    values: &mut BTreeMap<String, String>,
) -> Result<(), ControllerError> {
    let definition = match &change.op {
        // What is there can always be taken away.
        AlterConfigOp::Delete if values.contains_key(&change.name) => {
            values.remove(&change.name);
            return Ok(());
        }
        _ => table(&change.name)?,
    };
    let as_list = |what: &str| {
        if definition.kind == ConfigType::List {
            return Ok(());
        }
        let error = format!("Can't {what} to key {} because its type is not LIST.", change.name);
        Err(ControllerError::InvalidConfig(error))
    };
    let current = values.get(&change.name).map(String::as_str).or(definition.default).unwrap_or("");
    let mut items: Vec<String> =
        current.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect();
    match &change.op {
        AlterConfigOp::Delete => return Ok(()),
        AlterConfigOp::Set(value) => {
            values.insert(change.name.clone(), value.clone());
            return Ok(());
        }
        AlterConfigOp::Append(more) => {
            as_list("APPEND")?;
            let new: Vec<String> = more.split(',').map(|item| item.trim().to_owned()).collect();
            new.into_iter().for_each(|item| {
                if !items.contains(&item) {
                    items.push(item);
                }
            });
        }
        AlterConfigOp::Subtract(less) => {
            as_list("SUBTRACT")?;
            let gone: Vec<&str> = less.split(',').map(str::trim).collect();
            items.retain(|item| !gone.contains(&item.as_str()));
        }
    }
    values.insert(change.name.clone(), items.join(","));
    Ok(())
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
