//! What happens step by step, and tables of what is refused.

use expect_test::expect;
use millstream_wire::decode_prefixed;
use millstream_wire::transaction_records::{TransactionLogKey, TransactionLogValue};

use super::{World, bumped};
use crate::transaction::*;
use crate::{Record, WaiterId};

const ID: &str = "shop";

fn said(world: &World, waiter: WaiterId) -> Response {
    world.answer(waiter).unwrap_or_else(|| panic!("{waiter:?} waits"))
}

fn refused(world: &World, waiter: WaiterId) -> Option<TransactionError> {
    match world.answer(waiter)? {
        Response::Init(result) => result.err(),
        Response::AddPartitions(result) => result.err(),
        Response::End(result) => result.err(),
    }
}

#[test]
fn the_first_protocol_commits_and_aborts_in_one_epoch() {
    let mut world = World::new();
    let producer = world.producer(ID);
    assert_eq!(producer.epoch, 0);
    for commit in [true, false] {
        let added = world.add(ID, producer, &[1, 0], 0);
        assert_eq!(world.answer(added), None, "not before it is durable");
        world.settle();
        assert_eq!(said(&world, added), Response::AddPartitions(Ok(())));
        let ended = world.end(ID, producer, commit, 0);
        assert_eq!(world.answer(ended), None);
        assert!(world.report(true));
        assert_eq!(said(&world, ended), Response::End(Ok(None)), "the outcome is durable");
        let markers = world.settle();
        let partitions = vec![("t".to_owned(), 0), ("t".to_owned(), 1)];
        let expected = Markers { transactional_id: ID.into(), producer, commit, partitions, version: 0 };
        assert_eq!(markers, [expected]);
        let again = world.end(ID, producer, commit, 0);
        assert_eq!(said(&world, again), Response::End(Ok(None)), "it was done");
        let other = world.end(ID, producer, !commit, 0);
        assert_eq!(refused(&world, other), Some(TransactionError::InvalidTxnState));
    }
}

#[test]
fn the_second_protocol_bumps_the_epoch_with_every_transaction() {
    let mut world = World::new();
    let mut producer = world.producer(ID);
    for commit in [true, false, true] {
        world.add(ID, producer, &[0], 2);
        world.settle();
        let ended = world.end(ID, producer, commit, 2);
        let next = bumped(producer, 1);
        let markers = world.settle();
        assert_eq!(said(&world, ended), Response::End(Ok(Some(next))));
        assert_eq!((markers[0].producer, markers[0].version), (next, 2), "above that of the records");
        let again = world.end(ID, producer, commit, 2);
        assert_eq!(said(&world, again), Response::End(Ok(Some(next))), "the answer that was missed");
        let late = world.add(ID, producer, &[0], 2);
        assert_eq!(refused(&world, late), Some(TransactionError::ProducerFenced));
        producer = next;
    }
}

/// Rows of Kafka's own table for EndTxn without an open transaction.
#[test]
fn what_ends_when_nothing_is_open() {
    use TransactionError::{InvalidTxnState, ProducerFenced};
    let (bump, done) = (Ok(true), Ok(false));
    // How the last transaction ended, the request's epoch less the present one, commit, and what follows.
    let table = [
        (None, -1, false, Err(ProducerFenced)),
        (None, -1, true, Err(ProducerFenced)),
        (None, 0, false, bump),
        (None, 0, true, Err(InvalidTxnState)),
        (Some(false), -1, false, done),
        (Some(false), -1, true, Err(InvalidTxnState)),
        (Some(false), 0, false, bump),
        (Some(false), 0, true, Err(InvalidTxnState)),
        (Some(true), -1, false, Err(InvalidTxnState)),
        (Some(true), -1, true, done),
        (Some(true), 0, false, bump),
        (Some(true), 0, true, Err(InvalidTxnState)),
        (Some(true), 1, true, Err(ProducerFenced)),
    ];
    for (last, by, commit, expected) in table {
        let mut world = World::new();
        world.producer(ID);
        let mut producer = world.producer(ID);
        if let Some(committed) = last {
            world.add(ID, producer, &[0], 2);
            world.settle();
            world.end(ID, producer, committed, 2);
            world.settle();
            producer = bumped(producer, 1);
        }
        let ended = world.end(ID, bumped(producer, by), commit, 2);
        world.settle();
        let found = match said(&world, ended) {
            Response::End(result) => result.map(|after| after == Some(bumped(producer, 1))),
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected, "{last:?} {by} {commit}");
    }
}

