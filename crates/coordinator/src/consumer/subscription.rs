//! Who reads which topics, with one member as it will be.

use std::collections::{BTreeMap, BTreeSet};

use millstream_wire::Uuid;

use super::context::Context;
use super::group::ConsumerGroup;
use super::hash;
use super::member::{Member, MemberMetadata};

/// The group's members with `updated` in its place, and in the place of the static member that it replaces.
pub(crate) fn members_with<'a>(
    group: &'a ConsumerGroup,
    updated: &'a Member,
) -> impl Iterator<Item = (&'a str, &'a MemberMetadata)> {
    let instance_id = updated.metadata.instance_id.as_deref();
    let replaced = instance_id.and_then(|id| group.static_member_id(id));
    group
        .members()
        .filter(move |(id, _)| *id != updated.id && Some(*id) != replaced)
        .chain(std::iter::once((updated.id.as_str(), &updated.metadata)))
}

/// The topics that these members read, by name.
pub(crate) fn topics_of<'a>(
    group: &'a ConsumerGroup,
    members: impl Iterator<Item = (&'a str, &'a MemberMetadata)>,
) -> BTreeSet<&'a str> {
    let mut topics = BTreeSet::new();
    let mut regexes = BTreeSet::new();
    for (_, metadata) in members {
        topics.extend(metadata.topics.iter().map(String::as_str));
        regexes.insert(metadata.regex.as_str());
    }
    for resolved in regexes.into_iter().filter_map(|regex| group.resolved(regex)) {
        topics.extend(resolved.topics.iter().map(String::as_str));
    }
    topics
}

/// The hash of those of the topics that exist.
pub(crate) fn hash_of(context: &Context<'_>, topics: &BTreeSet<&str>) -> i64 {
    hash::of_group(topics.iter().filter_map(|name| context.topics.get(name)).map(|topic| topic.hash))
}

/// The ids of the topics that a member subscribes to and that exist. A regular expression that was not looked up yet
/// stands for none.
pub(crate) fn topic_ids(
    context: &Context<'_>,
    group: &ConsumerGroup,
    metadata: &MemberMetadata,
) -> BTreeSet<Uuid> {
    let resolved = group.resolved(&metadata.regex).map(|resolved| &resolved.topics);
    let names = metadata.topics.iter().chain(resolved.into_iter().flatten());
    names.filter_map(|name| context.topics.get(name)).map(|topic| topic.id).collect()
}

/// The assignor that most members ask for, or the broker's first.
pub(crate) fn preferred_assignor<'a>(
    context: &'a Context<'_>,
    members: impl Iterator<Item = (&'a str, &'a MemberMetadata)>,
) -> Option<&'a str> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for name in members.filter_map(|(_, metadata)| metadata.assignor.as_deref()) {
        *votes.entry(name).or_default() += 1;
    }
    let most = votes.values().copied().max();
    let winner = votes.into_iter().find(|(_, count)| Some(*count) == most).map(|(name, _)| name);
    winner.or_else(|| context.config.consumer_assignors.first().map(String::as_str))
}
