//! Transactions in a compacted log.

use bytes::BufMut;

use super::*;
use crate::files::{FileName, Kind};

fn transactional(producer: i64, sequence: i32, records: &str) -> BytesMut {
    fill(BatchBuilder::new(Codec::None).producer(producer, 0, sequence).transactional(), records)
}

fn marker(producer: i64, kind: i16) -> BytesMut {
    let mut batch = BatchBuilder::new(Codec::None).producer(producer, 0, -1).transactional().control();
    let mut key = vec![0, 0];
    key.put_i16(kind);
    batch.append(NOW, Some(&key), Some(&[0; 6]), &[]).unwrap();
    batch.finish().unwrap()
}

fn append_marker(log: &Log, producer: i64, kind: i16) {
    let options = AppendOptions { origin: Origin::Internal, ..CLIENT };
    log.append(&mut marker(producer, kind), options).unwrap();
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
    append(&log, transactional(7, 0, "a1"));
    append_marker(&log, 7, 1);
    append(&log, transactional(7, 1, "z1"));
    append_marker(&log, 7, 1);
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
fn records_of_an_aborted_transaction_go_at_once_and_replace_nothing() {
    let config = config();
    let (disk, log) = fresh(&config);
    append(&log, batch_of("a1"));
    append(&log, transactional(7, 0, "a2"));
    append(&log, transactional(7, 1, "b1"));
    append_marker(&log, 7, 0);
    append(&log, transactional(8, 0, "c1"));
    append_marker(&log, 8, 1);
    ["x1", "y1", "z1"].into_iter().for_each(|records| put(&log, records));
    log.sync().unwrap();
    // Version, producer, first and last offset, last stable offset, as the segment's index has them.
    let mut index = Vec::new();
    index.put_i16(0);
    [7, 1, 3, 1].into_iter().for_each(|field| index.put_i64(field));
    let base = log.segments().iter().map(|(base, _)| *base).filter(|base| *base <= 3).max().unwrap();
    disk.plant(&FileName::live(base, Kind::TxnIndex).path(&dir()), &index);
    clean(&log, 0, NOW);
    // The producer's last batch stays without its records, and the marker, which still tells of its epoch.
    expect!["0x1 2x0 3x1m 4x1 5x1m 6x1 7x1 8x1"].assert_eq(&shape(&log));
    expect!["0:a1 | | 3:\0\0\0\0\0\0\0\0\0\0 | 4:c1 | 5:\0\0\0\u{1}\0\0\0\0\0\0 | 6:x1 | 7:y1 | 8:z1 |"]
        .assert_eq(&show(&log));
    let kept: Vec<Vec<u8>> = names(&disk)
        .into_iter()
        .filter(|name| name.ends_with(".txnindex"))
        .map(|name| disk.bytes(&file(&name)).unwrap())
        .collect();
    assert_eq!(kept, [index], "the index goes with the marker");
}
