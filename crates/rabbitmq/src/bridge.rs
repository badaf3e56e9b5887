//! From a queue to a topic, and from a topic to a queue; at least once, either way.
//!
//! A queue's messages are acknowledged when the topic's broker has acknowledged the records; a topic's records are
//! committed for the group when RabbitMQ has confirmed the messages. What lies between is moved again after a crash.

use std::time::Duration;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::TimestampMicrosecondType;
use bytes::Bytes;
use futures::TryStreamExt as _;
use lapin::BasicProperties;
use millstream_client::{ClientError, GroupConsumer, NewRecord, Producer, ReceivedRecord};
use millstream_engine::EngineError;
use millstream_engine::sources::{Source, SourceSpec as _};
use millstream_wire::records::Header;

use crate::headers::table;
use crate::publisher::{Outgoing, PERSISTENT, Publisher};
use crate::source::RabbitSpec;
use crate::{RabbitError, ReaderOptions, WriterOptions};

/// How long one poll of a topic waits.
const POLL: Duration = Duration::from_millis(500);

/// Why a bridge ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The topic's side.
    #[error(transparent)]
    Topic(#[from] ClientError),
    /// The queue's side, read.
    #[error("{0}")]
    Read(#[from] EngineError),
    /// The queue's side, written.
    #[error(transparent)]
    Write(#[from] RabbitError),
}

/// What a bridge has moved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages.
    pub messages: u64,
    /// Bytes of their bodies.
    pub bytes: u64,
}

impl Counts {
    fn add(&mut self, bytes: usize) {
        self.messages += 1;
        self.bytes += u64::try_from(bytes).unwrap_or(u64::MAX);
    }
}

/// Moves a queue's messages to the producer's topic until `stop`: the body is the value, the routing key the key,
/// headers are headers, the timestamp is the record's if the message has one. Calls `moved` after each batch.
///
/// # Errors
/// Either side fails for good; what is not acknowledged the server delivers again.
pub async fn queue_to_topic(
    options: ReaderOptions,
    producer: &mut Producer,
    stop: impl Future<Output = ()>,
    mut moved: impl FnMut(Counts),
) -> Result<Counts, BridgeError> {
    let mut source = RabbitSpec::new(options).open(None).await?;
    let mut counts = Counts::default();
    let mut start = source.initial_offset();
    tokio::pin!(stop);
    loop {
        let end = tokio::select! {
            end = next_batch(source.as_mut(), &start) => end?,
            () = &mut stop => return Ok(counts),
        };
        let mut rows = source.batch(&start, &end).await?;
        while let Some(rows) = rows.try_next().await.map_err(EngineError::from)? {
            send_rows(&rows, producer, &mut counts).await?;
        }
        producer.flush().await?;
        source.commit(&end).await;
        start = end;
        moved(counts);
    }
}

/// The end of the next batch, when there is one.
async fn next_batch(source: &mut dyn Source, start: &str) -> Result<String, EngineError> {
    loop {
        let end = source.latest_offset(start).await?;
        if end != start {
            return Ok(end);
        }
        source.changed(start).await;
    }
}

async fn send_rows(
    rows: &RecordBatch,
    producer: &mut Producer,
    counts: &mut Counts,
) -> Result<(), BridgeError> {
    let column = |name: &str| {
        rows.column_by_name(name).ok_or_else(|| EngineError::execution(format!("no column {name}")))
    };
    let (body, key) = (column("body")?.as_binary::<i32>(), column("routing_key")?.as_string::<i32>());
    let (headers, times) =
        (column("headers")?, column("timestamp")?.as_primitive::<TimestampMicrosecondType>());
    for row in 0..rows.num_rows() {
        let value = body.value(row);
        let record = NewRecord {
            key: Some(key.value(row).as_bytes()),
            value: Some(value),
            headers: &record_headers(headers, row),
            timestamp: times.is_valid(row).then(|| times.value(row) / 1000),
        };
        producer.send(None, record).await?;
        counts.add(value.len());
    }
    Ok(())
}

fn record_headers(headers: &ArrayRef, row: usize) -> Vec<Header> {
    if headers.is_null(row) {
        return Vec::new();
    }
    let entries = headers.as_map().value(row);
    let [names, values] = entries.columns() else { return Vec::new() };
    let (names, values) = (names.as_string::<i32>(), values.as_string::<i32>());
    let copy = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let value = |index: usize| values.is_valid(index).then(|| copy(values.value(index)));
    (0..entries.len()).map(|index| Header { key: copy(names.value(index)), value: value(index) }).collect()
}

/// Moves records to an exchange or a queue until `stop`: the value is the body (empty for a tombstone), the key the
/// routing key unless the options give one, headers and timestamp (in seconds) stay. Calls `moved` after each batch.
///
/// # Errors
/// Either side fails for good; what is not committed is read again.
pub async fn topic_to_queue(
    mut consumer: GroupConsumer,
    options: WriterOptions,
    stop: impl Future<Output = ()>,
    mut moved: impl FnMut(Counts),
) -> Result<Counts, BridgeError> {
    let default_key = options.routing_key.clone();
    let mut publisher = Publisher::new(options);
    publisher.channel().await?;
    let mut counts = Counts::default();
    tokio::pin!(stop);
    loop {
        let records = tokio::select! {
            records = consumer.poll(POLL) => records?,
            () = &mut stop => {
                consumer.close().await?;
                return Ok(counts);
            }
        };
        if records.is_empty() {
            continue;
        }
        let message = |index: usize| match records.get(index) {
            Some(record) => outgoing(record, default_key.as_deref()),
            None => Err(RabbitError::Unfit("a record went missing".to_owned())),
        };
        tokio::select! {
            published = publisher.publish(records.len(), message) => published?,
            // RabbitMQ may be away for long. What was not committed is read again.
            () = &mut stop => return Ok(counts),
        }
        consumer.commit().await?;
        records.iter().for_each(|one| counts.add(one.record.value.as_ref().map_or(0, Bytes::len)));
        moved(counts);
    }
}

fn outgoing<'a>(
    received: &'a ReceivedRecord,
    default_key: Option<&'a str>,
) -> Result<Outgoing<'a>, RabbitError> {
    let record = &received.record;
    let unfit = |why: String| {
        let place = format!("{}-{} at offset {}", received.topic, received.partition, record.offset);
        RabbitError::Unfit(format!("the record of {place} cannot be a message: {why}"))
    };
    let routing_key = match (default_key, &record.key) {
        (Some(key), _) => key,
        (None, Some(key)) => std::str::from_utf8(key)
            .map_err(|_| unfit("its key is no text; give --routing-key or --queue".to_owned()))?,
        (None, None) => return Err(unfit("it has no key; give --routing-key or --queue".to_owned())),
    };
    let mut properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
    if let Ok(milliseconds) = u64::try_from(record.timestamp) {
        properties = properties.with_timestamp(milliseconds / 1000);
    }
    if !record.headers.is_empty() {
        let text =
            |header: &'a Header| std::str::from_utf8(&header.key).map(|key| (key, header.value.as_deref()));
        let pairs: Result<Vec<_>, _> = record.headers.iter().map(text).collect();
        let pairs = pairs.map_err(|_| unfit("the name of a header is no text".to_owned()))?;
        properties = properties.with_headers(table(pairs).map_err(unfit)?);
    }
    Ok(Outgoing { routing_key, body: record.value.as_deref().unwrap_or_default(), properties })
}

