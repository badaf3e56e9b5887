//! Which topics a classic group reads, as far as its members' metadata tells: their offsets are neither deleted nor do
//! they expire.
//!
//! As of the last generation, like Kafka's: what a member says that joins anew counts when the rebalance is over.

use std::collections::BTreeSet;

use millstream_wire::consumer_protocol::ConsumerProtocolSubscription;
use millstream_wire::{Message, Reader};

use crate::group::Group;

/// The protocol type of consumers: the one whose metadata can be read here.
pub(crate) const CONSUMER: &str = "consumer";

/// What a generation reads.
#[derive(Debug, Default)]
pub(crate) enum Subscription {
    /// There was no generation yet, or its metadata cannot be read: it may be anything, if they are consumers.
    #[default]
    Unknown,
    /// These topics.
    Topics(BTreeSet<String>),
}

impl Subscription {
    /// That of the members as they are now.
    pub(crate) fn of(group: &Group) -> Self {
        let Some(protocol) = group.protocol_name.as_ref().filter(|_| is_of_consumers(group)) else {
            let is_nobody = is_of_consumers(group) && group.size() == 0;
            return if is_nobody { Self::Topics(BTreeSet::new()) } else { Self::Unknown };
        };
        let mut topics = BTreeSet::new();
        for member in group.members() {
            let mut reader = Reader::new(member.metadata(protocol));
            // Every version begins with the fields of version 0.
            let subscription =
                reader.i16().and_then(|_| ConsumerProtocolSubscription::decode(&mut reader, 0));
            let Ok(subscription) = subscription else { return Self::Unknown };
            topics.extend(subscription.topics.iter().map(ToString::to_string));
        }
        Self::Topics(topics)
    }

    /// Whether `group`, whose subscription this is, reads the topic.
    pub(crate) fn contains(&self, group: &Group, topic: &str) -> bool {
        match self {
            Self::Unknown => is_of_consumers(group),
            Self::Topics(topics) => topics.contains(topic),
        }
    }
}

/// Whether its members' metadata can be read.
pub(crate) fn is_of_consumers(group: &Group) -> bool {
    group.protocol_type.as_deref() == Some(CONSUMER)
}
