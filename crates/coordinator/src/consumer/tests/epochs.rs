//! Joining, giving back, leaving, falling silent; who is fenced.

use expect_test::expect;

use super::story::{Story, joins, parsed, tell};
use crate::*;

#[test]
fn a_second_member_gets_what_the_first_gives_back() {
    let mut story = Story::new(Config::default(), &[("t", 4)]);
    let mut log = vec![tell(&story.join("a", &["t"]))];
    log.push(story.group());
    // The second member's epoch is the target's, but its partitions are not free yet.
    log.push(tell(&story.join("b", &["t"])));
    log.push(story.group());
    log.push(story.told("a", 2, Some("t:0,1,2,3")));
    log.push(story.told("b", 3, None));
    // Not given back yet: nothing moves.
    log.push(story.told("a", 2, Some("t:0,1,2,3")));
    log.push(story.told("a", 2, None));
    log.push(story.told("a", 2, Some("t:0,1")));
    log.push(story.group());
    log.push(story.told("b", 3, None));
    log.push(story.group());
    log.push(story.told("a", 3, None));
    log.push(story.told("b", -1, None));
    log.push(story.group());
    log.push(story.told("a", 3, None));
    log.push(story.group());
    log.push(story.told("a", -1, None));
    log.push(story.group());
    expect![[r#"
        2 [t:0,1,2,3]
        Stable 2/2 a@2 t:0,1,2,3
        3 []
        Reconciling 3/3 a@2 t:0,1,2,3 b@3 
        2 [t:0,1]
        3
        2
        2
        3
        Reconciling 3/3 a@3 t:0,1 b@3 
        3 [t:2,3]
        Stable 3/3 a@3 t:0,1 b@3 t:2,3
        3
        -1
        Assigning 3/4 a@3 t:0,1
        4 [t:0,1,2,3]
        Stable 4/4 a@4 t:0,1,2,3
        -1
        Empty 4/5"#]]
    .assert_eq(&log.join("\n"));
}

#[test]
fn who_is_fenced_and_with_what_words() {
    let mut story = Story::new(Config::default(), &[("t", 2)]);
    let a = story.join("a", &["t"]).unwrap();
    assert_eq!(a.member_epoch, 2);
    story.join("b", &["t"]).unwrap();
    story.told("a", 2, Some("t:0"));
    let table: [(&str, i32, Option<&str>, &str); 8] = [
        ("a", 3, None, "3"),
        // The answer with epoch 3 was lost: with the epoch before and nothing else than its own, it is accepted.
        ("a", 2, Some("t:0"), "3"),
        ("a", 2, Some("t:0,1"), "FencedMemberEpoch"),
        ("a", 2, None, "FencedMemberEpoch"),
        ("a", 1, Some(""), "FencedMemberEpoch"),
        ("a", 9, Some(""), "FencedMemberEpoch"),
        ("nobody", 3, None, "UnknownMemberId"),
        ("nobody", -1, None, "UnknownMemberId"),
    ];
    for (member, epoch, owned, expected) in table {
        assert_eq!(story.told(member, epoch, owned), expected, "{member} {epoch} {owned:?}");
    }
    let refused = story.beat("a", 9, |_| {}).unwrap_err();
    assert_eq!(
        refused.message,
        "The consumer group member has a greater member epoch (9) than the one known by the group coordinator (3). \
         The member must abandon all its partitions and rejoin."
    );
    let refused = story.beat("a", 3, |beat| beat.group_id = "other".into()).unwrap_err();
    assert_eq!(
        (refused.error, refused.message.as_str()),
        (GroupError::GroupIdNotFound, "Consumer group other not found.")
    );
}

#[test]
fn requests_that_lack_something() {
    type Change = fn(&mut ConsumerHeartbeat);
    let table: [(&str, Change, GroupError); 11] = [
        ("MemberId can't be empty.", |beat| beat.member_id.clear(), GroupError::InvalidRequest),
        ("GroupId can't be empty.", |beat| beat.group_id = " ".into(), GroupError::InvalidRequest),
        (
            "InstanceId can't be empty.",
            |beat| beat.instance_id = Some(String::new()),
            GroupError::InvalidRequest,
        ),
        ("RackId can't be empty.", |beat| beat.rack_id = Some(String::new()), GroupError::InvalidRequest),
        (
            "RebalanceTimeoutMs must be provided in first request.",
            |beat| beat.rebalance_timeout_ms = None,
            GroupError::InvalidRequest,
        ),
        (
            "TopicPartitions must be empty when (re-)joining.",
            |beat| beat.owned = Some(parsed("t:0")),
            GroupError::InvalidRequest,
        ),
        (
            "TopicPartitions must be empty when (re-)joining.",
            |beat| beat.owned = None,
            GroupError::InvalidRequest,
        ),
        (
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
            |beat| beat.topics = None,
            GroupError::InvalidRequest,
        ),
        ("InstanceId can't be null.", |beat| beat.member_epoch = -2, GroupError::InvalidRequest),
        ("MemberEpoch is invalid.", |beat| beat.member_epoch = -3, GroupError::InvalidRequest),
        (
            "ServerAssignor sticky is not supported. Supported assignors: uniform, range.",
            |beat| beat.assignor = Some("sticky".into()),
            GroupError::UnsupportedAssignor,
        ),
    ];
    for (message, tweak, error) in table {
        let mut story = Story::new(Config::default(), &[("t", 1)]);
        let answer = story.beat("a", 0, |beat| {
            joins(beat, &["t"]);
            tweak(beat);
        });
        assert_eq!(answer.unwrap_err(), Refused { error, message: message.to_owned() });
        assert_eq!(story.group(), "none");
    }
}

#[test]
fn version_0_makes_the_members_id() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    let answer = story.beat("", 0, |beat| {
        joins(beat, &["t"]);
        beat.version = 0;
    });
    assert_eq!(answer.unwrap().member_id, "fresh");
}

#[test]
fn a_silent_member_is_out_after_its_session_and_a_slow_one_after_its_rebalance_timeout() {
    let mut story = Story::new(Config::default(), &[("t", 2)]);
    story.join("a", &["t"]).unwrap();
    story.wait(44_999);
    assert_eq!(story.group(), "Stable 2/2 a@2 t:0,1");
    story.wait(1);
    assert_eq!(story.group(), "Empty 2/3");

    story.join("a", &["t"]).unwrap();
    story.join("b", &["t"]).unwrap();
    assert_eq!(story.told("a", 4, None), "4 [t:0]");
    // Both live, but `a` keeps what it must give back.
    for _ in 0..11 {
        story.wait(5_000);
        story.told("a", 4, None);
        story.told("b", 5, None);
    }
    assert_eq!(story.group(), "Reconciling 5/5 a@4 t:0,1 b@5 ");
    story.wait(5_000);
    assert_eq!(story.told("a", 4, None), "UnknownMemberId");
    assert_eq!(story.told("b", 5, None), "6 [t:0,1]");
}

#[test]
fn settings_of_the_group_hold_for_it_alone() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    let settings = GroupSettings {
        session_timeout_ms: Some(1_000),
        heartbeat_interval_ms: Some(300),
        ..GroupSettings::default()
    };
    story.event(Event::GroupSettings("g".into(), settings));
    assert_eq!(story.join("a", &["t"]).unwrap().heartbeat_interval_ms, 300);
    story.wait(1_000);
    assert_eq!(story.group(), "Empty 2/3");
    let other = story.beat("a", 0, |beat| {
        joins(beat, &["t"]);
        beat.group_id = "h".into();
    });
    assert_eq!(other.unwrap().heartbeat_interval_ms, 5_000);
}

