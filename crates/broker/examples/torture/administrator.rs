//! Topics that come, grow, change and go.

use std::collections::BTreeMap;

use millstream_wire::ErrorCode;
use millstream_wire::messages::create_partitions::{CreatePartitionsRequest, CreatePartitionsTopic};
use millstream_wire::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use millstream_wire::messages::delete_records::{
    DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic,
};
use millstream_wire::messages::delete_topics::DeleteTopicsRequest;
use millstream_wire::messages::describe_configs::{DescribeConfigsRequest, DescribeConfigsResource};
use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use millstream_wire::messages::metadata::{MetadataRequest, MetadataResponse};

use crate::connection::{Connection, Step, accepted, must, wrong};
use crate::random::Random;
use crate::reading;

/// The setting that is changed: it does nothing.
const SETTING: &str = "max.compaction.lag.ms";

/// Makes a topic with these settings.
pub fn create(
    connection: &mut Connection,
    name: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) -> Step<ErrorCode> {
    let config = |(name, value): &(&str, &str)| CreatableTopicConfig {
        name: (*name).into(),
        value: Some((*value).into()),
    };
    let topic = CreatableTopic {
        name: name.into(),
        num_partitions: partitions,
        replication_factor: 1,
        assignments: Vec::new(),
        configs: settings.iter().map(config).collect(),
    };
    let request = CreateTopicsRequest { topics: vec![topic], timeout_ms: 10_000, validate_only: false };
    let answer = connection.call(&request, 7)?;
    answer.topics.first().map_or_else(|| wrong("CreateTopics answered nothing"), |topic| Ok(topic.error_code))
}

/// Changes a setting of a topic.
pub fn alter(connection: &mut Connection, topic: &str, name: &str, value: &str) -> Step<ErrorCode> {
    let config = AlterableConfig { name: name.into(), config_operation: 0, value: Some(value.into()) };
    let resource =
        AlterConfigsResource { resource_type: 2, resource_name: topic.into(), configs: vec![config] };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let answer = connection.call(&request, 1)?;
    answer.responses.first().map_or_else(|| wrong("no answer"), |row| Ok(row.error_code))
}

/// Every topic.
pub fn topics(connection: &mut Connection) -> Step<MetadataResponse> {
    connection.call(&MetadataRequest { topics: None, ..Default::default() }, 9)
}

/// What is known of a topic.
#[derive(Debug)]
struct Known {
    presence: Presence,
    partitions: i32,
    /// Partitions that were asked for and perhaps made.
    most_partitions: i32,
    setting: Option<u64>,
    last_setting: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    There,
    Gone,
    Either,
}

/// The administrator and what it knows.
#[derive(Debug, Default)]
pub struct Administrator {
    prefix: String,
    made: u64,
    topics: BTreeMap<String, Known>,
    /// A topic whose records it deletes, and up to where that was acknowledged.
    purged: Option<(String, i64)>,
}

impl Administrator {
    /// One whose topics begin with `prefix`; it deletes records of `purged`'s first partition.
    pub fn new(prefix: &str, purged: &str) -> Self {
        Self { prefix: prefix.to_owned(), purged: Some((purged.to_owned(), 0)), ..Self::default() }
    }

    /// One change.
    pub fn step(&mut self, connection: &mut Connection, random: &mut Random) -> Step {
        let there: Vec<String> = self
            .topics
            .iter()
            .filter(|(_, known)| known.presence == Presence::There)
            .map(|(name, _)| name.clone())
            .collect();
        let chosen = usize::try_from(random.below(there.len() as u64)).ok().and_then(|at| there.get(at));
        match (random.below(8), chosen) {
            (0 | 1, Some(name)) if there.len() > 2 => self.delete(connection, name),
            (2 | 3, Some(name)) => self.set(connection, name, 1 + random.below(1 << 40)),
            (4, Some(name)) => self.grow(connection, name),
            (5, _) => self.purge(connection, random),
            _ if there.len() < 6 => self.make(connection, random),
            (_, Some(name)) => self.delete(connection, name),
            _ => Ok(()),
        }
    }

    fn make(&mut self, connection: &mut Connection, random: &mut Random) -> Step {
        // Names come again: a topic made anew must not get what the one before has left.
        let name = format!("{}{}", self.prefix, self.made % 9);
        self.made += 1;
        let partitions = 1 + i32::try_from(random.below(3)).unwrap_or(0);
        if self.topics.get(&name).is_some_and(|known| known.presence != Presence::Gone) {
            return Ok(());
        }
        let known = Known {
            presence: Presence::Either,
            partitions,
            most_partitions: partitions,
            setting: None,
            last_setting: None,
        };
        self.topics.insert(name.clone(), known);
        let code = create(connection, &name, partitions, &[])?;
        accepted(code, || format!("the topic {name}"))?;
        self.change(&name, |known| known.presence = Presence::There);
        Ok(())
    }

