//! DeleteTopics: topics go with their configs. Their directories are the broker's to remove.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_wire::metadata::{MetadataRecord, RemoveTopicRecord};

use super::{ControllerError, Decision, TopicRef};
use crate::{Image, Topic, Uuid};

/// Decides on each topic by itself; the answer has the topics as they were.
pub(crate) fn delete_topics(
    image: &Image,
    topics: &[TopicRef],
) -> Decision<Vec<Result<Arc<Topic>, ControllerError>>> {
    let mut gone: BTreeSet<Uuid> = BTreeSet::new();
    let mut records = Vec::new();
    let decide = |asked: &TopicRef| {
        let topic = find(image, asked)?;
        if !gone.insert(topic.id) {
            return Err(ControllerError::InvalidRequest("Duplicate topic name.".to_owned()));
        }
        records.push(MetadataRecord::RemoveTopic(RemoveTopicRecord { topic_id: topic.id }));
        Ok(topic)
    };
    let answer = topics.iter().map(decide).collect();
    Decision { records, answer }
}

fn find(image: &Image, asked: &TopicRef) -> Result<Arc<Topic>, ControllerError> {
    match asked {
        TopicRef::Name(name) => {
            image.topic(name).cloned().ok_or_else(|| ControllerError::UnknownTopic(name.clone()))
        }
        TopicRef::Id(id) => image.topic_by_id(*id).cloned().ok_or(ControllerError::UnknownTopicId(*id)),
    }
}
