//! Offsets by time.

use millstream_wire::records::{BatchBuilder, Codec};

use crate::fixture::*;
use crate::{LogConfig, TimestampOffset, TimestampQuery};

/// Batches of three records, 10 ms apart, in segments of two batches; the fifth is older than its neighbours, one is
/// compressed, one has the broker's time.
fn log(config: &LogConfig) -> crate::Log {
    let (_disk, log) = fresh(config);
    for (i, timestamp) in [1000, 1030, 1060, 1090, 500, 1120, 1150].into_iter().enumerate() {
        let codec = if i == 1 { Codec::Gzip } else { Codec::None };
        let mut builder = BatchBuilder::new(codec);
        if i == 3 {
            builder = builder.log_append_time(timestamp);
        }
        for record in 0..3 {
            builder.append(timestamp + record * 10, None, Some(b"0123456789"), &[]).unwrap();
        }
        append(&log, builder.finish().unwrap());
    }
    log.sync().unwrap();
    log
}

#[test]
fn the_first_record_that_is_not_older() {
    let found = |timestamp, offset| Some(TimestampOffset { timestamp, offset, leader_epoch: Some(0) });
    let table = [
        (TimestampQuery::At(0), found(1000, 0)),
        (TimestampQuery::At(1000), found(1000, 0)),
        (TimestampQuery::At(1001), found(1010, 1)),
        (TimestampQuery::At(1040), found(1040, 4)),
        (TimestampQuery::At(1051), found(1060, 6)),
        (TimestampQuery::At(1085), found(1090, 9)),
        (TimestampQuery::At(1091), found(1120, 15)),
        (TimestampQuery::At(1170), found(1170, 20)),
        (TimestampQuery::At(1171), None),
        (TimestampQuery::MaxTimestamp, found(1170, 20)),
        (TimestampQuery::Earliest, found(-1, 0)),
        (TimestampQuery::Latest, found(-1, 21)),
    ];
    for segment_bytes in [200, 1 << 30] {
        for index_interval_bytes in [1, 4096] {
            let config = LogConfig { segment_bytes, index_interval_bytes, ..LogConfig::default() };
            let log = log(&config);
            for (query, expected) in table {
                assert_eq!(log.offset_for_timestamp(query).unwrap(), expected, "{query:?}, {config:?}");
            }
        }
    }
}

#[test]
fn nothing_is_found_below_the_start_or_beyond_the_high_watermark() {
    let log = log(&LogConfig::default());
    log.delete_records(4).unwrap();
    append(&log, batch_at(9000, 1));
    let find = |query| log.offset_for_timestamp(query).unwrap().map(|found| found.offset);
    assert_eq!(find(TimestampQuery::At(0)), Some(4));
    assert_eq!(find(TimestampQuery::Earliest), Some(4));
    assert_eq!(find(TimestampQuery::At(2000)), None);
    assert_eq!(find(TimestampQuery::MaxTimestamp), None);
    assert_eq!(find(TimestampQuery::Latest), Some(21));
}

#[test]
fn an_empty_log_has_no_records_but_ends() {
    let (_disk, log) = fresh(&LogConfig::default());
    let find = |query| log.offset_for_timestamp(query).unwrap().map(|found| found.offset);
    let queries = [
        TimestampQuery::At(0),
        TimestampQuery::MaxTimestamp,
        TimestampQuery::Earliest,
        TimestampQuery::Latest,
    ];
    assert_eq!(queries.map(find), [None, None, Some(0), Some(0)]);
}
