//! Reading a partition to its end, as a consumer of either isolation level sees it.

use std::time::{Duration, Instant};

use millstream_wire::ErrorCode;
use millstream_wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, PartitionData};
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use millstream_wire::records::{Batches, Budget};

use crate::connection::{Connection, Step, accepted, must, wrong};

/// How long transactions may take to end that nobody holds open.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its offset.
    pub offset: i64,
    /// Its key, empty when it has none.
    pub key: String,
    /// Its value; none for a tombstone.
    pub value: Option<String>,
}

/// Records up to an end.
#[derive(Debug, Default)]
pub struct Log {
    /// The first offset that there is.
    pub start: i64,
    /// Where it ends for this reader.
    pub end: i64,
    /// What lies between, in the order of the log.
    pub records: Vec<Found>,
}

/// All that a reader who asks for everything gets.
pub fn all(connection: &mut Connection, topic: &str, partition: i32) -> Step<Log> {
    read(connection, topic, partition, 0)
}

/// All that a reader of committed records gets, once no transaction is open any more.
pub fn committed(connection: &mut Connection, topic: &str, partition: i32) -> Step<Log> {
    let until = Instant::now() + SETTLED_WITHIN;
    loop {
        let at = start(connection, topic, partition)?;
        let data = fetch(connection, topic, partition, at, 1)?;
        if data.last_stable_offset == data.high_watermark {
            return read(connection, topic, partition, 1);
        }
        let (stable, end) = (data.last_stable_offset, data.high_watermark);
        must(Instant::now() < until, || {
            format!("{topic}-{partition}: a transaction hangs, {stable} is the last stable offset of {end}")
        })?;
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn read(connection: &mut Connection, topic: &str, partition: i32, isolation: i8) -> Step<Log> {
    let start = start(connection, topic, partition)?;
    let mut log = Log { start, end: start, records: Vec::new() };
    let mut at = start;
    loop {
        let data = fetch(connection, topic, partition, at, isolation)?;
        // Retention goes on while this reads.
        log.start = log.start.max(data.log_start_offset);
        log.end = if isolation == 1 { data.last_stable_offset } else { data.high_watermark };
        let next = take(&data, at, &mut log.records)?;
        if next == at || next >= log.end {
            // What retention took between two answers is no gap.
            log.records.retain(|record| record.offset >= log.start);
            return Ok(log);
        }
        at = next;
    }
}

/// One answer's records from `from` on, without those of aborted transactions. Gives the offset after them.
pub fn take(data: &PartitionData, from: i64, into: &mut Vec<Found>) -> Step<i64> {
    let mut aborted = data.aborted_transactions.clone().unwrap_or_default();
    let mut open: Vec<i64> = Vec::new();
    let mut next = from;
    for batch in Batches::verified(data.records.clone().unwrap_or_default().into_bytes()) {
        let Ok(batch) = batch else { return wrong("a batch that was fetched is damaged") };
        let header = batch.header;
        must(header.next_offset() > next, || format!("a batch before {next} came twice"))?;
        aborted.retain(|one| {
            let begins = one.first_offset <= header.last_offset();
            open.extend(begins.then_some(one.producer_id));
            !begins
        });
        if header.attributes.is_control() {
            open.retain(|id| *id != header.producer_id);
        } else if !(header.attributes.is_transactional() && open.contains(&header.producer_id)) {
            let Ok(records) = batch.records(Budget::default()) else { return wrong("records are damaged") };
            for record in records {
                let Ok(record) = record else { return wrong("a record is damaged") };
                let text = |bytes: bytes::Bytes| String::from_utf8_lossy(&bytes).into_owned();
                let (key, value) = (record.key.map(text).unwrap_or_default(), record.value.map(text));
                if record.offset >= from {
                    into.push(Found { offset: record.offset, key, value });
                }
            }
        }
        next = header.next_offset();
    }
    Ok(next)
}

/// The first offset of a partition.
pub fn start(connection: &mut Connection, topic: &str, partition: i32) -> Step<i64> {
    let asked = ListOffsetsPartition { partition_index: partition, timestamp: -2, ..Default::default() };
    let topics = vec![ListOffsetsTopic { name: topic.into(), partitions: vec![asked] }];
    let answer = connection.call(&ListOffsetsRequest { replica_id: -1, topics, ..Default::default() }, 5)?;
    let Some(found) = answer.topics.first().and_then(|topic| topic.partitions.first()) else {
        return wrong("ListOffsets answered nothing");
    };
    accepted(found.error_code, || format!("ListOffsets of {topic}-{partition}"))?;
    Ok(found.offset)
}

/// One Fetch.
pub fn fetch(
    connection: &mut Connection,
    topic: &str,
    partition: i32,
    offset: i64,
    isolation_level: i8,
) -> Step<PartitionData> {
    let asked = FetchPartition {
        partition,
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        ..Default::default()
    };
    let topics = vec![FetchTopic { topic: topic.into(), partitions: vec![asked], ..Default::default() }];
    let request = FetchRequest {
        replica_id: -1,
        max_bytes: 8 << 20,
        min_bytes: 0,
        isolation_level,
        topics,
        ..Default::default()
    };
    let answer = connection.call(&request, 11)?;
    let data = answer.responses.into_iter().next().and_then(|topic| topic.partitions.into_iter().next());
    let Some(data) = data else { return wrong("Fetch answered nothing") };
    if data.error_code == ErrorCode::OFFSET_OUT_OF_RANGE && start(connection, topic, partition)? > offset {
        // Retention was faster.
        let from = start(connection, topic, partition)?;
        return fetch(connection, topic, partition, from, isolation_level);
    }
    accepted(data.error_code, || format!("Fetch of {topic}-{partition} from {offset}"))?;
    Ok(data)
}
