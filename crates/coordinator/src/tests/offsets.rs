//! Committed offsets: who may commit, when they are seen, when they go.

use bytes::Bytes;
use expect_test::{Expect, expect};

use super::trace::Trace;
use crate::*;

fn check(story: impl FnOnce(&mut Trace), expected: Expect) {
    let mut trace = Trace::new(Config::default());
    story(&mut trace);
    expected.assert_eq(&trace.log());
}

#[test]
fn a_consumer_outside_of_groups_commits_to_an_empty_group() {
    check(
        |t| {
            t.commit(1, "", 3, 5);
            t.commit(2, "", -1, 5);
            t.describe();
            t.durable();
            t.describe();
            t.join(3, "", |_| {});
            t.commit(4, "", -1, 6);
            t.commit(5, "c-3", 1, 6);
            t.commit(6, "c-3", 2, 6);
        },
        expect![[r#"
            > 1 commit  3 offset 5
            1 <- GroupIdNotFound
            > 2 commit  -1 offset 5
            append g t-0 v4 offset 5 'at 5'
            = group Empty  []
            > durable
            2 <- t-0 ok
            = group Empty  [] t-0@5
            > 3 join new c
            3 <- joined 1 as c-3, leader c-3, range [c-3]
            > 4 commit  -1 offset 6
            4 <- UnknownMemberId
            > 5 commit c-3 1 offset 6
            5 <- RebalanceInProgress
            > 6 commit c-3 2 offset 6
            6 <- IllegalGeneration
        "#]],
    );
}

#[test]
fn results_reported_out_of_order_are_acted_on_in_order() {
    check(
        |t| {
            t.commit(1, "", -1, 5);
            t.commit(2, "", -1, 6);
            t.other("second durable", Event::Appended(AppendToken(1), Ok(())));
            t.describe();
            t.other("first durable", Event::Appended(AppendToken(0), Ok(())));
            t.other("first durable again", Event::Appended(AppendToken(0), Ok(())));
            t.describe();
        },
        expect![[r#"
            > 1 commit  -1 offset 5
            append g t-0 v4 offset 5 'at 5'
            > 2 commit  -1 offset 6
            append g t-0 v4 offset 6 'at 6'
            > second durable
            = group Empty  []
            > first durable
            1 <- t-0 ok
            2 <- t-0 ok
            > first durable again
            = group Empty  [] t-0@6
        "#]],
    );
}

#[test]
fn a_commit_that_cannot_be_stored_is_not_seen() {
    check(
        |t| {
            t.commit(1, "", -1, 5);
            t.not_durable(AppendFailure::Unavailable);
            t.describe();
        },
        expect![[r#"
            > 1 commit  -1 offset 5
            append g t-0 v4 offset 5 'at 5'
            > not durable
            1 <- CoordinatorNotAvailable
            = group Empty  []
        "#]],
    );
}

#[test]
fn metadata_has_a_limit_and_commits_may_expire() {
    let partition = |partition, metadata: &str| CommitPartition {
        partition,
        offset: 1,
        leader_epoch: 3,
        metadata: Some(metadata.to_owned()),
    };
    let request = CommitRequest {
        group_id: "g".into(),
        generation_id: -1,
        member_id: String::new(),
        group_instance_id: None,
        retention_ms: Some(1_000),
        knows_group_id_not_found: false,
        topics: vec![CommitTopic {
            name: "t".into(),
            topic_id: [7; 16],
            partitions: vec![partition(0, &"ü".repeat(4_097)), partition(1, "short")],
        }],
    };
    check(
        |t| {
            t.other("commit", Event::Commit(WaiterId(1), request));
            t.durable();
            t.now_ms = 999;
            t.other("expire", Event::ExpireOffsets(i64::MAX));
            t.now_ms = 1_000;
            t.other("expire", Event::ExpireOffsets(i64::MAX));
            t.durable();
            t.describe();
        },
        expect![[r#"
            > commit
            append g t-1 v1 offset 1 'short'
            > durable
            1 <- t-0 OffsetMetadataTooLarge t-1 ok
            > expire
            > expire
            append g t-1 tombstone
            append g tombstone
            > durable
            = no group
        "#]],
    );
}

#[test]
fn a_deleted_group_takes_its_offsets_along_even_those_on_their_way() {
    check(
        |t| {
            t.commit(1, "", -1, 5);
            t.other("delete", Event::DeleteGroup(WaiterId(2), "g".into()));
            t.describe();
            t.join(3, "", |_| {});
            t.durable();
            t.describe();
            t.other("delete again", Event::DeleteGroup(WaiterId(4), "g".into()));
            t.join(5, "", |_| {});
            t.other("delete in use", Event::DeleteGroup(WaiterId(6), "g".into()));
        },
        expect![[r#"
            > 1 commit  -1 offset 5
            append g t-0 v4 offset 5 'at 5'
            > delete
            append g t-0 tombstone
            append g tombstone
            = group Dead  []
            > 3 join new c
            3 <- CoordinatorNotAvailable 
            > durable
            1 <- t-0 ok
            > durable
            2 <- ok
            = no group
            > delete again
            4 <- GroupIdNotFound
            > 5 join new c
            5 <- joined 1 as c-5, leader c-5, range [c-5]
            append g v3 generation 0 - []
            > delete in use
            6 <- NonEmptyGroup
        "#]],
    );
}

#[test]
fn offsets_of_deleted_topics_go() {
    check(
        |t| {
            t.commit(1, "", -1, 5);
            t.durable();
            t.other("topic gone", Event::TopicsDeleted(vec!["t".into(), "other".into()]));
            t.durable();
            t.describe();
        },
        expect![[r#"
            > 1 commit  -1 offset 5
            append g t-0 v4 offset 5 'at 5'
            > durable
            1 <- t-0 ok
            > topic gone
            append g t-0 tombstone
            > durable
            = group Empty  []
        "#]],
    );
}

#[test]
fn offsets_of_a_subscribed_topic_are_not_deleted() {
    let request = |topic: &str| DeleteOffsets {
        group_id: "g".into(),
        topics: vec![OffsetsTopic { name: topic.into(), topic_id: [0; 16], partitions: vec![0, 1] }],
    };
    check(
        |t| {
            t.commit(1, "", -1, 5);
            t.join(2, "", |_| {});
            t.durable();
            t.other("delete t", Event::DeleteOffsets(WaiterId(3), request("t")));
            t.leave(4, "c-2", None);
            t.other("delete t", Event::DeleteOffsets(WaiterId(5), request("t")));
            t.durable();
            t.other("delete u", Event::DeleteOffsets(WaiterId(6), request("u")));
            t.describe();
        },
        expect![[r#"
            > 1 commit  -1 offset 5
            append g t-0 v4 offset 5 'at 5'
            > 2 join new c
            2 <- joined 1 as c-2, leader c-2, range [c-2]
            > durable
            1 <- t-0 ok
            > delete t
            3 <- t-0 GroupSubscribedToTopic t-1 GroupSubscribedToTopic
            > 4 leave c-2
            append g v3 generation 2 - []
            4 <- ok
            > delete t
            append g t-0 tombstone
            > durable
            > durable
            5 <- t-0 ok t-1 ok
            > delete u
            6 <- u-0 ok u-1 ok
            = group Empty  []
        "#]],
    );
}

#[test]
fn what_a_group_reads_is_what_its_generation_read() {
    let request = |topic: &str| DeleteOffsets {
        group_id: "g".into(),
        topics: vec![OffsetsTopic { name: topic.into(), topic_id: [0; 16], partitions: vec![0] }],
    };
    let reads_u = |join: &mut JoinRequest| {
        let metadata = Bytes::from_static(b"\0\0\0\0\0\x01\0\x01u\xff\xff\xff\xff");
        join.protocols = vec![Protocol { name: "range".into(), metadata }];
    };
    check(
        |t| {
            t.join(1, "", |_| {});
            t.join(2, "", reads_u);
            t.other("while they rebalance, delete u", Event::DeleteOffsets(WaiterId(3), request("u")));
            t.other("and t", Event::DeleteOffsets(WaiterId(4), request("t")));
            t.join(5, "c-1", |_| {});
            t.other("afterwards, delete u", Event::DeleteOffsets(WaiterId(6), request("u")));
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 join new c
            > while they rebalance, delete u
            3 <- u-0 ok
            > and t
            4 <- t-0 GroupSubscribedToTopic
            > 5 join c-1
            5 <- joined 2 as c-1, leader c-1, range [c-1 c-2]
            2 <- joined 2 as c-2, leader c-1, range []
            > afterwards, delete u
            6 <- u-0 GroupSubscribedToTopic
        "#]],
    );
}

#[test]
fn texts_that_the_record_cannot_hold_fail_the_commit() {
    let group_id = "g".repeat(40_000);
    let request = CommitRequest {
        group_id,
        generation_id: -1,
        member_id: String::new(),
        group_instance_id: None,
        retention_ms: None,
        knows_group_id_not_found: true,
        topics: vec![CommitTopic {
            name: "t".into(),
            topic_id: [0; 16],
            partitions: vec![CommitPartition { partition: 0, offset: 1, leader_epoch: -1, metadata: None }],
        }],
    };
    check(
        |t| t.other("commit", Event::Commit(WaiterId(1), request)),
        expect![[r#"
        > commit
        1 <- UnknownServerError
    "#]],
    );
}

#[test]
fn damaged_records_say_so() {
    let mut coordinator = Coordinator::new(Config::default());
    let key = b"\0\x02\0\x01g";
    type Row = (&'static [u8], Option<&'static [u8]>, &'static str);
    let table: [Row; 5] = [
        (b"", None, "damaged key record"),
        (b"\0\x02\0\x09g", None, "damaged key record"),
        (key, Some(b"\0\x09"), "group metadata record has version 9, which this build does not know"),
        (key, Some(b"\0\x03\0"), "damaged group metadata record"),
        (b"\0\x63", Some(b"whatever"), ""),
    ];
    for (key, value, expected) in table {
        let said = coordinator.replay(key, value).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(said.starts_with(expected), "{said}");
        assert_eq!(said.is_empty(), expected.is_empty());
    }
    assert!(coordinator.list().is_empty());
}
