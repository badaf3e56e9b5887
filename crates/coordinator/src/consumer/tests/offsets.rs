//! Who may commit and fetch.

use super::story::{Story, topic_id};
use crate::*;

fn commit(story: &mut Story, member: &str, epoch: i32, partition: i32, is_new: bool) -> String {
    let partition = CommitPartition { partition, offset: 7, leader_epoch: -1, metadata: None };
    let request = CommitRequest {
        group_id: "g".into(),
        generation_id: epoch,
        member_id: member.into(),
        group_instance_id: None,
        retention_ms: None,
        knows_group_id_not_found: is_new,
        topics: vec![CommitTopic {
            name: "t".into(),
            topic_id: *topic_id("t").as_bytes(),
            partitions: vec![partition],
        }],
    };
    match story.ask(|waiter| Event::Commit(waiter, request)) {
        Some(Response::Commit(Ok(_))) => "ok".to_owned(),
        Some(Response::Commit(Err(error))) => format!("{error:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_commit_is_a_members_of_partitions_that_it_has_had_since_its_epoch() {
    let mut story = Story::new(Config::default(), &[("t", 2)]);
    story.join("a", &["t"]).unwrap();
    story.join("b", &["t"]).unwrap();
    assert_eq!(story.told("a", 2, Some("t:0")), "3 [t:0]");
    assert_eq!(story.told("b", 3, None), "3 [t:1]");
    for (member, epoch, partition, is_new, expected) in [
        ("a", 3, 0, true, "ok"),
        // In flight while the member's epoch rose.
        ("a", 2, 0, true, "ok"),
        ("a", 2, 1, true, "StaleMemberEpoch"),
        ("a", 1, 0, true, "StaleMemberEpoch"),
        ("a", 4, 0, true, "StaleMemberEpoch"),
        ("a", 3, 0, false, "UnsupportedVersion"),
        ("b", 2, 1, true, "StaleMemberEpoch"),
        ("nobody", 3, 0, true, "UnknownMemberId"),
        ("", -1, 0, true, "UnknownMemberId"),
    ] {
        assert_eq!(
            commit(&mut story, member, epoch, partition, is_new),
            expected,
            "{member} {epoch} {partition}"
        );
    }
    for (member, epoch, expected) in [
        (None, -1, Ok(())),
        (Some("a"), 3, Ok(())),
        (Some("a"), 2, Err(GroupError::StaleMemberEpoch)),
        (Some("nobody"), 3, Err(GroupError::UnknownMemberId)),
    ] {
        assert_eq!(story.coordinator.check_fetch("g", member, epoch), expected, "{member:?} {epoch}");
    }
    story.told("a", -1, None);
    story.told("b", -1, None);
    // An administrator sets an empty group's offsets.
    assert_eq!(commit(&mut story, "", -1, 0, true), "ok");
}

#[test]
fn offsets_expire_by_their_commit_and_an_empty_group_with_its_last() {
    let mut story = Story::new(Config::default(), &[("t", 1)]);
    story.join("a", &["t"]).unwrap();
    assert_eq!(commit(&mut story, "a", 2, 0, true), "ok");
    let expire = |story: &mut Story| {
        story.event(Event::ExpireOffsets(10_000));
        (story.coordinator.offsets("g").count(), story.group() != "none")
    };
    story.now_ms += 20_000;
    assert_eq!(expire(&mut story), (1, true), "a topic that is read keeps its offsets");
    story.told("a", -1, None);
    story.now_ms = 10_999;
    assert_eq!(expire(&mut story), (1, true));
    story.now_ms = 11_000;
    assert_eq!(expire(&mut story), (0, false));
    assert_eq!(story.restarted(Config::default(), &[]).group(), "none");
}
