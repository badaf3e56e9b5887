//! ListOffsets: 0-11.
//!
//! Behaviour: an offset by time, or one of the special ones: -1 the high watermark (for committed records only, the last
//! stable offset), -2 the log's start, -3 the record
//! with the largest timestamp (7), -4 the local log's start (8), -5 the last tiered offset (9) and -6 the first that
//! waits to be tiered (11), neither of which a broker without tiers has. A special one below its version is
//! UNSUPPORTED_VERSION.
//!
//! Version notes:
//! - 0: a list of offsets, newest first: where segments begin that were last written by the time asked for
//!   (`segment_times.rs`). Topics without partitions and partitions named twice are answered like others.
//! - 1: one offset with its timestamp. 2: isolation level. 4: leader epochs. 6: flexible. 10: a timeout.

use std::collections::BTreeSet;
use std::sync::Arc;

use millstream_log::{ReadError, TimestampOffset, TimestampQuery};
use millstream_wire::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopic, ListOffsetsTopicResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply, repeated};
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};
use crate::segment_times::{self, Before};

/// `isolation_level`: everything.
const READ_UNCOMMITTED: i8 = 0;
/// `isolation_level`: only what is committed.
const READ_COMMITTED: i8 = 1;

/// In the place of an epoch: none.
const NO_EPOCH: i32 = -1;

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const EARLIEST_PENDING_UPLOAD: i64 = -6;

pub(crate) struct ListOffsets;

impl Api for ListOffsets {
    type Request = ListOffsetsRequest;
    const VERSIONS: Versions = Versions::new(0, 11);

    async fn handle(call: Call, request: ListOffsetsRequest) -> Result<Reply<ListOffsetsResponse>, Refusal> {
        if !matches!(request.isolation_level, READ_UNCOMMITTED | READ_COMMITTED) {
            return Ok(refused(request, ErrorCode::UNKNOWN_SERVER_ERROR).into());
        }
        let mut topics = Vec::with_capacity(request.topics.len());
        // Since version 1 a topic without partitions is not answered.
        let answered = |topic: &ListOffsetsTopic| call.version == 0 || !topic.partitions.is_empty();
        for topic in request.topics.into_iter().filter(answered) {
            let committed = request.isolation_level == READ_COMMITTED;
            topics.push(list_topic(&call, topic, committed).await);
        }
        Ok(ListOffsetsResponse { topics, ..Default::default() }.into())
    }
}

/// The same error to every partition, as Kafka answers a request that makes no sense to it.
fn refused(request: ListOffsetsRequest, error_code: ErrorCode) -> ListOffsetsResponse {
    let row = |wanted: ListOffsetsPartition| ListOffsetsPartitionResponse {
        partition_index: wanted.partition_index,
        error_code,
        timestamp: -1,
        offset: -1,
        ..Default::default()
    };
    let topic = |topic: ListOffsetsTopic| ListOffsetsTopicResponse {
        name: topic.name,
        partitions: topic.partitions.into_iter().map(row).collect(),
    };
    ListOffsetsResponse { topics: request.topics.into_iter().map(topic).collect(), ..Default::default() }
}

async fn list_topic(call: &Call, topic: ListOffsetsTopic, committed: bool) -> ListOffsetsTopicResponse {
    let found = call.shared.catalog.topic(&topic.name);
    let (_, repeated) = repeated::split(topic.partitions.iter().collect(), |wanted| wanted.partition_index);
    let mut partitions = Vec::with_capacity(topic.partitions.len());
    let mut answered = BTreeSet::new();
    for wanted in &topic.partitions {
        // Whatever is named twice is refused once.
        if !answered.insert(wanted.partition_index) && call.version > 0 {
            continue;
        }
        let listed = if call.version > 0 && repeated.contains(&wanted.partition_index) {
            Err(ErrorCode::INVALID_REQUEST)
        } else {
            list(call.version, found.as_deref(), wanted, committed).await
        };
        let response = listed.unwrap_or_else(|error_code| ListOffsetsPartitionResponse {
            error_code,
            timestamp: -1,
            offset: -1,
            ..Default::default()
        });
        partitions.push(ListOffsetsPartitionResponse { partition_index: wanted.partition_index, ..response });
    }
    ListOffsetsTopicResponse { name: topic.name, partitions }
}

