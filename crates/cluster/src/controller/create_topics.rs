//! CreateTopics: which topics come to be, and with what.

use std::collections::HashMap;

use millstream_wire::Uuid;
use millstream_wire::metadata::{ConfigRecord, MetadataRecord, TopicRecord};

use super::config_check::check_topic_configs;
use super::placement::place;
use super::{ControllerError, CreatedTopic, Decision, NewTopic, Node, TopicDefaults};
use crate::topic_name::{collision_name, validate_topic_name};
use crate::{ConfigResource, Image, Partition, Topic};

/// Most partitions that one request may ask for, over all of its topics (Kafka's `MAX_PARTITIONS_PER_BATCH`).
pub(super) const MAX_PARTITIONS: i64 = 10_000;

type Results = Vec<Result<CreatedTopic, ControllerError>>;

/// Decides on each topic by itself; `ids` has a fresh id for each.
pub(crate) fn create_topics(
    image: &Image,
    node: Node,
    defaults: &TopicDefaults,
    topics: &[NewTopic],
    ids: &[Uuid],
) -> Decision<Results> {
    if asked_partitions(topics, defaults) > MAX_PARTITIONS {
        let error = "Excessively large number of partitions per request.".to_owned();
        let answer = topics.iter().map(|_| Err(ControllerError::PolicyViolation(error.clone()))).collect();
        return Decision { records: Vec::new(), answer };
    }
    let mut named: HashMap<&str, usize> = HashMap::new();
    topics.iter().for_each(|topic| *named.entry(&topic.name).or_default() += 1);
    let mut records = Vec::new();
    let decide = |(topic, id): (&NewTopic, &Uuid)| {
        if named.get(topic.name.as_str()).is_some_and(|count| *count > 1) {
            return Err(ControllerError::InvalidRequest("Duplicate topic name.".to_owned()));
        }
        create_topic(image, node, defaults, topic, *id, &mut records)
    };
    let answer = topics.iter().zip(ids).map(decide).collect();
    Decision { records, answer }
}

fn asked_partitions(topics: &[NewTopic], defaults: &TopicDefaults) -> i64 {
    let asked = |topic: &NewTopic| match topic.partitions {
        _ if !topic.assignments.is_empty() => i64::try_from(topic.assignments.len()).unwrap_or(i64::MAX),
        -1 => i64::from(defaults.partitions),
        partitions => i64::from(partitions.max(0)),
    };
    topics.iter().map(asked).fold(0, i64::saturating_add)
}

fn create_topic(
    image: &Image,
    node: Node,
    defaults: &TopicDefaults,
    new: &NewTopic,
    id: Uuid,
    records: &mut Vec<MetadataRecord>,
) -> Result<CreatedTopic, ControllerError> {
    check_name(image, &new.name)?;
    let configs = given_configs(new)?;
    check_topic_configs(configs.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    let replicas = place(image, node, defaults, new)?;
    let topic = Topic { name: new.name.clone(), id, partitions: Default::default() };
    let created = CreatedTopic {
        name: new.name.clone(),
        id,
        partitions: i32::try_from(replicas.len()).unwrap_or(i32::MAX),
        replication_factor: 1,
    };
    records.push(MetadataRecord::Topic(TopicRecord { name: new.name.as_str().into(), topic_id: id }));
    // Kafka's order: the topic, its configs, its partitions.
    let (resource_type, resource_name) = ConfigResource::Topic(new.name.clone()).to_record();
    records.extend(configs.into_iter().map(|(name, value)| {
        MetadataRecord::Config(ConfigRecord {
            resource_type,
            resource_name: resource_name.as_str().into(),
            name: name.into(),
            value: Some(value.into()),
        })
    }));
    let partition = |(partition, replicas)| {
        MetadataRecord::Partition(new_partition(node, replicas).record(&topic, partition))
    };
    records.extend((0..).zip(replicas).map(partition));
    Ok(created)
}

fn check_name(image: &Image, name: &str) -> Result<(), ControllerError> {
    if name == "__cluster_metadata" {
        let error = "Creation of internal topic __cluster_metadata is prohibited.".to_owned();
        return Err(ControllerError::InvalidRequest(error));
    }
    validate_topic_name(name)?;
    if image.topic(name).is_some() {
        return Err(ControllerError::TopicAlreadyExists(name.to_owned()));
    }
    if name.contains(['.', '_']) {
        let wanted = collision_name(name);
        if let Some(existing) = image.topics().find(|topic| collision_name(&topic.name) == wanted) {
            let (name, existing) = (name.to_owned(), existing.name.clone());
            return Err(ControllerError::TopicCollision { name, existing });
        }
    }
    Ok(())
}

/// The configs that have values; a null is refused, the last of two counts.
fn given_configs(new: &NewTopic) -> Result<Vec<(String, String)>, ControllerError> {
    let nulls: Vec<&str> =
        new.configs.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name.as_str()).collect();
    if !nulls.is_empty() {
        let error = format!("Null value not supported for topic configs: {}", nulls.join(","));
        return Err(ControllerError::InvalidConfig(error));
    }
    let mut configs: Vec<(String, String)> = Vec::new();
    for (name, value) in &new.configs {
        configs.retain(|(given, _)| given != name);
        configs.extend(value.clone().map(|value| (name.clone(), value)));
    }
    Ok(configs)
}

/// A partition that its node leads from the start.
pub(super) fn new_partition(node: Node, replicas: Vec<i32>) -> Partition {
    Partition {
        directories: vec![node.directory_id; replicas.len()],
        isr: replicas.clone(),
        removing_replicas: Vec::new(),
        adding_replicas: Vec::new(),
        eligible_leader_replicas: Vec::new(),
        last_known_elr: Vec::new(),
        leader: node.id,
        leader_recovery_state: 0,
        leader_epoch: 0,
        partition_epoch: 0,
        replicas,
    }
}