#[test]
fn a_second_producer_aborts_what_the_first_left_open_and_fences_it() {
    let mut world = World::new();
    let first = world.producer(ID);
    world.add(ID, first, &[0], 0);
    world.settle();
    let taken = world.init(ID, None);
    let early = world.init(ID, None);
    assert_eq!(refused(&world, early), Some(TransactionError::ConcurrentTransactions));
    let markers = world.settle();
    assert_eq!(refused(&world, taken), Some(TransactionError::ConcurrentTransactions), "come again");
    assert_eq!((markers[0].commit, markers[0].producer), (false, bumped(first, 1)));
    let second = world.producer(ID);
    assert_eq!(second, bumped(first, 2));
    let (late, ended) = (world.add(ID, first, &[0], 0), world.end(ID, first, true, 0));
    assert_eq!(refused(&world, late), Some(TransactionError::ProducerFenced));
    assert_eq!(refused(&world, ended), Some(TransactionError::ProducerFenced));
}

#[test]
fn a_producer_comes_back_with_its_own_epoch() {
    let mut world = World::new();
    let first = world.producer(ID);
    let back = world.init(ID, Some(first));
    world.settle();
    assert_eq!(said(&world, back), Response::Init(Ok(bumped(first, 1))));
    let missed = world.init(ID, Some(first));
    world.settle();
    assert_eq!(said(&world, missed), Response::Init(Ok(bumped(first, 1))), "the answer that was missed");
    let second = world.producer(ID);
    let table = [first, bumped(first, 1), Producer { id: 7, epoch: 0 }];
    for fenced in table {
        let back = world.init(ID, Some(fenced));
        assert_eq!(refused(&world, back), Some(TransactionError::ProducerFenced), "{fenced:?}");
    }
    let back = world.init(ID, Some(second));
    world.settle();
    assert_eq!(said(&world, back), Response::Init(Ok(bumped(second, 1))));
}

#[test]
fn who_has_used_up_the_epochs_gets_another_id() {
    let mut world = World::new();
    let mut producer = world.producer(ID);
    while producer.epoch < i16::MAX - 1 {
        let waiter = world.init(ID, Some(producer));
        world.settle();
        world.durable.clear();
        let Response::Init(Ok(next)) = said(&world, waiter) else { panic!() };
        assert_eq!(next, bumped(producer, 1));
        producer = next;
        world.answers.clear();
    }
    world.add(ID, producer, &[0], 2);
    world.settle();
    let ended = world.end(ID, producer, true, 2);
    let markers = world.settle();
    assert_eq!(markers[0].producer, Producer { id: producer.id, epoch: i16::MAX });
    let Response::End(Ok(Some(next))) = said(&world, ended) else { panic!() };
    assert_eq!(next.epoch, 0);
    assert_ne!(next.id, producer.id);
    let again = world.end(ID, producer, true, 2);
    assert_eq!(said(&world, again), Response::End(Ok(Some(next))));
    world.restart();
    let added = world.add(ID, next, &[0], 2);
    world.settle();
    assert_eq!(said(&world, added), Response::AddPartitions(Ok(())));
}

#[test]
fn a_transaction_that_stays_open_too_long_is_aborted() {
    let mut world = World::new();
    let producer = world.producer(ID);
    world.add(ID, producer, &[0], 2);
    world.settle();
    let due = world.coordinator.next_deadline().unwrap();
    assert_eq!(due, world.now_ms + 60_001);
    world.now_ms = due - 1;
    world.handle(Event::Tick);
    assert!(world.appends.is_empty());
    world.now_ms = due;
    world.handle(Event::Tick);
    assert!(world.report(false));
    world.now_ms = world.coordinator.next_deadline().expect("tried again");
    world.handle(Event::Tick);
    let markers = world.settle();
    assert_eq!((markers[0].commit, markers[0].producer), (false, bumped(producer, 1)));
    assert_eq!(world.state(ID), Some(TransactionState::CompleteAbort));
    assert_eq!(world.coordinator.next_deadline(), None);
    let late = world.end(ID, producer, true, 2);
    assert_eq!(refused(&world, late), Some(TransactionError::InvalidTxnState), "as if asked again");
    let late = world.add(ID, producer, &[0], 2);
    assert_eq!(refused(&world, late), Some(TransactionError::ProducerFenced));
}

