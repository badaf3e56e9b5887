//! DeleteTopics: 0-6.
//!
//! Behaviour: the topic, its records and its committed offsets are gone when the answer goes out. Kafka's own topics
//! cannot be deleted. A topic named twice is INVALID_REQUEST, once, and stays.
//!
//! Version notes: 1: throttle time. 3: TOPIC_DELETION_DISABLED, before it INVALID_REQUEST. 4: flexible. 5: error
//! messages. 6: by topic id.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_cluster::controller::{ControllerError, TopicRef};
use millstream_cluster::{Image, Topic};
use millstream_wire::messages::delete_topics::{
    DeletableTopicResult, DeleteTopicState, DeleteTopicsRequest, DeleteTopicsResponse,
};
use millstream_wire::{ErrorCode, Uuid, Versions};

use super::{Api, Call, Refusal, Reply, repeated};

pub(crate) struct DeleteTopics;

impl Api for DeleteTopics {
    type Request = DeleteTopicsRequest;
    const VERSIONS: Versions = Versions::new(0, 6);

    async fn handle(
        call: Call,
        request: DeleteTopicsRequest,
    ) -> Result<Reply<DeleteTopicsResponse>, Refusal> {
        let wanted: Vec<DeleteTopicState> = if call.version >= 6 {
            request.topics
        } else {
            let by_name = |name| DeleteTopicState { name: Some(name), ..Default::default() };
            request.topic_names.into_iter().map(by_name).collect()
        };
        let image = call.shared.catalog.image();
        let (once, twice) = repeated::split(wanted, |topic| (topic.name.clone(), topic.topic_id));
        let mut responses = Vec::with_capacity(once.len());
        let ids: BTreeSet<Uuid> =
            once.iter().filter(|topic| topic.name.is_none()).map(|topic| topic.topic_id).collect();
        let id_of = |topic: &DeleteTopicState| Some(image.topic(topic.name.as_ref()?)?.id);
        let (again, once): (Vec<_>, Vec<_>) =
            once.into_iter().partition(|topic| id_of(topic).is_some_and(|id| ids.contains(&id)));
        let named: BTreeSet<Uuid> = again.iter().filter_map(id_of).collect();
        for topic in again {
            let topic = DeleteTopicState { topic_id: id_of(&topic).unwrap_or_default(), ..topic };
            let message = "The provided topic name maps to an ID that was already supplied.".to_owned();
            responses.push(row(topic, Err((ErrorCode::INVALID_REQUEST, message))));
        }
        let once = once.into_iter().filter(|topic| !named.contains(&topic.topic_id));
        for (name, topic_id) in twice {
            let what = if name.is_some() { "name" } else { "id" };
            let refused = (ErrorCode::INVALID_REQUEST, format!("Duplicate topic {what}."));
            responses.push(row(DeleteTopicState { name, topic_id }, Err(refused)));
        }
        for topic in once {
            let deleted = match checked(&call, &image, &topic) {
                Ok(reference) => delete(&call, reference).await,
                Err(refused) => Err(refused),
            };
            responses.push(row(topic, deleted));
        }
        Ok(DeleteTopicsResponse { responses, ..Default::default() }.into())
    }
}

type Refused = (ErrorCode, String);

fn checked(call: &Call, image: &Image, topic: &DeleteTopicState) -> Result<TopicRef, Refused> {
    if !call.shared.config.delete_topics {
        let code =
            if call.version < 3 { ErrorCode::INVALID_REQUEST } else { ErrorCode::TOPIC_DELETION_DISABLED };
        return Err((code, "Topic deletion is disabled (delete.topic.enable).".to_owned()));
    }
    let (reference, found) = match (&topic.name, topic.topic_id.is_zero()) {
        (Some(name), true) => (TopicRef::Name(name.to_string()), image.topic(name)),
        (None, false) => {
            let id = topic.topic_id;
            (TopicRef::Id(id), image.topic_by_id(id))
        }
        (Some(_), false) => {
            let message = "You may not specify both topic name and topic id.";
            return Err((ErrorCode::INVALID_REQUEST, message.to_owned()));
        }
        (None, true) => {
            let message = "Neither topic name nor id were specified.";
            return Err((ErrorCode::INVALID_REQUEST, message.to_owned()));
        }
    };
    match found {
        Some(found) if found.is_internal() => {
            let message = format!("Topic '{}' is Kafka's own and cannot be deleted.", found.name);
            Err((ErrorCode::POLICY_VIOLATION, message))
        }
        _ => Ok(reference),
    }
}

async fn delete(call: &Call, topic: TopicRef) -> Result<Arc<Topic>, Refused> {
    let refused = |error: &ControllerError| (ErrorCode::from_code(error.code()), error.to_string());
    let mut results = call.shared.catalog.delete_topics(vec![topic]).await.map_err(|error| {
        tracing::error!(%error, "a topic could not be deleted");
        (ErrorCode::KAFKA_STORAGE_ERROR, error.to_string())
    })?;
    let deleted = results.pop().ok_or((ErrorCode::UNKNOWN_SERVER_ERROR, String::new()))?;
    let deleted = deleted.map_err(|error| refused(&error))?;
    call.shared.groups.metadata_changed();
    Ok(deleted)
}

fn row(topic: DeleteTopicState, deleted: Result<Arc<Topic>, Refused>) -> DeletableTopicResult {
    match deleted {
        Ok(deleted) => DeletableTopicResult {
            name: Some(deleted.name.as_str().into()),
            topic_id: deleted.id,
            error_message: None,
            ..Default::default()
        },
        Err((error_code, message)) => DeletableTopicResult {
            name: topic.name,
            topic_id: topic.topic_id,
            error_code,
            error_message: Some(message.into()),
        },
    }
}
