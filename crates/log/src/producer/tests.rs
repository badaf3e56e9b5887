//! What follows what, and what a transaction changes.

use millstream_wire::records::batch::Attributes;

use super::*;

fn batch(epoch: i16, sequence: i32, records: i32, offset: i64) -> BatchHeader {
    BatchHeader {
        base_offset: offset,
        batch_length: 49,
        partition_leader_epoch: 0,
        crc: 0,
        attributes: Attributes::default(),
        last_offset_delta: records - 1,
        base_timestamp: 0,
        max_timestamp: 1000,
        producer_id: 7,
        producer_epoch: epoch,
        base_sequence: sequence,
        record_count: records,
    }
}

fn data(header: &BatchHeader) -> Produced<'_> {
    Produced { header, marker: None }
}

fn after(batches: &[(i16, i32, i32)]) -> Producers {
    let mut producers = Producers::default();
    let mut offset = 100;
    for (epoch, sequence, records) in batches {
        producers.add(data(&batch(*epoch, *sequence, *records, offset)), 0);
        offset += i64::from(*records);
    }
    producers
}

#[test]
fn what_follows_what() {
    let out_of_order = |found, last| Err(ProducerError::OutOfOrderSequence { producer_id: 7, found, last });
    let duplicate = |base_offset, last_offset| Ok(Verdict::Duplicate { base_offset, last_offset });
    let six: &[_] = &[(0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1), (0, 5, 1)];
    type Row<'a> = (&'a str, &'a [(i16, i32, i32)], (i16, i32, i32), Result<Verdict, ProducerError>);
    let table: &[Row] = &[
        ("an unknown producer starts anywhere", &[], (3, 77, 2), Ok(Verdict::Append)),
        ("the next one", &[(0, 0, 3)], (0, 3, 2), Ok(Verdict::Append)),
        ("a gap", &[(0, 0, 3)], (0, 4, 1), out_of_order(4, 2)),
        ("a duplicate", &[(0, 0, 3)], (0, 0, 3), duplicate(100, 102)),
        ("a part of a batch is no duplicate", &[(0, 0, 3)], (0, 0, 2), out_of_order(0, 2)),
        ("the oldest of five", six, (0, 1, 1), duplicate(101, 101)),
        ("one too old", six, (0, 0, 1), out_of_order(0, 5)),
        ("a new epoch starts at 0", &[(0, 0, 3)], (1, 0, 1), Ok(Verdict::Append)),
        ("and nowhere else", &[(0, 0, 3)], (1, 3, 1), out_of_order(3, 2)),
        (
            "an old epoch",
            &[(4, 0, 3)],
            (3, 3, 1),
            Err(ProducerError::Fenced { producer_id: 7, found: 3, current: 4 }),
        ),
        ("sequences wrap", &[(0, i32::MAX - 1, 2)], (0, 0, 1), Ok(Verdict::Append)),
        ("within a batch too", &[(0, i32::MAX - 1, 4)], (0, 2, 1), Ok(Verdict::Append)),
        ("and duplicates of such", &[(0, i32::MAX - 1, 4)], (0, i32::MAX - 1, 4), duplicate(100, 103)),
    ];
    for (what, before, (epoch, sequence, records), expected) in table {
        let found = after(before).check(data(&batch(*epoch, *sequence, *records, 0)), Origin::Client);
        assert_eq!(found, *expected, "{what}");
    }
    let own = after(six).check(data(&batch(0, 99, 1, 0)), Origin::Internal);
    assert_eq!(own, Ok(Verdict::Append), "the broker's own");
}

/// A batch of a transaction.
fn inside(epoch: i16, sequence: i32, offset: i64) -> BatchHeader {
    BatchHeader { attributes: Attributes::default().transactional(), ..batch(epoch, sequence, 1, offset) }
}

/// The batch of a marker.
fn marker_at(epoch: i16, offset: i64) -> BatchHeader {
    let attributes = Attributes::default().transactional().control();
    BatchHeader { attributes, base_sequence: -1, ..batch(epoch, 0, 1, offset) }
}

fn ended(header: &BatchHeader, committed: bool, coordinator_epoch: i32) -> Produced<'_> {
    Produced { header, marker: Some(EndMarker { committed, coordinator_epoch }) }
}

