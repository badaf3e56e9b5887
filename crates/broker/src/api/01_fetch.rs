//! Fetch: 0-18.
//!
//! Behaviour:
//! - A long poll: waits until `min_bytes` are there, an error is, or `max_wait_ms` are over. Readers see records below
//!   the high watermark, which are on disk.
//! - Gives whole batches as they lie in the log; the first non-empty partition gives one batch however large (KIP-74,
//!   for every version, so that an old client with a small limit goes on too).
//! - Incremental sessions (KIP-227) are declined: the session id of the answer is 0, and the client sends whole
//!   requests. A request that names a session gets FETCH_SESSION_ID_NOT_FOUND.
//! - A replica's fetch is refused: no broker follows this one.
//! - Fetched records take their share of memory before they are read, and hold it until they are written.
//!
//! Version notes:
//! - 0-1: records become message sets of magic 0, 2-3: of magic 1; zstd cannot be given below version 10.
//! - 3: max_bytes of the whole answer. 4: isolation level; without transactions both see the same. 5: log start
//!   offset. 7: sessions. 9: leader epoch. 11: rack, which is not looked at. 12: flexible, diverging epochs. 13: topic
//!   ids instead of names. 15: the replica id moves into a tagged field.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use millstream_log::ReadError;
use millstream_wire::messages::fetch::{
    EpochEndOffset, FetchPartition, FetchRequest, FetchResponse, FetchTopic, FetchableTopicResponse,
    PartitionData,
};
use millstream_wire::{ErrorCode, Versions};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::{Api, Call, Refusal, Reply};
use crate::admission::Share;
use crate::connections::ConnectionState;
use crate::fetched::{self, Fetched};
use crate::partition::Partition;

/// The replica id of a consumer, and of a tool that debugs.
const CONSUMERS: [i32; 2] = [-1, -2];
/// `isolation_level`: only what is committed.
const READ_COMMITTED: i8 = 1;

pub(crate) struct Fetch;

impl Api for Fetch {
    type Request = FetchRequest;
    const VERSIONS: Versions = Versions::new(0, 18);

    async fn handle(call: Call, request: FetchRequest) -> Result<Reply<FetchResponse>, Refusal> {
        if let Some(error_code) = refusal(&request, call.version) {
            return Ok(FetchResponse { error_code, ..Default::default() }.into());
        }
        let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
        // A client may be gone without our seeing it while it waits.
        let wait = wait.min(call.shared.config.connections_max_idle);
        let deadline = Instant::now() + wait;
        let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0);
        let topics = look_up(&call, &request);
        let mut closing = call.shared.closing.clone();
        loop {
            // Subscribed before anything is read: what comes in after that wakes the wait below.
            let changes = subscribe(&topics);
            let read = read(&call, &request, &topics).await?;
            let over = Instant::now() >= deadline || closing.is_said();
            if over || read.bytes >= min_bytes || read.has_error {
                read.count(&call.connection);
                return Ok(Reply { response: Some(read.response), share: read.share });
            }
            drop(read);
            tokio::select! {
                _ = wait_for_any(changes, deadline) => {}
                () = closing.said() => {}
            }
        }
    }
}

