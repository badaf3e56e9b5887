//! Groups that pass from one protocol to the other, with members of both.

use bytes::Bytes;
use expect_test::expect;
use millstream_wire::consumer_protocol::{
    self, ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicPartition,
};
use millstream_wire::encode_prefixed;

use super::story::{GROUP, Story, parsed, topic_id};
use crate::*;

fn subscription(owned: &str) -> Bytes {
    let owned_partitions = parsed(owned)
        .into_iter()
        .map(|(id, set)| {
            assert_eq!(id, topic_id("t"));
            TopicPartition { topic: "t".into(), partitions: set.into_iter().collect() }
        })
        .collect();
    let subscription =
        ConsumerProtocolSubscription { topics: vec!["t".into()], owned_partitions, ..Default::default() };
    encode_prefixed(&subscription, 1).unwrap()
}

fn assignment(partitions: &[i32]) -> Bytes {
    let topic = TopicPartition { topic: "t".into(), partitions: partitions.to_vec() };
    let assignment = ConsumerProtocolAssignment { assigned_partitions: vec![topic], ..Default::default() };
    encode_prefixed(&assignment, 1).unwrap()
}

fn join_request(member: &str, owned: &str) -> JoinRequest {
    JoinRequest {
        group_id: GROUP.into(),
        member_id: member.into(),
        group_instance_id: None,
        client_id: "old".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: Some(20_000),
        protocol_type: "consumer".into(),
        protocols: vec![Protocol { name: "cooperative-sticky".into(), metadata: subscription(owned) }],
        fresh_uuid: "fresh".into(),
        requires_known_member_id: false,
        supports_skipping_assignment: true,
    }
}

