//! Transactions in a compacted log.

use millstream_wire::records::EndMarker;

use super::*;
use crate::OpenOptions;

fn transactional(producer: i64, sequence: i32, records: &str) -> BytesMut {
    fill(BatchBuilder::new(Codec::None).producer(producer, 0, sequence).transactional(), records)
}

fn write(log: &Log, producer: i64, sequence: i32, records: &str) {
    let options = AppendOptions { origin: Origin::Verified, ..CLIENT };
    log.append(&mut transactional(producer, sequence, records), options).unwrap();
}

fn end(log: &Log, producer: i64, committed: bool) {
    let mut marker = EndMarker { committed, coordinator_epoch: 0 }.batch(producer, 0, NOW).unwrap();
    log.append(&mut marker, AppendOptions { origin: Origin::Marker { own_epoch: false }, ..CLIENT }).unwrap();
}

/// Base offsets, with how many records each batch has, `m` for a marker and `h` where a horizon is set.
fn shape(log: &Log) -> String {
    let one = |batch: &RecordBatch| {
        let header = batch.header;
        let marker = if header.attributes.is_control() { "m" } else { "" };
        let horizon = if header.delete_horizon().is_some() { "h" } else { "" };
        format!("{}x{}{marker}{horizon}", header.base_offset, header.record_count)
    };
    batches(log).iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_marker_stays_until_its_records_are_gone_and_that_long_again() {
    let (_, log) = fresh(&config());
    write(&log, 7, 0, "a1");
    end(&log, 7, true);
    write(&log, 7, 1, "z1");
    end(&log, 7, true);
    ["c1", "d1", "a2", "e1", "f1", "g1"].into_iter().for_each(|records| put(&log, records));
    log.sync().unwrap();
    let dirt = Dirt { first_uncleanable: 4, ..log.dirt(Some(0), NOW) };
    log.clean(&dirt, options(NOW)).unwrap();
    expect!["0x1 1x1m 2x1 3x1m 4x1 5x1 6x1 7x1 8x1 9x1"].assert_eq(&shape(&log));
    // a1 goes, and its marker is given its time.
    clean(&log, 4, NOW);
    expect!["1x1m 2x1 3x1m 4x1 5x1 6x1 7x1 8x1 9x1"].assert_eq(&shape(&log));
    clean(&log, 8, NOW);
    expect!["1x1mh 2x1 3x1m 4x1 5x1 6x1 7x1 8x1 9x1"].assert_eq(&shape(&log));
    clean(&log, 8, NOW + HOUR);
    expect!["2x1 3x1m 4x1 5x1 6x1 7x1 8x1 9x1"].assert_eq(&shape(&log));
}

#[test]
fn an_abort_behind_the_cleaned_segments_counts() {
    let (_, log) = fresh(&config());
    put(&log, "a1");
    write(&log, 7, 0, "a2");
    ["b1", "c1"].into_iter().for_each(|records| put(&log, records));
    end(&log, 7, false);
    put(&log, "d1");
    log.sync().unwrap();
    let dirt = Dirt { first_uncleanable: 4, ..log.dirt(Some(0), NOW) };
    log.clean(&dirt, options(NOW)).unwrap();
    // The value before the transaction stays; of its batch the producer's sequence does.
    expect!["0x1 1x0 2x1 3x1 4x1m 5x1"].assert_eq(&shape(&log));
}

#[test]
fn records_of_an_aborted_transaction_go_at_once_and_replace_nothing() {
    let config = config();
    let (disk, log) = fresh(&config);
    append(&log, batch_of("a1"));
    write(&log, 7, 0, "a2");
    write(&log, 7, 1, "b1");
    end(&log, 7, false);
    write(&log, 8, 0, "c1");
    end(&log, 8, true);
    ["x1", "y1", "z1"].into_iter().for_each(|records| put(&log, records));
    log.sync().unwrap();
    let indexes = |disk: &SimDisk| -> Vec<Vec<u8>> {
        let names = names(disk).into_iter().filter(|name| name.ends_with(".txnindex"));
        names.map(|name| disk.bytes(&file(&name)).unwrap()).collect()
    };
    let before = (indexes(&disk), log.aborted_transactions(0, 9).unwrap());
    assert_eq!((before.0.len(), before.1.len()), (1, 1));
    let old = log.segments_from(i64::MIN);
    clean(&log, 0, NOW);
    // The producer's last batch stays without its records, and the marker, which still tells of its epoch.
    expect!["0x1 2x0 3x1m 4x1 5x1m 6x1 7x1 8x1"].assert_eq(&shape(&log));
    expect!["0:a1 | | 3:\0\0\0\0\0\0\0\0\0\0 | 4:c1 | 5:\0\0\0\u{1}\0\0\0\0\0\0 | 6:x1 | 7:y1 | 8:z1 |"]
        .assert_eq(&show(&log));
    log.remove_deleted_files(NOW).unwrap();
    assert_eq!(
        (indexes(&disk), log.aborted_transactions(0, 9).unwrap()),
        before,
        "the index goes with the marker"
    );
    // Without records and in use by no producer, both go in the end; who reads the old segments still knows.
    for (producer, sequence) in [(7, 2), (8, 1)] {
        write(&log, producer, sequence, "w1");
        end(&log, producer, true);
    }
    ["u1", "v1", "t1", "s1"].into_iter().for_each(|records| put(&log, records));
    log.sync().unwrap();
    [NOW, NOW, NOW + HOUR].into_iter().for_each(|now| assert!(clean(&log, 0, now).to > 0));
    assert_eq!(log.aborted_transactions(0, 20).unwrap(), []);
    let mut known = Vec::new();
    old.iter().for_each(|segment| assert!(segment.aborted(0, 9, &mut known).is_ok()));
    assert_eq!(known, before.1);
}

/// A log with a transaction that began in its first segment and was aborted in the second, whose snapshot has it
/// open. The first has gone, and compaction has taken the marker.
fn without_a_trace(crash_takes_snapshots: bool) -> SimDisk {
    let (disk, mut log) = fresh(&config());
    put(&log, &format!("y{}", "1".repeat(50)));
    write(&log, 7, 0, "a1");
    end(&log, 7, false);
    ["b1", "c1", "d1", "e1", "f1", "g1"].into_iter().for_each(|records| put(&log, records));

    log.sync().unwrap();
    if crash_takes_snapshots {
        drop(log);
        let is_snapshot = |name: &&String| name.ends_with(".snapshot");
        for name in names(&disk).iter().filter(is_snapshot).skip(1) {
            disk.remove_file(&file(name)).unwrap();
        }
        let options = OpenOptions { recovery_point: 9, log_start_offset: 2, ..UNCLEAN };
        log = open(&disk, &config(), options).unwrap();
    }
    log.delete_records(2).unwrap();
    log.delete_old_segments(NOW).unwrap();
    // Its time is set, then it is over.
    [NOW, NOW + HOUR].into_iter().for_each(|now| assert!(clean(&log, 2, now).to > 2));
    expect!["3x1 4x1 5x1 6x1 7x1 8x1"].assert_eq(&shape(&log));
    disk
}

#[test]
fn no_older_snapshot_opens_a_transaction_of_which_nothing_is_left() {
    for (crash_takes_snapshots, recovery_point) in (2..9).flat_map(|at| [(false, at), (true, at)]) {
        let disk = without_a_trace(crash_takes_snapshots);
        let options = OpenOptions { recovery_point, log_start_offset: 2, ..UNCLEAN };
        let log = open(&disk, &config(), options).unwrap();
        let what = format!("from {recovery_point} with {:?}", names(&disk));
        assert_eq!(log.last_stable_offset(), 9, "{what}");
        assert!(log.producers().iter().all(|producer| producer.transaction.is_none()), "{what}");
    }
}
