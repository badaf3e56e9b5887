//! Metadata: 0-13.
//!
//! Behaviour:
//! - Names this broker as `advertised.listeners` says, else by the listener's name, else by the address that the client
//!   has dialled.
//! - A topic that does not exist is made (`auto.create.topics.enable`), unless the client forbids it. The answer says
//!   what was there when the request came, so UNKNOWN_TOPIC_OR_PARTITION, as Kafka's does: clients ask again, and by
//!   then the topic is there, for it is made before the answer goes out. Why one could not be made is only logged.
//! - A partition whose log could not be opened has no leader: LEADER_NOT_AVAILABLE, its replica is offline.
//! - At most [`MAX_AUTO_CREATED`] topics are made for one request, so that one frame cannot fill the disk with
//!   directories.
//!
//! Version notes:
//! - 0: an empty list means all topics, and a topic that has just been made is LEADER_NOT_AVAILABLE, as every Kafka
//!   without KRaft said: the clients that speak this version (kafka-python's `SimpleClient`) ask again after that, but
//!   give up on UNKNOWN_TOPIC_OR_PARTITION. 1: null means all, empty means none. 4: auto creation is the client's choice.
//! - 8-10: the cluster's authorized operations. 9: flexible. 10: topic ids; 12: asking by topic id.
//! - 13: an error of the whole answer.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_cluster::controller::{ControllerError, NewTopic};
use millstream_cluster::{Image, Partition, Topic, is_internal, validate_topic_name};
use millstream_wire::messages::metadata::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};
use millstream_wire::{ErrorCode, Str, Uuid, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;
use crate::operations;
use crate::shared::NO_LEADER;

/// Topics that one request can make.
const MAX_AUTO_CREATED: usize = 1_000;

pub(crate) struct Metadata;

impl Api for Metadata {
    type Request = MetadataRequest;
    const VERSIONS: Versions = Versions::new(0, 13);

    async fn handle(call: Call, request: MetadataRequest) -> Result<Reply<MetadataResponse>, Refusal> {
        let Some(wanted) = wanted(&request, call.version) else { return Ok(refused(request).into()) };
        let catalog = &call.shared.catalog;
        let image = catalog.image();
        let made = match &wanted {
            Wanted::Names(names)
                if request.allow_auto_topic_creation && call.shared.config.auto_create_topics =>
            {
                create_missing(&call, &image, names).await
            }
            _ => BTreeSet::new(),
        };
        let mut topics = match wanted {
            Wanted::All => image.topics().map(|topic| found(catalog, topic)).collect(),
            Wanted::Names(names) => {
                let of_name = |name: &Str| match image.topic(name) {
                    Some(topic) => found(catalog, topic),
                    None if call.version == 0 && made.contains(name) => being_made(name),
                    None => missing(name),
                };
                names.iter().map(of_name).collect()
            }
            Wanted::Ids(ids) => ids.into_iter().map(|id| by_id(catalog, &image, id)).collect::<Vec<_>>(),
        };
        for topic in &mut topics {
            topic.topic_authorized_operations =
                operations::of_topic(request.include_topic_authorized_operations);
        }
        let endpoint = call.endpoint();
        let broker = MetadataResponseBroker {
            node_id: call.shared.config.node_id,
            host: endpoint.host.into(),
            port: endpoint.port.into(),
            rack: None,
        };
        Ok(MetadataResponse {
            brokers: vec![broker],
            cluster_id: Some(call.shared.cluster_id.as_str().into()),
            controller_id: call.shared.config.node_id,
            topics,
            cluster_authorized_operations: operations::of_cluster(
                request.include_cluster_authorized_operations,
            ),
            ..Default::default()
        }
        .into())
    }
}

/// What a request asks about.
enum Wanted {
    All,
    Names(BTreeSet<Str>),
    Ids(BTreeSet<Uuid>),
}

/// `None` for a request that its version does not allow.
fn wanted(request: &MetadataRequest, version: i16) -> Option<Wanted> {
    let Some(topics) = &request.topics else { return Some(Wanted::All) };
    if version == 0 && topics.is_empty() {
        return Some(Wanted::All);
    }
    let ids: BTreeSet<Uuid> = topics.iter().map(|topic| topic.topic_id).filter(|id| !id.is_zero()).collect();
    if version < 12 && (!ids.is_empty() || topics.iter().any(|topic| topic.name.is_none())) {
        return None;
    }
    Some(if ids.is_empty() {
        Wanted::Names(topics.iter().filter_map(|topic| topic.name.clone()).collect())
    } else {
        Wanted::Ids(ids)
    })
}

/// Versions 10 and 11 have a place for topic ids that only 12 may fill.
fn refused(request: MetadataRequest) -> MetadataResponse {
    let row = |topic: MetadataRequestTopic| MetadataResponseTopic {
        error_code: ErrorCode::INVALID_REQUEST,
        name: Some(topic.name.unwrap_or_default()),
        topic_id: topic.topic_id,
        ..Default::default()
    };
    let topics = request.topics.into_iter().flatten().map(row).collect();
    MetadataResponse { cluster_id: None, controller_id: -1, topics, ..Default::default() }
}

/// Makes the topics that are not there, and says which are there now.
async fn create_missing(call: &Call, image: &Image, names: &BTreeSet<Str>) -> BTreeSet<Str> {
    let mut made = BTreeSet::new();
    let missing: Vec<&Str> = names
        .iter()
        .filter(|name| image.topic(name).is_none() && validate_topic_name(name).is_ok())
        .take(MAX_AUTO_CREATED)
        .collect();
    if missing.is_empty() {
        return made;
    }
    let topics = missing.iter().map(|name| call.shared.new_topic(name)).collect::<Vec<NewTopic>>();
    match call.shared.catalog.create_topics(topics, false).await {
        Ok(results) => {
            for (topic, result) in missing.into_iter().zip(results) {
                match result {
                    // Or somebody else has made it meanwhile.
                    Ok(_) | Err(ControllerError::TopicAlreadyExists(_)) => {
                        made.insert(topic.clone());
                    }
                    Err(error) => {
                        tracing::warn!(%topic, %error, "a topic could not be made by asking for it")
                    }
                }
            }
        }
        Err(error) => tracing::warn!(%error, "topics could not be created"),
    }
    made
}

fn found(catalog: &Catalog, topic: &Arc<Topic>) -> MetadataResponseTopic {
    let led = catalog.topic_by_id(topic.id);
    let row = |(index, partition): (&i32, &Partition)| {
        let is_online = led.as_ref().is_some_and(|led| led.partition(*index).is_ok());
        let leader_id = if is_online { partition.leader } else { NO_LEADER };
        MetadataResponsePartition {
            error_code: if leader_id < 0 { ErrorCode::LEADER_NOT_AVAILABLE } else { ErrorCode::NONE },
            partition_index: *index,
            leader_id,
            leader_epoch: partition.leader_epoch,
            replica_nodes: partition.replicas.clone(),
            isr_nodes: partition.isr.clone(),
            offline_replicas: if is_online { Vec::new() } else { vec![catalog.node_id] },
        }
    };
    let partitions = topic.partitions.iter().map(row).collect();
    MetadataResponseTopic {
        name: Some(topic.name.as_str().into()),
        topic_id: topic.id,
        is_internal: topic.is_internal(),
        partitions,
        ..Default::default()
    }
}

fn missing(name: &Str) -> MetadataResponseTopic {
    let is_valid = validate_topic_name(name).is_ok();
    MetadataResponseTopic {
        error_code: if is_valid {
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
        } else {
            ErrorCode::INVALID_TOPIC_EXCEPTION
        },
        name: Some(name.clone()),
        is_internal: is_internal(name),
        ..Default::default()
    }
}

fn being_made(name: &Str) -> MetadataResponseTopic {
    MetadataResponseTopic { error_code: ErrorCode::LEADER_NOT_AVAILABLE, ..missing(name) }
}

fn by_id(catalog: &Catalog, image: &Image, id: Uuid) -> MetadataResponseTopic {
    match image.topic_by_id(id) {
        Some(topic) => found(catalog, topic),
        None => MetadataResponseTopic {
            error_code: ErrorCode::UNKNOWN_TOPIC_ID,
            name: None,
            topic_id: id,
            ..Default::default()
        },
    }
}
