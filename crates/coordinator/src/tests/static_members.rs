//! Static members (KIP-345): they come back without a rebalance, and fence each other.

use expect_test::{Expect, expect};

use super::trace::Trace;
use crate::*;

fn check(story: impl FnOnce(&mut Trace), expected: Expect) {
    let mut trace = Trace::new(Config::default());
    story(&mut trace);
    expected.assert_eq(&trace.log());
}

fn instance(name: &'static str) -> impl FnOnce(&mut JoinRequest) {
    move |request| request.group_instance_id = Some(name.into())
}

/// Static leader a-1 holding 't0'.
fn one_static(t: &mut Trace) {
    t.join(1, "", instance("a"));
    t.sync(2, "a-1", 1, &[("a-1", "t0")]);
    t.durable();
}

#[test]
fn comes_back_without_a_rebalance() {
    check(
        |t| {
            one_static(t);
            t.join(3, "", instance("a"));
            t.durable();
            t.heartbeat(4, "a-1", 1);
            t.sync(5, "a-3", 1, &[]);
            t.join(6, "a-1", instance("a"));
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as a-1, leader a-1, range [a-1]
            append g v3 generation 0 - []
            > 2 sync a-1 1
            append g v3 generation 1 range [a-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 join new c
            append g v3 generation 1 range [a-3=t0]
            > durable
            3 <- joined 1 as a-3, leader a-1, range []
            > 4 heartbeat a-1 1
            4 <- UnknownMemberId
            > 5 sync a-3 1
            5 <- assigned 't0'
            > 6 join a-1
            6 <- FencedInstanceId a-1
            = group Stable range [a-3=t0]
        "#]],
    );
}

#[test]
fn a_leader_may_skip_the_assignment() {
    check(
        |t| {
            one_static(t);
            t.join(3, "", |request| {
                request.group_instance_id = Some("a".into());
                request.supports_skipping_assignment = true;
            });
            t.durable();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as a-1, leader a-1, range [a-1]
            append g v3 generation 0 - []
            > 2 sync a-1 1
            append g v3 generation 1 range [a-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 join new c
            append g v3 generation 1 range [a-3=t0]
            > durable
            3 <- joined 1 as a-3, leader a-3, range [a-3] skip
        "#]],
    );
}

#[test]
fn keeps_its_old_id_when_the_new_one_cannot_be_stored() {
    check(
        |t| {
            one_static(t);
            t.join(3, "", instance("a"));
            t.not_durable(AppendFailure::Unavailable);
            t.heartbeat(4, "a-1", 1);
            t.heartbeat(5, "a-3", 1);
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as a-1, leader a-1, range [a-1]
            append g v3 generation 0 - []
            > 2 sync a-1 1
            append g v3 generation 1 range [a-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 join new c
            append g v3 generation 1 range [a-3=t0]
            > not durable
            3 <- CoordinatorNotAvailable 
            > 4 heartbeat a-1 1
            4 <- ok
            > 5 heartbeat a-3 1
            5 <- UnknownMemberId
        "#]],
    );
}

#[test]
fn two_processes_with_one_instance_id_fence_each_other() {
    check(
        |t| {
            t.join(1, "", instance("a"));
            t.durable();
            t.join(2, "", |_| {});
            t.join(3, "a-1", instance("a"));
            t.sync(4, "a-1", 2, &[("a-1", "t0"), ("c-2", "t1")]);
            // A second process starts while the first waits for its assignment.
            t.join(5, "", instance("a"));
            t.durable();
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as a-1, leader a-1, range [a-1]
            append g v3 generation 0 - []
            > durable
            > 2 join new c
            > 3 join a-1
            3 <- joined 2 as a-1, leader a-1, range [a-1 c-2]
            2 <- joined 2 as c-2, leader a-1, range []
            > 4 sync a-1 2
            append g v3 generation 2 range [a-1=t0 c-2=t1]
            > 5 join new c
            4 <- FencedInstanceId
            > durable
            = group PreparingRebalance  [a-5= c-2=]
        "#]],
    );
}

#[test]
fn is_not_thrown_out_by_a_rebalance_it_misses() {
    check(
        |t| {
            one_static(t);
            t.join(3, "", |_| {});
            for waiter in 4..11 {
                t.wait(9_000);
                t.heartbeat(waiter, "a-1", 1);
            }
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as a-1, leader a-1, range [a-1]
            append g v3 generation 0 - []
            > 2 sync a-1 1
            append g v3 generation 1 range [a-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 join new c
            > 9000 ms pass
            > 4 heartbeat a-1 1
            4 <- RebalanceInProgress
            > 9000 ms pass
            > 5 heartbeat a-1 1
            5 <- RebalanceInProgress
            > 9000 ms pass
            > 6 heartbeat a-1 1
            6 <- RebalanceInProgress
            > 9000 ms pass
            > 7 heartbeat a-1 1
            7 <- RebalanceInProgress
            > 9000 ms pass
            > 8 heartbeat a-1 1
            8 <- RebalanceInProgress
            > 9000 ms pass
            > 9 heartbeat a-1 1
            9 <- RebalanceInProgress
            > 9000 ms pass
            3 <- joined 2 as c-3, leader c-3, range [a-1 c-3]
            > 10 heartbeat a-1 1
            10 <- IllegalGeneration
            = group CompletingRebalance  [a-1=t0 c-3=]
        "#]],
    );
}

#[test]
fn an_administrator_removes_it_by_its_instance_id() {
    check(
        |t| {
            one_static(t);
            t.leave(3, "", Some("b"));
            t.leave(4, "", Some("a"));
            t.describe();
        },
        expect![[r#"
            > 1 join new c
            1 <- joined 1 as a-1, leader a-1, range [a-1]
            append g v3 generation 0 - []
            > 2 sync a-1 1
            append g v3 generation 1 range [a-1=t0]
            > durable
            > durable
            2 <- assigned 't0'
            > 3 leave b
            3 <- UnknownMemberId
            > 4 leave a
            append g v3 generation 2 - []
            4 <- ok
            = group Empty  []
        "#]],
    );
}