/// An error of the whole request.
fn refusal(request: &FetchRequest, version: i16) -> Option<ErrorCode> {
    let replica = if version >= 15 { request.replica_state.replica_id } else { request.replica_id };
    if !CONSUMERS.contains(&replica) {
        return Some(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
    }
    let whole = request.session_epoch <= 0;
    if !whole && request.session_id != 0 {
        return Some(ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    }
    (!whole).then_some(ErrorCode::INVALID_FETCH_SESSION_EPOCH)
}

/// A topic of the request with what it means here.
struct Looked<'a> {
    request: &'a FetchTopic,
    partitions: Vec<(&'a FetchPartition, Result<Arc<Partition>, ErrorCode>)>,
}

fn look_up<'a>(call: &Call, request: &'a FetchRequest) -> Vec<Looked<'a>> {
    let by_id = call.version >= 13;
    let look = |topic: &'a FetchTopic| {
        let found = if by_id {
            call.shared.catalog.topic_by_id(topic.topic_id)
        } else {
            call.shared.catalog.topic(&topic.topic)
        };
        let partition = |wanted: &FetchPartition| match &found {
            Some(found) => {
                let partition = found.partition(wanted.partition)?;
                partition.check_leader_epoch(wanted.current_leader_epoch)?;
                Ok(Arc::clone(partition))
            }
            None if by_id => Err(ErrorCode::UNKNOWN_TOPIC_ID),
            None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        };
        let partitions = topic.partitions.iter().map(|wanted| (wanted, partition(wanted))).collect();
        Looked { request: topic, partitions }
    };
    request.topics.iter().map(look).collect()
}

