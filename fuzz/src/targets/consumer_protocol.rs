//! The blobs that members of a group hand each other through the coordinator: subscriptions and assignments of the
//! consumer protocol, with whatever their assignors add.
//!
//! To a classic group they are bytes. They are read when a member of the new protocol (KIP-848) joins and the group
//! becomes a consumer group: what cannot be read must refuse the newcomer, not break the group.
//!
//! Memory: `4 x input + 64 KiB`.

use bytes::Bytes;
use millstream_coordinator::{
    Config, ConsumerHeartbeat, Coordinator, Effect, Event, ExistingTopic, JoinRequest, Protocol, Response,
    SyncRequest, WaiterId,
};
use millstream_wire::consumer_protocol::{self, ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use millstream_wire::{Message, Uuid, encode_prefixed};

use super::batches::NOW;
use super::groups::settle;
use super::messages::RECORDS;
use crate::target::{Target, Trial, ensure, scale, variant};

/// See the module.
pub const TARGET: Target = Target {
    name: "consumer_protocol",
    about: "subscriptions and assignments of classic consumers, alone and when their group takes the new protocol",
    seeds,
    run,
    longest: 4096,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut subscriptions = vec![Vec::new()];
    let mut assignments = vec![Vec::new()];
    for (name, list) in [
        ("ConsumerProtocolSubscription", &mut subscriptions),
        ("ConsumerProtocolAssignment", &mut assignments),
    ] {
        for schema in RECORDS.iter().filter(|schema| schema.name == name) {
            for version in schema.versions.iter() {
                for seed in [0, 1, 2] {
                    let body = (schema.sample)(seed, version).unwrap_or_default();
                    list.push([&version.to_be_bytes(), &body[..]].concat());
                }
            }
        }
    }
    let mut seeds = Vec::new();
    for subscription in &subscriptions {
        for assignment in &assignments {
            let length = u16::try_from(subscription.len()).unwrap_or_default().to_be_bytes();
            seeds.push([&length, &subscription[..], assignment].concat());
        }
    }
    seeds
}

fn run(input: &[u8], trial: &mut Trial) -> Result<(), String> {
    let Some((length, rest)) = input.split_first_chunk() else { return Ok(()) };
    let at = usize::from(u16::from_be_bytes(*length)).min(rest.len());
    let (subscription, assignment) = rest.split_at_checked(at).unwrap_or_default();
    let (subscription, assignment) =
        (Bytes::copy_from_slice(subscription), Bytes::copy_from_slice(assignment));
    blob::<ConsumerProtocolSubscription>(&subscription, trial)?;
    blob::<ConsumerProtocolAssignment>(&assignment, trial)?;
    upgrade(subscription, assignment, trial)
}

/// What is read is written and read again.
fn blob<M: Message + PartialEq + std::fmt::Debug>(bytes: &Bytes, trial: &mut Trial) -> Result<(), String> {
    let decoded = trial.bounded(M::NAME, bytes.len(), 0, || consumer_protocol::decode::<M>(bytes.clone()))?;
    let (version, message) = match decoded {
        Ok(decoded) => decoded,
        Err(error) => {
            trial.feature((M::NAME, variant(&error)));
            return Ok(());
        }
    };
    trial.feature((M::NAME, version.clamp(-1, 9), scale(bytes.len())));
    let known = version.min(M::VERSIONS.max);
    let again = encode_prefixed(&message, known).map_err(|error| format!("{message:?}: {error}"))?;
    let second = consumer_protocol::decode::<M>(again).map_err(|error| format!("{message:?}: {error}"))?;
    ensure(second == (known, message), || "another one was read from what was written".to_owned())
}

/// A classic member with these blobs, then a member of the new protocol.
fn upgrade(subscription: Bytes, assignment: Bytes, trial: &mut Trial) -> Result<(), String> {
    let mut groups = Coordinator::new(Config::default());
    let mut next = Coordinator::new(Config::default());
    let topics = ["s1", "s2", "t"].into_iter().zip(1_u8..).map(|(name, id)| ExistingTopic {
        name: name.to_owned(),
        id: Uuid::from_bytes([id; 16]),
        partitions: 3,
    });
    let effects = groups.handle(NOW, Event::TopicsChanged(1, topics.collect()));
    settle(&mut groups, &mut next, effects)?;
    let effects = groups.handle(NOW, Event::Join(WaiterId(1), join(subscription)));
    let member = effects.iter().find_map(|effect| match effect {
        Effect::Respond { response: Response::Join(joined), .. } => {
            Some((joined.member_id.clone(), joined.generation_id))
        }
        _ => None,
    });
    settle(&mut groups, &mut next, effects)?;
    if let Some((member_id, generation_id)) = member {
        let request = SyncRequest {
            group_id: "g".to_owned(),
            generation_id,
            member_id: member_id.clone(),
            group_instance_id: None,
            protocol_type: None,
            protocol_name: None,
            assignments: vec![(member_id, assignment)],
        };
        let effects = groups.handle(NOW, Event::Sync(WaiterId(2), request));
        settle(&mut groups, &mut next, effects)?;
    }
    for epoch in [0, 1, -1] {
        let effects = groups.handle(NOW, Event::ConsumerHeartbeat(WaiterId(3), heartbeat(epoch)));
        for effect in &effects {
            if let Effect::Respond { response: Response::ConsumerHeartbeat(answer), .. } = effect {
                trial.feature(("heartbeat", epoch, answer.as_ref().err().map(variant)));
            }
        }
        settle(&mut groups, &mut next, effects)?;
        trial.feature(("described", groups.describe("g").is_some(), groups.describe_consumer("g").is_some()));
    }
    let late = NOW + 10_000_000;
    let effects = groups.handle(late, Event::Tick);
    settle(&mut groups, &mut next, effects)
}

fn join(metadata: Bytes) -> JoinRequest {
    JoinRequest {
        group_id: "g".to_owned(),
        member_id: String::new(),
        group_instance_id: None,
        client_id: "c".to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: Some(10_000),
        protocol_type: "consumer".to_owned(),
        protocols: vec![Protocol { name: "range".to_owned(), metadata }],
        fresh_uuid: "first".to_owned(),
        requires_known_member_id: false,
        supports_skipping_assignment: true,
    }
}

fn heartbeat(member_epoch: i32) -> ConsumerHeartbeat {
    ConsumerHeartbeat {
        version: 1,
        group_id: "g".to_owned(),
        member_id: "second".to_owned(),
        member_epoch,
        instance_id: None,
        rack_id: None,
        rebalance_timeout_ms: Some(10_000),
        topics: Some(vec!["t".to_owned()]),
        regex: None,
        assignor: None,
        owned: Some(Default::default()),
        client_id: "c".to_owned(),
        client_host: "/127.0.0.1".to_owned(),
        fresh_uuid: "second".to_owned(),
    }
}
