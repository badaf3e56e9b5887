//! Dynamic members: joining, rebalancing, leaving, falling silent.

use expect_test::{Expect, expect};

use super::trace::Trace;
use crate::*;

fn check(config: Config, story: impl FnOnce(&mut Trace), expected: Expect) {
    let mut trace = Trace::new(config);
    story(&mut trace);
    expected.assert_eq(&trace.log());
}

/// One consumer, c-1, in generation 1, stable, holding 't0'.
fn one_consumer(t: &mut Trace) {
    t.join(1, "", |_| {});
    t.sync(2, "c-1", 1, &[("c-1", "t0")]);
    t.durable();
}

#[test]
fn a_lone_consumer_gets_its_assignment_when_it_is_durable() {
    check(
        Config::default(),
        |t| {
            one_consumer(t);
            t.heartbeat(3, "c-1", 1);
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 sync c-1 1
            append g v3 generation 1 range [c-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 heartbeat c-1 1
            3 <- ok
            = group Stable range [c-1=t0]
        "#]],
    );
}

#[test]
fn a_new_member_comes_back_with_its_id() {
    check(
        Config::default(),
        |t| {
            t.join(1, "", |request| request.requires_known_member_id = true);
            t.join(2, "c-1", |request| request.requires_known_member_id = true);
            // Another one never comes back, and is forgotten after its session timeout.
            t.join(3, "", |request| request.requires_known_member_id = true);
            t.wait(10_000);
            t.join(4, "c-3", |_| {});
        },
        expect![[r#"
            > 1 join new c
            1 <- MemberIdRequired c-1
            append g v3 generation 0 - []
            > 2 join c-1
            2 <- joined 1 as c-1, leader c-1, range [c-1]
            > 3 join new c
            3 <- MemberIdRequired c-3
            > 10000 ms pass
            append g v3 generation 2 - []
            > 4 join c-3
            4 <- UnknownMemberId c-3
        "#]],
    );
}

#[test]
fn a_second_consumer_makes_the_first_join_again() {
    check(
        Config::default(),
        |t| {
            one_consumer(t);
            t.join(3, "", |_| {});
            t.heartbeat(4, "c-1", 1);
            t.commit(5, "c-1", 1, 7);
            t.join(6, "c-1", |_| {});
            t.sync(7, "c-3", 2, &[]);
            t.commit(8, "c-1", 2, 8);
            t.sync(9, "c-1", 2, &[("c-1", "t0"), ("c-3", "t1")]);
            t.durable();
            t.heartbeat(10, "c-1", 1);
            t.heartbeat(11, "c-9", 2);
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 sync c-1 1
            append g v3 generation 1 range [c-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 join new c
            > 4 heartbeat c-1 1
            4 <- RebalanceInProgress
            > 5 commit c-1 1 offset 7
            append g t-0 v4 offset 7 'at 7'
            > 6 join c-1
            6 <- joined 2 as c-1, leader c-1, range [c-1 c-3]
            3 <- joined 2 as c-3, leader c-1, range []
            > 7 sync c-3 2
            > 8 commit c-1 2 offset 8
            8 <- RebalanceInProgress
            > 9 sync c-1 2
            append g v3 generation 2 range [c-1=t0 c-3=t1]
            > durable
            5 <- t-0 ok
            > durable
            9 <- assigned 't0'
            7 <- assigned 't1'
            > 10 heartbeat c-1 1
            10 <- IllegalGeneration
            > 11 heartbeat c-9 2
            11 <- UnknownMemberId
            = group Stable range [c-1=t0 c-3=t1] t-0@7
        "#]],
    );
}

#[test]
fn who_does_not_join_again_in_time_is_out() {
    check(
        Config::default(),
        |t| {
            one_consumer(t);
            t.join(3, "", |_| {});
            for waiter in 0..6 {
                t.wait(9_000);
                t.heartbeat(10 + waiter, "c-1", 1);
            }
            t.wait(6_000);
            t.heartbeat(20, "c-1", 1);
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 sync c-1 1
            append g v3 generation 1 range [c-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 join new c
            > 9000 ms pass
            > 10 heartbeat c-1 1
            10 <- RebalanceInProgress
            > 9000 ms pass
            > 11 heartbeat c-1 1
            11 <- RebalanceInProgress
            > 9000 ms pass
            > 12 heartbeat c-1 1
            12 <- RebalanceInProgress
            > 9000 ms pass
            > 13 heartbeat c-1 1
            13 <- RebalanceInProgress
            > 9000 ms pass
            > 14 heartbeat c-1 1
            14 <- RebalanceInProgress
            > 9000 ms pass
            > 15 heartbeat c-1 1
            15 <- RebalanceInProgress
            > 6000 ms pass
            3 <- joined 2 as c-3, leader c-3, range [c-3]
            > 20 heartbeat c-1 1
            20 <- UnknownMemberId
            = group CompletingRebalance  [c-3=]
        "#]],
    );
}

#[test]
fn a_silent_leader_is_replaced() {
    check(
        Config::default(),
        |t| {
            t.join(1, "", |_| {});
            t.join(2, "", |_| {});
            t.join(3, "c-1", |_| {});
            t.sync(4, "c-2", 2, &[]);
            // The leader, c-1, dies before it assigns.
            t.wait(10_000);
            t.join(5, "c-2", |_| {});
            t.sync(6, "c-2", 3, &[("c-2", "t0 t1")]);
            t.durable();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 join new c
            > 3 join c-1
            3 <- joined 2 as c-1, leader c-1, range [c-1 c-2]
            2 <- joined 2 as c-2, leader c-1, range []
            > 4 sync c-2 2
            > 10000 ms pass
            4 <- RebalanceInProgress
            > 5 join c-2
            5 <- joined 3 as c-2, leader c-2, range [c-2]
            > 6 sync c-2 3
            append g v3 generation 3 range [c-2=t0 t1]
            > durable
            > durable
            6 <- assigned 't0 t1'
        "#]],
    );
}

#[test]
fn who_never_asks_for_its_assignment_is_out() {
    check(
        Config::default(),
        |t| {
            t.join(1, "", |_| {});
            for waiter in 2..9 {
                t.wait(9_000);
                t.heartbeat(waiter, "c-1", 1);
            }
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 9000 ms pass
            > 2 heartbeat c-1 1
            2 <- ok
            > 9000 ms pass
            > 3 heartbeat c-1 1
            3 <- ok
            > 9000 ms pass
            > 4 heartbeat c-1 1
            4 <- ok
            > 9000 ms pass
            > 5 heartbeat c-1 1
            5 <- ok
            > 9000 ms pass
            > 6 heartbeat c-1 1
            6 <- ok
            > 9000 ms pass
            > 7 heartbeat c-1 1
            7 <- ok
            > 9000 ms pass
            append g v3 generation 2 - []
            > 8 heartbeat c-1 1
            8 <- UnknownMemberId
            = group Empty  []
        "#]],
    );
}

#[test]
fn the_last_one_to_leave_empties_the_group() {
    check(
        Config::default(),
        |t| {
            one_consumer(t);
            t.leave(3, "c-1", None);
            t.leave(4, "c-1", None);
            t.describe();
            t.join(5, "", |_| {});
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 sync c-1 1
            append g v3 generation 1 range [c-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 leave c-1
            append g v3 generation 2 - []
            3 <- ok
            > 4 leave c-1
            4 <- UnknownMemberId
            = group Empty  []
            > 5 join new c
            5 <- joined 3 as c-5, leader c-5, range [c-5]
        "#]],
    );
}

#[test]
fn an_assignment_that_cannot_be_stored_starts_over() {
    check(
        Config::default(),
        |t| {
            t.join(1, "", |_| {});
            t.durable();
            t.sync(2, "c-1", 1, &[("c-1", "t0")]);
            t.not_durable(AppendFailure::Storage);
            t.describe();
            t.join(3, "c-1", |_| {});
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > durable
            > 2 sync c-1 1
            append g v3 generation 1 range [c-1=t0]
            > not durable
            2 <- NotCoordinator
            = group PreparingRebalance  [c-1=]
            > 3 join c-1
            3 <- joined 2 as c-1, leader c-1, range [c-1]
        "#]],
    );
}

#[test]
fn an_assignment_that_a_rebalance_overtakes_is_history() {
    check(
        Config::default(),
        |t| {
            t.join(1, "", |_| {});
            t.sync(2, "c-1", 1, &[("c-1", "t0")]);
            t.join(3, "", |_| {});
            t.durable();
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 sync c-1 1
            append g v3 generation 1 range [c-1=t0]
            > 3 join new c
            2 <- RebalanceInProgress
            > durable
            > durable
            = group PreparingRebalance  [c-1= c-3=]
        "#]],
    );
}

#[test]
fn the_protocol_is_one_that_all_support() {
    let protocols = |names: &'static [&'static str]| {
        move |request: &mut JoinRequest| {
            let protocol = |name: &&str| Protocol { name: (*name).into(), metadata: bytes::Bytes::new() };
            request.protocols = names.iter().map(protocol).collect();
        }
    };
    check(
        Config::default(),
        |t| {
            t.join(1, "", protocols(&["cooperative-sticky", "range"]));
            t.join(2, "", protocols(&["range"]));
            t.join(3, "c-1", protocols(&["cooperative-sticky", "range"]));
            t.join(4, "", protocols(&["roundrobin"]));
            t.join(5, "", |request| request.protocol_type = "connect".into());
            t.join(6, "", protocols(&[]));
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, cooperative-sticky [c-1]
            append g v3 generation 0 - []
            > 2 join new c
            > 3 join c-1
            3 <- joined 2 as c-1, leader c-1, range [c-1 c-2]
            2 <- joined 2 as c-2, leader c-1, range []
            > 4 join new c
            4 <- InconsistentGroupProtocol 
            > 5 join new c
            5 <- InconsistentGroupProtocol 
            > 6 join new c
            6 <- InconsistentGroupProtocol 
        "#]],
    );
}

#[test]
fn a_repeated_join_gets_the_same_answer() {
    check(
        Config::default(),
        |t| {
            t.join(1, "", |_| {});
            t.join(2, "", |_| {});
            t.join(3, "c-2", |_| {});
            t.join(4, "c-1", |_| {});
            t.join(5, "c-1", |_| {});
            t.join(6, "c-2", |_| {});
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as c-1, leader c-1, range [c-1]
            append g v3 generation 0 - []
            > 2 join new c
            > 3 join c-2
            2 <- RebalanceInProgress c-2
            > 4 join c-1
            4 <- joined 2 as c-1, leader c-1, range [c-1 c-2]
            3 <- joined 2 as c-2, leader c-1, range []
            > 5 join c-1
            5 <- joined 2 as c-1, leader c-1, range [c-1 c-2]
            > 6 join c-2
            6 <- joined 2 as c-2, leader c-1, range []
        "#]],
    );
}

#[test]
fn an_empty_group_waits_for_more_members() {
    check(
        Config { initial_rebalance_delay_ms: 3_000, ..Config::default() },
        |t| {
            t.join(1, "", |_| {});
            t.wait(1_000);
            t.join(2, "", |_| {});
            t.wait(2_000);
            t.wait(3_000);
        },
        expect![[r#"
            > 1 join new c
            append g v3 generation 0 - []
            > 1000 ms pass
            > 2 join new c
            > 2000 ms pass
            > 3000 ms pass
            1 <- joined 1 as c-1, leader c-1, range [c-1 c-2]
            2 <- joined 1 as c-2, leader c-1, range []
        "#]],
    );
}

#[test]
fn limits() {
    check(
        Config { max_group_size: 1, max_pending_members: 1, ..Config::default() },
        |t| {
            t.join(1, "", |request| request.group_id = String::new());
            t.join(2, "", |request| request.session_timeout_ms = 5_999);
            t.join(3, "", |request| request.session_timeout_ms = 1_800_001);
            t.join(4, "c-9", |_| {});
            t.join(5, "", |request| request.requires_known_member_id = true);
            t.join(6, "", |request| request.requires_known_member_id = true);
            t.join(7, "c-5", |_| {});
            t.join(8, "", |_| {});
            t.sync(9, "c-5", 7, &[]);
            t.sync(10, "c-9", 1, &[]);
        },
        expect![[r#"
            > 1 join new c
            1 <- InvalidGroupId 
            > 2 join new c
            2 <- InvalidSessionTimeout 
            > 3 join new c
            3 <- InvalidSessionTimeout 
            > 4 join c-9
            4 <- UnknownMemberId c-9
            > 5 join new c
            5 <- MemberIdRequired c-5
            append g v3 generation 0 - []
            > 6 join new c
            6 <- GroupMaxSizeReached 
            > 7 join c-5
            7 <- joined 1 as c-5, leader c-5, range [c-5]
            > 8 join new c
            8 <- GroupMaxSizeReached 
            > 9 sync c-5 7
            9 <- IllegalGeneration
            > 10 sync c-9 1
            10 <- UnknownMemberId
        "#]],
    );
}

#[test]
fn a_group_survives_a_restart() {
    let mut before = Trace::new(Config::default());
    one_consumer(&mut before);
    before.commit(3, "c-1", 1, 42);
    before.durable();
    let written = before.written;
    check(
        Config::default(),
        |t| {
            for record in &written {
                t.coordinator.replay(&record.key, record.value.as_deref()).unwrap();
            }
            assert!(t.coordinator.loaded(0).is_empty());
            t.describe();
            t.heartbeat(1, "c-1", 1);
            t.wait(10_000);
            t.describe();
        },
        expect![[r#"
            = group Stable range [c-1=t0] t-0@42
            > 1 heartbeat c-1 1
            1 <- ok
            > 10000 ms pass
            append g v3 generation 2 - []
            = group Empty  [] t-0@42
        "#]],
    );
}
