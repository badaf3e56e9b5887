//! What the coordinator has to know of the metadata: topics, and groups' own settings. It is told before the next thing
//! happens, by what differs between the image it has seen and the one there is.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_cluster::{Image, Topic};
use millstream_coordinator::{Event, ExistingTopic, GroupSettings};

/// The events that bring somebody who knows `seen` to `now`.
pub(super) fn news(seen: &Image, now: &Image) -> Vec<Event> {
    let mut events = Vec::new();
    // A topic of the same name may have come in its place: it has another id.
    let is_gone =
        |topic: &&Arc<Topic>| now.topic(&topic.name).is_none_or(|successor| successor.id != topic.id);
    let gone: Vec<String> = seen.topics().filter(is_gone).map(|topic| topic.name.clone()).collect();
    if !gone.is_empty() {
        events.push(Event::TopicsDeleted(gone));
    }
    let is_news = |topic: &&Arc<Topic>| {
        seen.topic(&topic.name).is_none_or(|before| {
            !Arc::ptr_eq(before, topic)
                && (before.id != topic.id || before.partitions.len() != topic.partitions.len())
        })
    };
    let news: Vec<ExistingTopic> = now.topics().filter(is_news).map(|topic| existing(topic)).collect();
    if !news.is_empty() {
        events.push(Event::TopicsChanged(now.offset(), news));
    }
    let before: BTreeMap<&str, _> = seen.group_configs().collect();
    let after: BTreeMap<&str, _> = now.group_configs().collect();
    for (group, configs) in &after {
        if before.get(group) != Some(configs) {
            events.push(Event::GroupSettings((*group).to_owned(), settings(configs)));
        }
    }
    for group in before.keys().filter(|group| !after.contains_key(*group)) {
        events.push(Event::GroupSettings((*group).to_owned(), GroupSettings::default()));
    }
    events
}

fn existing(topic: &Topic) -> ExistingTopic {
    let partitions = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
    ExistingTopic { name: topic.name.clone(), id: topic.id, partitions }
}

fn settings(configs: &BTreeMap<String, String>) -> GroupSettings {
    let number = |name: &str| configs.get(name).and_then(|value| value.trim().parse().ok());
    GroupSettings {
        session_timeout_ms: number("consumer.session.timeout.ms"),
        heartbeat_interval_ms: number("consumer.heartbeat.interval.ms"),
        assignment_interval_ms: number("consumer.assignment.interval.ms"),
    }
}