fn subscribe(topics: &[Looked<'_>]) -> Vec<watch::Receiver<i64>> {
    let partitions = topics.iter().flat_map(|topic| &topic.partitions);
    partitions.filter_map(|(_, partition)| Some(partition.as_ref().ok()?.subscribe())).collect()
}

/// Waits until one of them changes, or the deadline. A closed partition changes no more.
async fn wait_for_any(changes: Vec<watch::Receiver<i64>>, deadline: Instant) {
    let change = |mut change: watch::Receiver<i64>| async move {
        if change.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let mut any: FuturesUnordered<_> = changes.into_iter().map(change).collect();
    if any.is_empty() {
        tokio::time::sleep_until(deadline).await;
    } else {
        let _ = timeout_at(deadline, any.next()).await;
    }
}

/// An answer in the making.
struct Read {
    response: FetchResponse,
    share: Option<Share>,
    bytes: usize,
    has_error: bool,
    /// What was given of which partition, for the topic's counters.
    given: Vec<(Arc<Partition>, Fetched)>,
}

impl Read {
    fn count(&self, connection: &ConnectionState) {
        for (partition, fetched) in &self.given {
            partition.counters.fetched(fetched.record_count(), fetched.len());
            connection.flows.read(&partition.topic, fetched.record_count(), fetched.len());
        }
    }
}

async fn read(call: &Call, request: &FetchRequest, topics: &[Looked<'_>]) -> Result<Read, Refusal> {
    let config_max = call.shared.config.fetch_max_bytes;
    let mut left = usize::try_from(request.max_bytes.min(config_max)).unwrap_or(0);
    let mut read = Read {
        response: FetchResponse::default(),
        share: None,
        bytes: 0,
        has_error: false,
        given: Vec::new(),
    };
    let wanted = most_bytes(topics, left);
    if wanted > 0 {
        let taken = call.shared.records_pool.take(wanted).await;
        read.share = Some(taken.ok_or_else(|| Refusal::Invalid("the broker is shutting down".to_owned()))?);
    }
    for topic in topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for (wanted, partition) in &topic.partitions {
            let limit = usize::try_from(wanted.partition_max_bytes).unwrap_or(0).min(left);
            let first = read.bytes == 0;
            let data = match partition {
                Ok(partition) => read_partition(call, wanted, partition, limit, first, &mut read.given).await,
                Err(error) => failed(wanted.partition, *error),
            };
            let size = data.records.as_ref().map_or(0, bytes::Bytes::len);
            left = left.saturating_sub(size);
            read.bytes += size;
            read.has_error |= !data.error_code.is_none() || data.diverging_epoch != EpochEndOffset::default();
            partitions.push(data);
        }
        if request.isolation_level == READ_COMMITTED && call.version >= 4 {
            partitions.iter_mut().for_each(|data| data.aborted_transactions = Some(Vec::new()));
        }
        let (topic, topic_id) = (topic.request.topic.clone(), topic.request.topic_id);
        read.response.responses.push(FetchableTopicResponse { topic, topic_id, partitions });
    }
    if let Some(share) = &mut read.share {
        share.shrink_to(read.bytes);
    }
    Ok(read)
}

/// The most that the answer can hold: what is asked for, of what there is.
fn most_bytes(topics: &[Looked<'_>], max_bytes: usize) -> usize {
    let of_partition = |(wanted, partition): &(&FetchPartition, Result<Arc<Partition>, ErrorCode>)| {
        let partition = partition.as_ref().ok()?;
        if partition.high_watermark() <= wanted.fetch_offset {
            return None;
        }
        let there = usize::try_from(partition.log.size_in_bytes()).unwrap_or(usize::MAX);
        Some(usize::try_from(wanted.partition_max_bytes).unwrap_or(0).max(1).min(there))
    };
    let all = topics.iter().flat_map(|topic| &topic.partitions).filter_map(of_partition);
    all.fold(0, usize::saturating_add).min(max_bytes.max(1))
}

async fn read_partition(
    call: &Call,
    wanted: &FetchPartition,
    partition: &Arc<Partition>,
    max_bytes: usize,
    min_one_batch: bool,
    given: &mut Vec<(Arc<Partition>, Fetched)>,
) -> PartitionData {
    let index = wanted.partition;
    if let Some(diverging_epoch) = diverging(wanted, partition) {
        return PartitionData { diverging_epoch, ..positions(index, partition) };
    }
    // A reader may not see what is not on disk yet, and asks for it only after a crash of another broker.
    if wanted.fetch_offset > partition.high_watermark()
        || wanted.fetch_offset < partition.log.log_start_offset()
    {
        return PartitionData { error_code: ErrorCode::OFFSET_OUT_OF_RANGE, ..positions(index, partition) };
    }
    let data = positions(index, partition);
    let records = match partition.read(wanted.fetch_offset, max_bytes, min_one_batch).await {
        Ok(records) => records,
        Err(error) => return failed(index, read_error(partition, &error)),
    };
    match fetched::for_version(records, call.version, wanted.fetch_offset) {
        Ok(fetched) => {
            let records = Some(fetched.bytes.clone());
            if !fetched.bytes.is_empty() {
                given.push((Arc::clone(partition), fetched));
            }
            PartitionData { records, ..data }
        }
        Err(error_code) => failed(index, error_code),
    }
}

fn positions(partition_index: i32, partition: &Partition) -> PartitionData {
    let high_watermark = partition.high_watermark();
    PartitionData {
        partition_index,
        high_watermark,
        last_stable_offset: high_watermark,
        log_start_offset: partition.log.log_start_offset(),
        aborted_transactions: None,
        records: Some(bytes::Bytes::new()),
        ..Default::default()
    }
}

fn failed(partition_index: i32, error_code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index,
        error_code,
        high_watermark: -1,
        aborted_transactions: None,
        records: Some(bytes::Bytes::new()),
        ..Default::default()
    }
}

/// Where the reader's history parts from the log's (KIP-595), if it does.
fn diverging(wanted: &FetchPartition, partition: &Partition) -> Option<EpochEndOffset> {
    if wanted.last_fetched_epoch < 0 {
        return None;
    }
    let (epoch, end_offset) = partition.log.end_offset_for_epoch(wanted.last_fetched_epoch)?;
    let same = epoch == wanted.last_fetched_epoch && end_offset >= wanted.fetch_offset;
    (!same).then_some(EpochEndOffset { epoch, end_offset })
}

fn read_error(partition: &Partition, error: &ReadError) -> ErrorCode {
    match error {
        ReadError::OffsetOutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        ReadError::Damaged { .. } => {
            tracing::error!(topic = %partition.topic, partition = partition.index, %error, "a fetch failed");
            ErrorCode::CORRUPT_MESSAGE
        }
        ReadError::Io { .. } => {
            tracing::error!(topic = %partition.topic, partition = partition.index, %error, "a fetch failed");
            ErrorCode::KAFKA_STORAGE_ERROR
        }
    }
}