#[test]
fn what_comes_while_a_transaction_ends_waits_for_it() {
    let mut world = World::new();
    let producer = world.producer(ID);
    world.add(ID, producer, &[0], 2);
    world.settle();
    world.end(ID, producer, true, 2);
    assert!(world.report(true));
    let next = bumped(producer, 1);
    let queued = world.add(ID, next, &[1], 2);
    assert_eq!(world.answer(queued), None);
    world.settle();
    assert_eq!(said(&world, queued), Response::AddPartitions(Ok(())));
    assert_eq!(world.coordinator.describe(ID).unwrap().partitions, [("t".to_owned(), 1)]);
    // A partition that cannot be written now: nobody waits for that.
    world.end(ID, next, true, 2);
    assert!(world.report(true));
    let queued = world.add(ID, bumped(next, 1), &[1], 2);
    world.mark(false);
    assert_eq!(refused(&world, queued), Some(TransactionError::ConcurrentTransactions));
    assert!(world.markers.is_empty());
    world.now_ms = world.coordinator.next_deadline().unwrap();
    world.handle(Event::Tick);
    assert_eq!(world.settle().len(), 1, "tried again");
}

#[test]
fn what_is_prepared_is_completed_after_a_restart() {
    for (commit, version) in [(true, 0), (false, 0), (true, 2), (false, 2)] {
        let mut world = World::new();
        let producer = world.producer(ID);
        world.add(ID, producer, &[3], version);
        world.settle();
        world.restart();
        assert_eq!(world.state(ID), Some(TransactionState::Ongoing));
        assert!(world.coordinator.next_deadline().is_some());
        world.end(ID, producer, commit, version);
        assert!(world.report(true));
        for _ in 0..3 {
            world.restart();
            assert_eq!(world.markers.len(), 1, "asked for at every start");
        }
        let markers = world.settle();
        assert_eq!(markers[0].commit, commit);
        assert_eq!(world.state(ID), Some(TransactionState::complete(commit)));
        world.restart();
        assert!(world.markers.is_empty());
    }
}

#[test]
fn a_step_that_could_not_be_stored_has_not_happened() {
    let mut world = World::new();
    let lost = world.init(ID, None);
    assert!(world.report(false));
    assert_eq!(refused(&world, lost), Some(TransactionError::CoordinatorNotAvailable));
    assert_eq!(world.state(ID), None);
    let producer = world.producer(ID);
    let lost = world.add(ID, producer, &[0], 2);
    assert!(world.report(false));
    assert_eq!(refused(&world, lost), Some(TransactionError::CoordinatorNotAvailable));
    assert_eq!(world.state(ID), Some(TransactionState::Empty));
    world.add(ID, producer, &[0], 2);
    world.settle();
    let lost = world.end(ID, producer, true, 2);
    assert!(world.report(false));
    assert_eq!(refused(&world, lost), Some(TransactionError::CoordinatorNotAvailable));
    let ended = world.end(ID, producer, true, 2);
    world.settle();
    assert_eq!(said(&world, ended), Response::End(Ok(Some(bumped(producer, 1)))));
}

#[test]
fn ids_that_nobody_uses_are_forgotten() {
    let mut world = World::new();
    let producer = world.producer(ID);
    world.producer("other");
    world.add("other", Producer { id: producer.id + 1, epoch: 0 }, &[0], 2);
    world.settle();
    world.now_ms += Config::default().id_expiration_ms;
    world.handle(Event::ExpireIds);
    world.settle();
    assert_eq!(world.state(ID), None);
    assert!(world.state("other").is_some(), "its transaction is open");
    let late = world.add(ID, producer, &[0], 2);
    assert_eq!(refused(&world, late), Some(TransactionError::InvalidProducerIdMapping));
    world.restart();
    assert_eq!(world.state(ID), None);
}