#[cfg(test)]
mod tests {
    use super::*;
    use millstream_wire::records::{Record, TimestampType};

    #[test]
    fn a_record_is_a_message() {
        let header = Header { key: Bytes::from_static(b"h"), value: Some(Bytes::from_static(b"1")) };
        let mut received = ReceivedRecord {
            topic: "clicks".to_owned(),
            partition: 0,
            timestamp_type: TimestampType::CreateTime,
            record: Record {
                offset: 7,
                timestamp: 1_700_000_000_999,
                key: Some(Bytes::from_static(b"k")),
                value: None,
                headers: vec![header],
            },
        };
        let message = outgoing(&received, None).unwrap();
        assert_eq!((message.routing_key, message.body), ("k", &b""[..]));
        assert_eq!(*message.properties.timestamp(), Some(1_700_000_000));
        assert_eq!(outgoing(&received, Some("jobs")).unwrap().routing_key, "jobs");
        received.record.key = Some(Bytes::from_static(b"\xFF"));
        let error = outgoing(&received, None).unwrap_err().to_string();
        assert_eq!(
            error,
            "the record of clicks-0 at offset 7 cannot be a message: its key is no text; give --routing-key or --queue"
        );
        received.record.key = None;
        assert!(outgoing(&received, None).is_err());
        received.record.headers = vec![Header { key: Bytes::from_static(b"\xFF"), value: None }];
        assert!(outgoing(&received, Some("jobs")).is_err());
    }
}
