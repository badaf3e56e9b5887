//! CreateTopics: 0-7.
//!
//! Behaviour: topics are on disk when the answer goes out, so the timeout has nothing to wait for. A topic named twice
//! in one request is INVALID_REQUEST, once.
//!
//! Version notes:
//! - 1: error messages, validate only. 4: -1 for the default number of partitions and replicas. 5: flexible, and the
//!   topic's settings in the answer. 7: the topic's id.

use std::collections::BTreeMap;

use millstream_cluster::config::topic_configs_with;
use millstream_cluster::controller::{ControllerError, CreatedTopic, NewTopic};
use millstream_cluster::{Image, MetadataError};
use millstream_wire::messages::create_topics::{
    CreatableTopic, CreatableTopicConfig, CreatableTopicConfigs, CreatableTopicResult, CreateTopicsRequest,
    CreateTopicsResponse,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply, repeated};

pub(crate) struct CreateTopics;

impl Api for CreateTopics {
    type Request = CreateTopicsRequest;
    const VERSIONS: Versions = Versions::new(0, 7);

    async fn handle(
        call: Call,
        request: CreateTopicsRequest,
    ) -> Result<Reply<CreateTopicsResponse>, Refusal> {
        let (once, twice) = repeated::split(request.topics, |topic| topic.name.clone());
        let wanted = once.iter().map(new_topic).collect();
        let results = call.shared.catalog.create_topics(wanted, request.validate_only).await;
        let image = call.shared.catalog.image();
        let mut topics: Vec<_> = match results {
            Ok(results) => {
                let row = |(topic, result): (CreatableTopic, _)| row(&call, &image, topic, result);
                once.into_iter().zip(results).map(row).collect()
            }
            Err(error) => once.into_iter().map(|topic| not_written(topic.name, &error)).collect(),
        };
        topics.extend(twice.into_iter().map(|name| {
            let message = "Duplicate topic name.";
            failed(name, ErrorCode::INVALID_REQUEST, message.to_owned())
        }));
        Ok(CreateTopicsResponse { topics, ..Default::default() }.into())
    }
}

fn new_topic(topic: &CreatableTopic) -> NewTopic {
    NewTopic {
        name: topic.name.to_string(),
        partitions: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: topic
            .assignments
            .iter()
            .map(|assignment| (assignment.partition_index, assignment.broker_ids.clone()))
            .collect(),
        configs: topic
            .configs
            .iter()
            .map(|config| (config.name.to_string(), config.value.as_ref().map(ToString::to_string)))
            .collect(),
    }
}

fn row(
    call: &Call,
    image: &Image,
    topic: CreatableTopic,
    result: Result<CreatedTopic, ControllerError>,
) -> CreatableTopicResult {
    match result {
        Ok(created) => CreatableTopicResult {
            name: topic.name,
            topic_id: created.id,
            error_code: ErrorCode::NONE,
            error_message: None,
            num_partitions: created.partitions,
            replication_factor: created.replication_factor,
            configs: Some(configs(call, image, topic.configs)),
            ..Default::default()
        },
        Err(error) => failed(topic.name, ErrorCode::from_code(error.code()), error.to_string()),
    }
}

/// The new topic's settings, or those that it would have, if it was only validated. Its own are told as they came.
fn configs(call: &Call, image: &Image, own: Vec<CreatableTopicConfig>) -> Vec<CreatableTopicConfigs> {
    let own = own.into_iter().filter_map(|config| Some((config.name.to_string(), config.value?.to_string())));
    let mut own: BTreeMap<String, String> = own.collect();
    let start = call.shared.catalog.static_configs();
    topic_configs_with(image, &own, call.shared.config.node_id, start)
        .into_iter()
        .map(|config| CreatableTopicConfigs {
            value: own.remove(&config.name).or(config.value).map(Into::into),
            name: config.name.into(),
            read_only: config.read_only,
            config_source: config.source.id(),
            is_sensitive: false,
        })
        .collect()
}

fn failed(name: Str, error_code: ErrorCode, message: String) -> CreatableTopicResult {
    CreatableTopicResult { name, error_code, error_message: Some(message.into()), ..Default::default() }
}

fn not_written(name: Str, error: &MetadataError) -> CreatableTopicResult {
    tracing::error!(topic = %name, %error, "a topic could not be created");
    failed(name, ErrorCode::KAFKA_STORAGE_ERROR, error.to_string())
}