async fn list(
    version: i16,
    topic: Option<&LedTopic>,
    wanted: &ListOffsetsPartition,
    committed: bool,
) -> Result<ListOffsetsPartitionResponse, ErrorCode> {
    let topic = topic.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    let partition = topic.partition(wanted.partition_index)?;
    if wanted.current_leader_epoch < NO_EPOCH {
        return Err(ErrorCode::FENCED_LEADER_EPOCH);
    }
    partition.check_leader_epoch(wanted.current_leader_epoch)?;
    if version == 0 {
        let old_style_offsets = old_style(partition, wanted).await?;
        return Ok(ListOffsetsPartitionResponse { old_style_offsets, ..Default::default() });
    }
    let query = match wanted.timestamp {
        LATEST if committed => TimestampQuery::LatestStable,
        LATEST => TimestampQuery::Latest,
        EARLIEST => TimestampQuery::Earliest,
        MAX_TIMESTAMP if version >= 7 => TimestampQuery::MaxTimestamp,
        EARLIEST_LOCAL if version >= 8 => TimestampQuery::Earliest,
        LATEST_TIERED if version >= 9 => return Ok(nothing()),
        EARLIEST_PENDING_UPLOAD if version >= 11 => return Ok(nothing()),
        time if time >= 0 => TimestampQuery::At(time),
        _ => return Err(ErrorCode::UNSUPPORTED_VERSION),
    };
    let found = partition.offset_for_timestamp(query).await.map_err(|error| failed(partition, &error))?;
    // Special offsets have no timestamp; a record is told only to who may read it.
    let end = partition.readable_end(committed);
    let found = found.filter(|found| found.timestamp < 0 || found.offset < end);
    Ok(found.map_or_else(nothing, |found| row(partition, found, version)))
}

fn row(partition: &Partition, found: TimestampOffset, version: i16) -> ListOffsetsPartitionResponse {
    let epoch = found.leader_epoch.unwrap_or(partition.leader_epoch);
    ListOffsetsPartitionResponse {
        timestamp: found.timestamp,
        offset: found.offset,
        leader_epoch: if version >= 4 { epoch } else { -1 },
        ..Default::default()
    }
}

/// No such record: not an error.
fn nothing() -> ListOffsetsPartitionResponse {
    ListOffsetsPartitionResponse { timestamp: -1, offset: -1, ..Default::default() }
}

async fn old_style(partition: &Partition, wanted: &ListOffsetsPartition) -> Result<Vec<i64>, ErrorCode> {
    let before = match wanted.timestamp {
        EARLIEST => Before::Start,
        LATEST => Before::End,
        time if time >= 0 => Before::Time(time),
        _ => return Err(ErrorCode::UNSUPPORTED_VERSION),
    };
    let most = usize::try_from(wanted.max_num_offsets).unwrap_or(0);
    let log = Arc::clone(&partition.log);
    let found =
        tokio::task::spawn_blocking(move || segment_times::offsets(&log, before, most, now_ms())).await;
    found.map_err(|_| ErrorCode::KAFKA_STORAGE_ERROR)
}

fn failed(partition: &Partition, error: &ReadError) -> ErrorCode {
    tracing::error!(topic = %partition.topic, partition = partition.index, %error, "offsets cannot be listed");
    match error {
        ReadError::OffsetOutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        ReadError::Damaged { .. } => ErrorCode::CORRUPT_MESSAGE,
        ReadError::Io { .. } => ErrorCode::KAFKA_STORAGE_ERROR,
    }
}
