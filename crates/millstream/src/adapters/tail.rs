//! The newest records of a topic for the page: read from the end, decoded only as far as they are shown.

use millstream_broker::{TopicError, TopicView, Topics};
use millstream_console::ModelError;
use millstream_console::model::{Cursor, Record, Tail};
use millstream_wire::records::{Batches, Budget, RecordBatch};

/// Bytes that one look at one partition may read.
const READ_BYTES: usize = 1 << 20;

/// What decompressing one batch for the page may cost.
const BUDGET: Budget = Budget::bytes(4 << 20);

/// At most `limit` records, newest first; see [`millstream_console::Model::tail`].
pub async fn read(
    topics: &Topics,
    topic: &str,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Tail, ModelError> {
    let view = topics.get(topic).map_err(|error| explain(topic, &error))?;
    let mut tail = Tail::default();
    for (partition, from, end) in starts(&view, after, limit, &mut tail) {
        tail.records.extend(partition_records(topics, topic, partition, from, end).await?);
    }
    tail.records
        .sort_by_key(|record| std::cmp::Reverse((record.timestamp_ms, record.offset, record.partition)));
    tail.records.truncate(limit);
    if after.is_none() {
        tail.arrived = u64::try_from(tail.records.len()).unwrap_or(u64::MAX);
    }
    Ok(tail)
}

/// Partition, first offset to look at, end: never more than `limit` offsets of one partition.
fn starts(view: &TopicView, after: Option<&Cursor>, limit: usize, tail: &mut Tail) -> Vec<(i32, i64, i64)> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut starts = Vec::new();
    for partition in &view.partitions {
        let end = partition.high_watermark;
        let known = after.and_then(|cursor| cursor.get(&partition.index).copied());
        let from = known.unwrap_or(partition.log_start_offset).clamp(partition.log_start_offset, end.max(0));
        tail.arrived = tail.arrived.saturating_add(u64::try_from(end - from).unwrap_or(0));
        tail.next.insert(partition.index, end);
        let from = from.max(end.saturating_sub(limit));
        if from < end {
            starts.push((partition.index, from, end));
        }
    }
    starts
}

async fn partition_records(
    topics: &Topics,
    topic: &str,
    partition: i32,
    from: i64,
    end: i64,
) -> Result<Vec<Record>, ModelError> {
    let (mut records, mut next, mut left) = (Vec::new(), from, READ_BYTES);
    while next < end && left > 0 {
        let read = topics.read(topic, partition, next, left).await.map_err(|error| explain(topic, &error))?;
        if read.batches.is_empty() {
            break;
        }
        left = left.saturating_sub(read.batches.len());
        for batch in Batches::new(read.batches) {
            let batch = batch.map_err(|error| ModelError::Unavailable(error.to_string()))?;
            decode(&batch, partition, next, &mut records);
            next = batch.header.last_offset().saturating_add(1);
        }
    }
    Ok(records)
}

/// A batch that cannot be shown (control markers, or too large for the page's budget) is passed over.
fn decode(batch: &RecordBatch, partition: i32, from: i64, records: &mut Vec<Record>) {
    if batch.header.attributes.is_control() {
        return;
    }
    let Ok(all) = batch.records(BUDGET) else { return };
    records.extend(all.flatten().filter(|record| record.offset >= from).map(|record| {
        Record {
            partition,
            offset: record.offset,
            timestamp_ms: (record.timestamp >= 0).then_some(record.timestamp),
            key: record.key,
            value: record.value,
            headers: record
                .headers
                .into_iter()
                .map(|header| (String::from_utf8_lossy(&header.key).into_owned(), header.value))
                .collect(),
        }
    }));
}

fn explain(topic: &str, error: &TopicError) -> ModelError {
    match error {
        TopicError::UnknownTopic { .. } => ModelError::NoSuchTopic(topic.to_owned()),
        other => ModelError::Unavailable(other.to_string()),
    }
}