/// `generation member` or the error; `parked` when it waits.
fn join(story: &mut Story, member: &str, owned: &str) -> String {
    let request = join_request(member, owned);
    match story.ask(|waiter| Event::Join(waiter, request)) {
        None => "parked".to_owned(),
        Some(Response::Join(answer)) => match answer.error {
            None => format!("{} {}", answer.generation_id, answer.member_id),
            Some(error) => format!("{error:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn sync(story: &mut Story, member: &str, generation_id: i32, given: &[(&str, &[i32])]) -> String {
    let request = SyncRequest {
        group_id: GROUP.into(),
        generation_id,
        member_id: member.into(),
        group_instance_id: None,
        protocol_type: Some("consumer".into()),
        protocol_name: Some("cooperative-sticky".into()),
        assignments: given
            .iter()
            .map(|(id, partitions)| ((*id).to_owned(), assignment(partitions)))
            .collect(),
    };
    match story.ask(|waiter| Event::Sync(waiter, request)) {
        Some(Response::Sync(Ok(answer))) => {
            let decoded: Result<(i16, ConsumerProtocolAssignment), _> =
                consumer_protocol::decode(answer.assignment);
            let topics = decoded.unwrap().1.assigned_partitions;
            format!("{:?}", topics.iter().map(|topic| topic.partitions.clone()).collect::<Vec<_>>())
        }
        Some(Response::Sync(Err(error))) => format!("{error:?}"),
        other => panic!("{other:?}"),
    }
}

fn beat(story: &mut Story, member: &str, generation_id: i32) -> String {
    let request = Heartbeat {
        group_id: GROUP.into(),
        generation_id,
        member_id: member.into(),
        group_instance_id: None,
    };
    match story.ask(|waiter| Event::Heartbeat(waiter, request)) {
        Some(Response::Heartbeat(Ok(()))) => "ok".to_owned(),
        Some(Response::Heartbeat(Err(error))) => format!("{error:?}"),
        other => panic!("{other:?}"),
    }
}

fn classic(story: &Story) -> String {
    let Some(group) = story.coordinator.describe(GROUP) else { return "none".to_owned() };
    let members: Vec<&str> = group.members.iter().map(|member| member.member_id.as_str()).collect();
    format!("{} {} {}", group.state, group.protocol, members.join(" "))
}

/// A classic group of one member, `old-fresh`, with both partitions.
fn classic_group(config: Config) -> Story {
    let mut story = Story::new(config, &[("t", 2)]);
    assert_eq!(join(&mut story, "", ""), "1 old-fresh");
    assert_eq!(sync(&mut story, "old-fresh", 1, &[("old-fresh", &[0, 1])]), "[[0, 1]]");
    assert_eq!(classic(&story), "Stable cooperative-sticky old-fresh");
    story
}

#[test]
fn a_classic_group_becomes_a_consumer_group_and_goes_back() {
    let mut story = classic_group(Config::default());
    let mut log = Vec::new();
    log.push(super::story::tell(&story.join("new", &["t"])));
    log.push(format!("{} / {}", classic(&story), story.group()));
    // The old member is told to join, gives back what it must, and syncs.
    log.push(beat(&mut story, "old-fresh", 1));
    log.push(join(&mut story, "old-fresh", "t:0,1"));
    log.push(sync(&mut story, "old-fresh", 1, &[]));
    log.push(beat(&mut story, "old-fresh", 1));
    log.push(join(&mut story, "old-fresh", "t:0"));
    log.push(sync(&mut story, "old-fresh", 2, &[]));
    log.push(beat(&mut story, "old-fresh", 2));
    log.push(story.told("new", 2, None));
    log.push(story.group());
    let restarted = story.restarted(Config::default(), &[("t", 2)]);
    assert_eq!(restarted.describe(), story.describe());
    // The last member of the new protocol leaves.
    log.push(story.told("new", -1, None));
    log.push(format!("{} / {}", classic(&story), story.group()));
    log.push(join(&mut story, "old-fresh", "t:0"));
    log.push(sync(&mut story, "old-fresh", 3, &[("old-fresh", &[0, 1])]));
    log.push(classic(&story));
    expect![[r#"
        2 []
        none / Reconciling 2/2 new@2  old-fresh@1 t:0,1
        RebalanceInProgress
        1 old-fresh
        [[0]]
        RebalanceInProgress
        2 old-fresh
        [[0]]
        ok
        2 [t:1]
        Stable 2/2 new@2 t:1 old-fresh@2 t:0
        -1
        PreparingRebalance  old-fresh / none
        3 old-fresh
        [[0, 1]]
        Stable cooperative-sticky old-fresh"#]]
    .assert_eq(&log.join("\n"));
}

#[test]
fn a_member_that_does_not_join_in_time_is_out() {
    let mut story = classic_group(Config::default());
    story.join("new", &["t"]).unwrap();
    assert_eq!(beat(&mut story, "old-fresh", 1), "RebalanceInProgress");
    for _ in 0..4 {
        story.wait(4_900);
        assert_eq!(beat(&mut story, "old-fresh", 1), "RebalanceInProgress");
    }
    story.wait(500);
    assert_eq!(beat(&mut story, "old-fresh", 1), "UnknownMemberId");
}

#[test]
fn the_policy_may_forbid_it() {
    for (migration, expected) in [
        (
            Migration::Disabled,
            "Cannot upgrade classic group g to consumer group because online upgrade is disabled.",
        ),
        (
            Migration::Downgrade,
            "Cannot upgrade classic group g to consumer group because online upgrade is disabled.",
        ),
    ] {
        let mut story = classic_group(Config { migration, ..Config::default() });
        let refused = story.join("new", &["t"]).unwrap_err();
        assert_eq!((refused.error, refused.message.as_str()), (GroupError::GroupIdNotFound, expected));
        assert_eq!(classic(&story), "Stable cooperative-sticky old-fresh");
    }
    let mut story = classic_group(Config { migration: Migration::Upgrade, ..Config::default() });
    story.join("new", &["t"]).unwrap();
    story.told("new", -1, None);
    assert_eq!(classic(&story), "none");
}

#[test]
fn empty_groups_take_whoever_comes_and_keep_their_offsets() {
    let mut story = Story::new(Config::default(), &[("t", 2)]);
    assert_eq!(join(&mut story, "", ""), "1 old-fresh");
    let leave = LeaveRequest {
        group_id: GROUP.into(),
        members: vec![LeavingMember { member_id: "old-fresh".into(), group_instance_id: None }],
    };
    story.ask(|waiter| Event::Leave(waiter, leave));
    let commit = CommitRequest {
        group_id: GROUP.into(),
        generation_id: -1,
        member_id: String::new(),
        group_instance_id: None,
        retention_ms: None,
        knows_group_id_not_found: true,
        topics: vec![CommitTopic {
            name: "t".into(),
            topic_id: *topic_id("t").as_bytes(),
            partitions: vec![CommitPartition { partition: 0, offset: 5, leader_epoch: -1, metadata: None }],
        }],
    };
    story.ask(|waiter| Event::Commit(waiter, commit));
    story.join("new", &["t"]).unwrap();
    assert_eq!((classic(&story).as_str(), story.group().as_str()), ("none", "Stable 2/2 new@2 t:0,1"));
    story.told("new", -1, None);
    assert_eq!(join(&mut story, "", ""), "1 old-fresh");
    assert_eq!(story.group(), "none");
    assert_eq!(story.coordinator.offset(GROUP, "t", 0).map(|offset| offset.offset), Some(5));
    let restarted = story.restarted(Config::default(), &[("t", 2)]);
    assert_eq!(restarted.group(), "none");
    assert_eq!(restarted.coordinator.offset(GROUP, "t", 0).map(|offset| offset.offset), Some(5));
    assert_eq!(restarted.coordinator.list().len(), 1);
}

#[test]
fn a_conversion_that_could_not_be_written_leaves_the_classic_group() {
    let mut story = classic_group(Config::default());
    story.disk = Err(AppendFailure::Unavailable);
    assert_eq!(story.join("new", &["t"]).unwrap_err().error, GroupError::CoordinatorNotAvailable);
    assert_eq!(classic(&story), "Stable cooperative-sticky old-fresh");
    story.disk = Ok(());
    assert_eq!(beat(&mut story, "old-fresh", 1), "ok");
}

#[test]
fn a_leave_of_strangers_changes_nothing() {
    let mut story = classic_group(Config::default());
    story.join("new", &["t"]).unwrap();
    let before = story.describe();
    let leave = LeaveRequest {
        group_id: GROUP.into(),
        members: vec![LeavingMember { member_id: "stranger".into(), group_instance_id: None }],
    };
    let answer = story.ask(|waiter| Event::Leave(waiter, leave));
    let Some(Response::Leave(Ok(answer))) = answer else { panic!("{answer:?}") };
    assert_eq!(answer.members.first().and_then(|member| member.error), Some(GroupError::UnknownMemberId));
    assert_eq!(story.describe(), before);
}