#[test]
fn what_is_refused_at_once() {
    use TransactionError::*;
    let mut world = World::new();
    let producer = world.producer(ID);
    let stranger = Producer { id: 9, epoch: 0 };
    let future = bumped(producer, 1);
    let adds = [("", producer, InvalidRequest), ("no", producer, InvalidProducerIdMapping)];
    let adds =
        adds.into_iter().chain([(ID, stranger, InvalidProducerIdMapping), (ID, future, ProducerFenced)]);
    for (id, who, expected) in adds {
        for version in [0, 2] {
            let added = world.add(id, who, &[0], version);
            assert_eq!(refused(&world, added), Some(expected), "{id} {who:?}");
            let ended = world.end(id, who, true, version);
            assert_eq!(refused(&world, ended), Some(expected), "{id} {who:?}");
        }
        let partition = ("t".to_owned(), 0);
        assert_eq!(world.coordinator.verify(id, who, &partition), Err(expected));
    }
    let long = "x".repeat(40_000);
    for (id, timeout_ms, expected) in [
        ("", 1, InvalidRequest),
        (long.as_str(), 1, InvalidRequest),
        ("new", 0, InvalidTransactionTimeout),
        ("new", 900_001, InvalidTransactionTimeout),
    ] {
        let waiter = world.waiter();
        let request = InitProducer { transactional_id: id.to_owned(), timeout_ms, expected: None };
        world.handle(Event::Init(waiter, request));
        assert_eq!(refused(&world, waiter), Some(expected), "{timeout_ms}");
    }
}

#[test]
fn verified_is_what_was_added_until_the_end_is_prepared() {
    let mut world = World::new();
    let producer = world.producer(ID);
    let verify = |world: &World, index| world.coordinator.verify(ID, producer, &("t".to_owned(), index));
    world.add(ID, producer, &[0], 0);
    assert_eq!(verify(&world, 0), Err(TransactionError::TransactionAbortable), "not durable yet");
    world.settle();
    assert_eq!(verify(&world, 0), Ok(()));
    assert_eq!(verify(&world, 1), Err(TransactionError::TransactionAbortable));
    world.end(ID, producer, true, 0);
    assert_eq!(verify(&world, 0), Ok(()), "its marker cannot be there yet");
    assert!(world.report(true));
    assert_eq!(verify(&world, 0), Err(TransactionError::ConcurrentTransactions));
    world.settle();
    assert_eq!(verify(&world, 0), Err(TransactionError::TransactionAbortable));
}

fn told(record: &Record) -> String {
    let key = TransactionLogKey::from_record(record.key.clone()).unwrap().unwrap();
    let Some(bytes) = record.value.clone() else { return format!("{} tombstone", key.transactional_id) };
    let (version, value): (i16, TransactionLogValue) = decode_prefixed(bytes).unwrap();
    let partitions = value.transaction_partitions.map(|topics| {
        topics.iter().map(|topic| format!("{}{:?}", topic.topic, topic.partition_ids)).collect::<Vec<_>>()
    });
    format!(
        "v{version} state {} id {} (before {}, next {}) epoch {} client {} started {} {partitions:?}",
        value.transaction_status,
        value.producer_id,
        value.previous_producer_id,
        value.next_producer_id,
        value.producer_epoch,
        value.client_transaction_version,
        value.transaction_start_timestamp_ms,
    )
}

#[test]
fn the_records_are_kafkas() {
    let mut world = World::new();
    let producer = world.producer(ID);
    world.add(ID, producer, &[2, 0], 2);
    world.settle();
    world.end(ID, producer, true, 2);
    world.settle();
    let lines: Vec<String> = world.durable.iter().map(told).collect();
    expect![[r#"
        v1 state 0 id 101 (before 101, next -1) epoch 0 client 0 started -1 None
        v1 state 1 id 101 (before 101, next -1) epoch 0 client 2 started 1000000 Some(["t[0, 2]"])
        v1 state 2 id 101 (before 101, next -1) epoch 1 client 2 started 1000000 Some(["t[0, 2]"])
        v1 state 4 id 101 (before 101, next -1) epoch 1 client 2 started 1000000 Some([])"#]]
    .assert_eq(&lines.join("\n"));
    let mut old = World::with(Config { version: 0, ..Config::default() });
    old.producer(ID);
    assert!(told(&old.durable[0]).starts_with("v0 state 0"));
}