#[test]
fn a_transaction_keeps_others_out_and_keeps_its_producer_alive() {
    let mut producers = Producers::default();
    producers.add(data(&inside(0, 0, 50)), 1000);
    let outside = producers.check(data(&batch(0, 1, 1, 0)), Origin::Client);
    assert_eq!(outside, Err(ProducerError::TransactionOpen { producer_id: 7, since: 50 }));
    producers.expire(i64::MAX, 1);
    assert_eq!(producers.iter().len(), 1);
    producers.add(ended(&marker_at(0, 51), true, 0), 1000);
    producers.expire(1999, 1000);
    assert_eq!(producers.iter().len(), 1);
    producers.expire(2000, 1000);
    assert_eq!(producers.iter().len(), 0);
}

#[test]
fn a_transaction_begins_only_where_its_coordinator_knows_of_it() {
    let mut producers = Producers::default();
    let not_in = Err(ProducerError::NotInTransaction { producer_id: 7 });
    assert_eq!(producers.check(data(&inside(3, 0, 0)), Origin::Client), not_in);
    assert_eq!(producers.check(data(&inside(3, 0, 0)), Origin::Verified), Ok(Verdict::Append));
    assert_eq!(
        producers.check(data(&inside(3, 8, 0)), Origin::Verified),
        Ok(Verdict::Append),
        "its records were deleted"
    );
    producers.add(data(&inside(3, 0, 50)), 0);
    assert_eq!(producers.check(data(&inside(3, 1, 0)), Origin::Client), Ok(Verdict::Append), "it is open");
    producers.add(ended(&marker_at(4, 51), false, 0), 0);
    let fenced = Err(ProducerError::Fenced { producer_id: 7, found: 3, current: 4 });
    assert_eq!(producers.check(data(&inside(3, 1, 0)), Origin::Client), fenced, "the marker took the epoch");
    assert_eq!(producers.check(data(&inside(4, 0, 0)), Origin::Client), not_in);
    producers.add(data(&inside(4, 0, 52)), 0);
    producers.add(ended(&marker_at(4, 53), true, 0), 0);
    assert_eq!(producers.check(data(&inside(4, 0, 0)), Origin::Client), not_in, "a duplicate, too");
    let again = Ok(Verdict::Duplicate { base_offset: 52, last_offset: 52 });
    assert_eq!(producers.check(data(&inside(4, 0, 0)), Origin::Verified), again);
}

#[test]
fn nothing_overtakes_a_batch_whose_coordinator_is_asked() {
    let gap = |found| Err(ProducerError::OutOfOrderSequence { producer_id: 7, found, last: -1 });
    // In which protocol was asked, with which epoch and sequence; then what may come.
    let (v1, v2) = (false, true);
    type Row<'a> = (&'a [(bool, i16, i32)], (i16, i32), Result<Verdict, ProducerError>);
    let table: &[Row] = &[
        (&[(v1, 3, 8)], (3, 8), Ok(Verdict::Append)),
        (&[(v1, 3, 8)], (3, 9), gap(9)),
        (&[(v1, 3, 8), (v1, 3, 5)], (3, 8), gap(8)),
        (&[(v1, 3, 5), (v1, 3, 8)], (3, 5), Ok(Verdict::Append)),
        (&[(v1, 3, 5), (v1, 4, 8)], (4, 8), Ok(Verdict::Append)),
        (&[(v1, 4, 5), (v1, 3, 2)], (4, 5), Ok(Verdict::Append)),
        (&[(v2, 3, 8)], (3, 8), gap(8)),
        (&[(v2, 3, 0)], (3, 0), Ok(Verdict::Append)),
        (&[(v1, 3, 8), (v2, 3, 8)], (3, 8), Ok(Verdict::Append)),
    ];
    for (asked, (epoch, sequence), expected) in table {
        let mut producers = Producers::default();
        for (own_epoch, epoch, sequence) in *asked {
            producers.ask(&inside(*epoch, *sequence, 0), *own_epoch, 0);
        }
        let found = producers.check(data(&inside(*epoch, *sequence, 0)), Origin::Verified);
        assert_eq!(found, *expected, "{asked:?}");
    }
}