#[test]
fn topics_that_come_grow_and_go() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    assert_eq!(tell(&story.join("a", &["t", "u"])), "2 [t:0]");
    story.topics(&[("u", 1)]);
    assert_eq!(story.told("a", 2, None), "3 [t:0 u:0]");
    story.topics(&[("t", 2)]);
    assert_eq!(story.told("a", 3, None), "4 [t:0,1 u:0]");
    story.event(Event::TopicsDeleted(vec!["t".into()]));
    assert_eq!(story.told("a", 4, None), "4 [u:0]");
    assert_eq!(story.told("a", 4, Some("u:0")), "5");
    assert_eq!(story.told("a", 5, None), "5");
    // A topic of another name changes nothing.
    story.topics(&[("v", 1)]);
    assert_eq!(story.told("a", 5, None), "5");
}

#[test]
fn a_member_changes_what_it_reads() {
    let mut story = Story::new(Config::default(), &[("t", 2), ("u", 2)]);
    story.join("a", &["t"]).unwrap();
    let answer = story.beat("a", 2, |beat| beat.topics = Some(vec!["u".into()]));
    assert_eq!(tell(&answer), "2 []");
    assert_eq!(story.told("a", 2, Some("")), "3 [u:0,1]");
    assert_eq!(story.group(), "Stable 3/3 a@3 u:0,1");
}

#[test]
fn assignments_wait_for_their_interval() {
    let config = Config { consumer_assignment_interval_ms: 1_000, ..Config::default() };
    let mut story = Story::new(config, &[("t", 2)]);
    assert_eq!(tell(&story.join("a", &["t"])), "2 [t:0,1]");
    assert_eq!(tell(&story.join("b", &["t"])), "2 []");
    assert_eq!(story.told("a", 2, None), "2");
    story.wait(1_000);
    assert_eq!(story.told("a", 2, None), "2 [t:0]");
    assert_eq!(story.told("a", 2, Some("t:0")), "3");
    assert_eq!(story.told("b", 2, None), "3 [t:1]");
}

#[test]
fn a_full_group_takes_nobody_new() {
    let config = Config { max_consumer_group_size: 1, ..Config::default() };
    let mut story = Story::new(config, &[("t", 1)]);
    story.join("a", &["t"]).unwrap();
    let refused = story.join("b", &["t"]).unwrap_err();
    assert_eq!(refused.message, "The consumer group has reached its maximum capacity of 1 members.");
    story.join("a", &["t"]).unwrap();
}

#[test]
fn groups_are_deleted_when_they_are_empty() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    story.join("a", &["t"]).unwrap();
    let delete = |waiter| Event::DeleteGroup(waiter, "g".into());
    assert_eq!(story.ask(delete), Some(Response::DeleteGroup(Err(GroupError::NonEmptyGroup))));
    story.told("a", -1, None);
    assert_eq!(story.ask(delete), Some(Response::DeleteGroup(Ok(()))));
    assert_eq!(story.group(), "none");
    assert_eq!(story.ask(delete), Some(Response::DeleteGroup(Err(GroupError::GroupIdNotFound))));
    let listed = |story: &Story| story.coordinator.list().len();
    assert_eq!((listed(&story), listed(&story.restarted(Config::default(), &[]))), (0, 0));
}