    fn delete(&mut self, connection: &mut Connection, name: &str) -> Step {
        self.change(name, |known| known.presence = Presence::Either);
        let request =
            DeleteTopicsRequest { topic_names: vec![name.into()], timeout_ms: 10_000, ..Default::default() };
        let answer = connection.call(&request, 4)?;
        let Some(row) = answer.responses.first() else { return wrong("DeleteTopics answered nothing") };
        accepted(row.error_code, || format!("the deletion of {name}"))?;
        self.change(name, |known| known.presence = Presence::Gone);
        Ok(())
    }

    fn set(&mut self, connection: &mut Connection, name: &str, value: u64) -> Step {
        self.change(name, |known| known.last_setting = Some(value));
        accepted(alter(connection, name, SETTING, &value.to_string())?, || format!("a setting of {name}"))?;
        self.change(name, |known| known.setting = Some(value));
        Ok(())
    }

    fn grow(&mut self, connection: &mut Connection, name: &str) -> Step {
        let count = self.topics.get(name).map_or(1, |known| known.partitions) + 1;
        self.change(name, |known| known.most_partitions = count);
        let topic = CreatePartitionsTopic { name: name.into(), count, assignments: None };
        let request =
            CreatePartitionsRequest { topics: vec![topic], timeout_ms: 10_000, validate_only: false };
        let answer = connection.call(&request, 3)?;
        let Some(row) = answer.results.first() else { return wrong("CreatePartitions answered nothing") };
        accepted(row.error_code, || format!("{count} partitions of {name}"))?;
        self.change(name, |known| known.partitions = count);
        Ok(())
    }

    fn purge(&mut self, connection: &mut Connection, random: &mut Random) -> Step {
        let Some((topic, _)) = self.purged.clone() else { return Ok(()) };
        let data = reading::start(connection, &topic, 0)
            .and_then(|start| reading::fetch(connection, &topic, 0, start, 0))?;
        let room = u64::try_from(data.high_watermark - data.log_start_offset).unwrap_or(0);
        let offset = data.log_start_offset + i64::try_from(random.below(room + 1)).unwrap_or(0);
        let partition = DeleteRecordsPartition { partition_index: 0, offset };
        let topics = vec![DeleteRecordsTopic { name: topic.as_str().into(), partitions: vec![partition] }];
        let answer = connection.call(&DeleteRecordsRequest { topics, timeout_ms: 10_000 }, 2)?;
        let row = answer.topics.first().and_then(|topic| topic.partitions.first());
        let Some(row) = row else { return wrong("DeleteRecords answered nothing") };
        if row.error_code == ErrorCode::OFFSET_OUT_OF_RANGE {
            // Retention was faster.
            return Ok(());
        }
        accepted(row.error_code, || format!("the deletion of records of {topic} below {offset}"))?;
        self.purged = Some((topic, offset));
        Ok(())
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.topics.get_mut(name) {
            change(known);
        }
    }

    /// What was acknowledged is so, and no partition of any topic is offline.
    pub fn check(&mut self, connection: &mut Connection) -> Step {
        let metadata = topics(connection)?;
        for topic in &metadata.topics {
            for partition in &topic.partitions {
                let (name, index) = (topic.name.as_deref().unwrap_or_default(), partition.partition_index);
                accepted(partition.error_code, || format!("the state of {name}-{index}"))?;
            }
        }
        for (name, known) in &mut self.topics {
            let found = metadata.topics.iter().find(|topic| topic.name.as_deref() == Some(name.as_str()));
            let presence = if found.is_some() { Presence::There } else { Presence::Gone };
            let expected = [presence, Presence::Either].contains(&known.presence);
            must(expected, || format!("topic {name} should be {:?}", known.presence))?;
            known.presence = presence;
            let Some(found) = found else { continue };
            let count = i32::try_from(found.partitions.len()).unwrap_or(0);
            must((known.partitions..=known.most_partitions).contains(&count), || {
                format!("topic {name} has {count} partitions, {} were acknowledged", known.partitions)
            })?;
            known.partitions = count;
            let value = setting(connection, name)?;
            must(value == known.setting || value == known.last_setting, || {
                format!("topic {name}: {SETTING} is {value:?}, {:?} was acknowledged", known.setting)
            })?;
            known.setting = value;
            known.last_setting = value;
        }
        let Some((topic, deleted)) = &self.purged else { return Ok(()) };
        let start = reading::start(connection, topic, 0)?;
        must(start >= *deleted, || {
            format!("{topic}-0 begins at {start}, records below {deleted} were deleted")
        })
    }
}

/// The setting's value where the topic has one of its own.
fn setting(connection: &mut Connection, topic: &str) -> Step<Option<u64>> {
    let resource = DescribeConfigsResource {
        resource_type: 2,
        resource_name: topic.into(),
        configuration_keys: Some(vec![SETTING.into()]),
    };
    let answer =
        connection.call(&DescribeConfigsRequest { resources: vec![resource], ..Default::default() }, 2)?;
    let config = answer.results.first().and_then(|result| result.configs.first());
    let Some(config) = config else { return wrong("DescribeConfigs answered nothing") };
    // 1: given for this topic.
    let own = config.value.as_deref().filter(|_| config.config_source == 1);
    Ok(own.and_then(|value| value.parse().ok()))
}