#[test]
fn a_question_is_over_when_the_transaction_is() {
    let taken = |producers: &Producers, epoch, sequence| {
        producers.check(data(&inside(epoch, sequence, 0)), Origin::Verified) == Ok(Verdict::Append)
    };
    let asked = |own_epoch, epoch| {
        let mut producers = Producers::default();
        producers.ask(&inside(epoch, 5, 0), own_epoch, 1000);
        producers
    };
    let mut producers = asked(false, 3);
    producers.add(data(&inside(3, 5, 50)), 0);
    assert!(taken(&producers, 3, 6), "it has begun");
    let mut producers = asked(false, 3);
    producers.expire(1999, 1000);
    assert!(!taken(&producers, 3, 6));
    producers.expire(2000, 1000);
    assert!(taken(&producers, 3, 6), "it was never let in");
    // The marker of the transaction before has the epoch of the next one, which has asked already.
    let mut producers = asked(true, 4);
    producers.add(ended(&marker_at(4, 51), false, 0), 0);
    assert!(!producers.asked.allows(&inside(4, 6, 0), true));
    producers.add(ended(&marker_at(5, 52), false, 0), 0);
    assert!(producers.asked.allows(&inside(4, 6, 0), true));
}

#[test]
fn what_has_asked_is_bounded() {
    let mut asked = super::asked::Asked::default();
    for id in 0..5000 {
        asked.note(&BatchHeader { producer_id: id, ..inside(0, 0, 0) }, false, id);
    }
    let blocks = |id| !asked.allows(&BatchHeader { producer_id: id, ..inside(0, 1, 0) }, true);
    assert_eq!((0..5000).filter(|id| blocks(*id)).count(), 1024);
    assert!(blocks(4999) && !blocks(0));
}

#[test]
fn which_markers_are_taken() {
    let fenced = |found| Err(ProducerError::Fenced { producer_id: 7, found, current: 5 });
    let taken = Ok(Verdict::Append);
    // A transaction is open, its epoch is its own, the marker's epoch and coordinator epoch, and the outcome.
    let table = [
        (true, false, 5, 2, taken.clone()),
        (true, false, 6, 2, taken.clone()),
        (true, false, 4, 2, fenced(4)),
        (true, true, 6, 2, taken.clone()),
        (true, true, 5, 2, fenced(5)),
        (false, true, 5, 2, taken.clone()),
        (false, true, 4, 2, fenced(4)),
        (false, false, 5, 1, Err(ProducerError::CoordinatorFenced { producer_id: 7, found: 1, current: 2 })),
    ];
    for (open, own_epoch, epoch, coordinator_epoch, expected) in table {
        let mut producers = Producers::default();
        producers.add(ended(&marker_at(5, 10), true, 2), 0);
        if open {
            producers.add(data(&inside(5, 0, 11)), 0);
        }
        let header = marker_at(epoch, 0);
        let marker = ended(&header, true, coordinator_epoch);
        let found = producers.check(marker, Origin::Marker { own_epoch });
        assert_eq!(found, expected, "{open} {own_epoch} {epoch} {coordinator_epoch}");
    }
}

#[test]
fn the_first_open_transaction_bounds_what_is_stable() {
    let mut producers = Producers::default();
    let of = |id, header: BatchHeader| BatchHeader { producer_id: id, ..header };
    producers.add(data(&of(1, inside(0, 0, 10))), 0);
    producers.add(data(&of(2, inside(0, 0, 11))), 0);
    assert_eq!(producers.first_unstable(12), Some(10));
    let aborted = producers.add(ended(&of(1, marker_at(0, 12)), false, 0), 0);
    let expected =
        AbortedTransaction { producer_id: 1, first_offset: 10, last_offset: 12, last_stable_offset: 11 };
    assert_eq!(aborted, Some(expected));
    assert_eq!(producers.first_unstable(12), Some(10), "nobody can read the marker yet");
    assert_eq!(producers.first_unstable(13), Some(11));
    assert_eq!(producers.add(ended(&of(2, marker_at(0, 13)), true, 0), 0), None, "committed");
    assert_eq!(producers.first_unstable(14), None);
    assert_eq!(producers.add(ended(&of(2, marker_at(0, 14)), false, 0), 0), None, "nothing was open");
}
