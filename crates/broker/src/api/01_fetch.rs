//! Fetch: 0-18.
//!
//! Behaviour:
//! - A long poll: waits until `min_bytes` are there, an error is, or `max_wait_ms` are over. Readers see records below
//!   the high watermark, which are on disk.
//! - Gives whole batches as they lie in the log; the first non-empty partition gives one batch however large (KIP-74,
//!   for every version, so that an old client with a small limit goes on too).
//! - Inside of a session (KIP-227, [`FetchSessions`](crate::fetch_sessions::FetchSessions)) request and answer hold only
//!   what has changed.
//! - A topic or partition that is not there does not end the wait for the others, as in Kafka; any other error does.
//! - A replica's fetch is refused: no broker follows this one.
//! - Records go from the file to the socket ([`crate::sendfile`]) where there are enough of them; those that are copied
//!   take their share of memory before they are read, and hold it until they are written.
//!
//! Version notes:
//! - 0-1: records become message sets of magic 0, 2-3: of magic 1; zstd cannot be given below version 10.
//! - 3: max_bytes of the whole answer. 4: isolation level: readers of committed records see those below the last stable
//!   offset, and are told which of them belong to aborted transactions. 5: log start offset. 7: sessions. 9: leader epoch. 11: rack, which is not looked at. 12: flexible, diverging epochs. 13: topic
//!   ids instead of names. 15: the replica id moves into a tagged field. 16: who leads, with FENCED_LEADER_EPOCH.
//! - Up to 5 a broken disk is NOT_LEADER_OR_FOLLOWER: those clients do not try KAFKA_STORAGE_ERROR again.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use millstream_log::{AbortedTransaction, LogSlice, ReadError};
use millstream_wire::messages::fetch::{
    AbortedTransaction as Aborted, EpochEndOffset, FetchPartition, FetchRequest, FetchResponse,
    LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use millstream_wire::{ErrorCode, RecordSet, Versions};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::{Api, Call, Refusal, Reply};
use crate::admission::Share;
use crate::catalog::Catalog;
use crate::connections::ConnectionState;
use crate::fetch_sessions::{PartitionKey, TopicKey, Wanted};
use crate::fetched::{self, Fetched};
use crate::led_topic::LedTopic;
use crate::partition::{Found, Partition};

/// The replica id of a consumer, and of a tool that debugs.
const CONSUMERS: [i32; 2] = [-1, -2];
/// `isolation_level`: only what is committed.
const READ_COMMITTED: i8 = 1;

pub(crate) struct Fetch;

impl Api for Fetch {
    type Request = FetchRequest;
    const VERSIONS: Versions = Versions::new(0, 18);

    async fn handle(call: Call, request: FetchRequest) -> Result<Reply<FetchResponse>, Refusal> {
        let sessions = &call.shared.fetch_sessions;
        let name_of = |id| call.shared.catalog.topic_by_id(id).map(|topic| Arc::clone(&topic.name));
        let fetching = match sessions.begin(&request, call.version, Instant::now().into_std(), &name_of) {
            Ok(fetching) => fetching,
            Err(error_code) => return Ok(FetchResponse { error_code, ..Default::default() }.into()),
        };
        let read = read_in_time(&call, &request, &fetching.wanted).await?;
        read.count(&call.connection);
        let mut response = sessions.finish(fetching, read.partitions, Instant::now().into_std());
        if is_consumer(&call, &request) {
            name_leader(&call, &mut response);
        }
        Ok(Reply { response: Some(response), share: read.share, files: read.files })
    }
}

/// Whether no other broker asks.
fn is_consumer(call: &Call, request: &FetchRequest) -> bool {
    let replica = if call.version >= 15 { request.replica_state.replica_id } else { request.replica_id };
    CONSUMERS.contains(&replica)
}

/// Reads as soon as there is enough, something is wrong, or the time is over.
async fn read_in_time(call: &Call, request: &FetchRequest, wanted: &[Wanted]) -> Result<Read, Refusal> {
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    // A client may be gone without our seeing it while it waits.
    let wait = wait.min(call.shared.config.connections_max_idle);
    let deadline = Instant::now() + wait;
    let max_bytes = request.max_bytes.min(call.shared.config.fetch_max_bytes);
    let max_bytes = usize::try_from(max_bytes).unwrap_or(0);
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0).min(max_bytes);
    let is_consumer = is_consumer(call, request);
    let mut closing = call.shared.closing.clone();
    let mut is_gone = false;
    loop {
        let mut partitions = look_up(&call.shared.catalog, wanted);
        if !is_consumer {
            partitions.iter_mut().for_each(Looked::refuse_replica);
        }
        // Subscribed before anything is read: what comes in after that wakes the wait below.
        let changes = subscribe(&partitions);
        let read = read(call, request, &partitions, max_bytes).await?;
        let over = Instant::now() >= deadline || closing.is_said() || is_gone;
        if over || changes.is_empty() || read.bytes >= min_bytes || read.has_error {
            return Ok(read);
        }
        drop(read);
        tokio::select! {
            gone = wait_for_any(&call.shared.catalog, changes, deadline) => is_gone = gone,
            () = closing.said() => {}
        }
    }
}

/// A partition of the fetch with what it means here.
struct Looked<'a> {
    wanted: &'a Wanted,
    partition: Result<Arc<Partition>, Unusable>,
}

impl Looked<'_> {
    /// No other broker has a replica.
    fn refuse_replica(&mut self) {
        if let Ok(partition) = &self.partition {
            let leader_epoch = Some(partition.leader_epoch);
            let error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
            self.partition = Err(Unusable { error_code, leader_epoch });
        }
    }
}

/// Why a partition cannot be read, and who could tell more.
#[derive(Clone, Copy)]
struct Unusable {
    error_code: ErrorCode,
    leader_epoch: Option<i32>,
}

impl From<ErrorCode> for Unusable {
    fn from(error_code: ErrorCode) -> Self {
        Self { error_code, leader_epoch: None }
    }
}

impl Unusable {
    /// Whether a client waits on, as long as it also asks for others.
    fn is_missing(self) -> bool {
        is_missing(self.error_code)
    }
}

fn is_missing(error_code: ErrorCode) -> bool {
    matches!(error_code, ErrorCode::UNKNOWN_TOPIC_ID | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

fn look_up<'a>(catalog: &Catalog, wanted: &'a [Wanted]) -> Vec<Looked<'a>> {
    let mut last: Option<(&TopicKey, Option<Arc<LedTopic>>)> = None;
    let mut looked = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let PartitionKey { topic: key, index } = &wanted.key;
        if last.as_ref().is_none_or(|(last, _)| *last != key) {
            let topic = match key {
                TopicKey::Name(name) => catalog.topic(name),
                TopicKey::Id(id) => catalog.topic_by_id(*id),
            };
            last = Some((key, topic));
        }
        let topic = last.as_ref().and_then(|(_, topic)| topic.as_ref());
        let partition = match (topic, key) {
            (Some(topic), _) => usable(topic, *index, &wanted.position),
            (None, TopicKey::Id(_)) => Err(without_topic(catalog, wanted.known_as.as_deref()).into()),
            (None, TopicKey::Name(_)) => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into()),
        };
        looked.push(Looked { wanted, partition });
    }
    looked
}

/// What is wrong with a topic's id: there is no such topic, it is gone, or its name belongs to another one now.
fn without_topic(catalog: &Catalog, known_as: Option<&str>) -> ErrorCode {
    match known_as {
        None => ErrorCode::UNKNOWN_TOPIC_ID,
        Some(name) if catalog.topic(name).is_some() => ErrorCode::INCONSISTENT_TOPIC_ID,
        Some(_) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    }
}

fn usable(topic: &LedTopic, index: i32, position: &FetchPartition) -> Result<Arc<Partition>, Unusable> {
    let partition = topic.partition(index)?;
    partition.check_leader_epoch(position.current_leader_epoch).map_err(|error_code| Unusable {
        error_code,
        leader_epoch: (error_code == ErrorCode::FENCED_LEADER_EPOCH).then_some(partition.leader_epoch),
    })?;
    Ok(Arc::clone(partition))
}

fn subscribe(partitions: &[Looked<'_>]) -> Vec<(Arc<Partition>, watch::Receiver<i64>)> {
    let usable = partitions.iter().filter_map(|looked| looked.partition.as_ref().ok());
    usable.map(|partition| (Arc::clone(partition), partition.subscribe())).collect()
}

/// Waits until one of them changes, or the deadline. True when a topic is gone meanwhile; a partition that is closed
/// for another reason changes no more.
async fn wait_for_any(
    catalog: &Catalog,
    changes: Vec<(Arc<Partition>, watch::Receiver<i64>)>,
    deadline: Instant,
) -> bool {
    let change = async |(partition, mut change): (Arc<Partition>, watch::Receiver<i64>)| {
        if change.changed().await.is_ok() {
            return false;
        }
        if catalog.topic_by_id(partition.topic_id).is_some() {
            std::future::pending::<()>().await;
        }
        true
    };
    let mut any: FuturesUnordered<_> = changes.into_iter().map(change).collect();
    timeout_at(deadline, any.next()).await.ok().flatten().unwrap_or(false)
}

/// An answer in the making.
struct Read {
    partitions: Vec<(PartitionKey, PartitionData)>,
    share: Option<Share>,
    bytes: usize,
    /// How many of the bytes are in memory.
    copied: usize,
    /// What is sent from files; the places in the answer count them.
    files: Vec<LogSlice>,
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

async fn read(
    call: &Call,
    request: &FetchRequest,
    partitions: &[Looked<'_>],
    max_bytes: usize,
) -> Result<Read, Refusal> {
    let mut left = max_bytes;
    let mut read = Read {
        partitions: Vec::with_capacity(partitions.len()),
        share: None,
        bytes: 0,
        copied: 0,
        files: Vec::new(),
        has_error: false,
        given: Vec::new(),
    };
    let committed = request.isolation_level == READ_COMMITTED && call.version >= 4;
    let most = most_bytes(partitions, left, committed);
    if most > 0 {
        let taken = call.shared.records_pool.take(most).await;
        read.share = Some(taken.ok_or_else(|| Refusal::Invalid("the broker is shutting down".to_owned()))?);
    }
    for Looked { wanted, partition } in partitions {
        let Wanted { key, position, .. } = wanted;
        let limit = usize::try_from(position.partition_max_bytes).unwrap_or(0).min(left);
        let first = read.bytes == 0;
        let mut data = match partition {
            Ok(partition) => {
                let limits = Limits { max_bytes: limit, min_one_batch: first, committed };
                read_partition(call, position, partition, limits, &mut read).await
            }
            Err(unusable) => unread(call, key.index, *unusable),
        };
        let is_missing = is_missing(data.error_code);
        let is_wrong = !data.error_code.is_none() || data.diverging_epoch != EpochEndOffset::default();
        read.has_error |= is_wrong && !is_missing;
        if data.error_code == ErrorCode::KAFKA_STORAGE_ERROR && call.version <= 5 {
            data.error_code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
        }
        let size = data.records.as_ref().map_or(0, RecordSet::len);
        left = left.saturating_sub(size);
        read.bytes += size;
        if let Some(RecordSet::Here(bytes)) = &data.records {
            read.copied += bytes.len();
        }
        read.partitions.push((key.clone(), data));
    }
    // As in Kafka, what is not there comes last.
    read.partitions.sort_by_key(|(_, data)| is_missing(data.error_code));
    if let Some(share) = &mut read.share {
        share.shrink_to(read.copied);
    }
    Ok(read)
}

/// The most that the answer can hold: what is asked for, of what there is.
fn most_bytes(partitions: &[Looked<'_>], max_bytes: usize, committed: bool) -> usize {
    let of_partition = |looked: &Looked<'_>| {
        let (partition, position) = (looked.partition.as_ref().ok()?, &looked.wanted.position);
        if partition.readable_end(committed) <= position.fetch_offset {
            return None;
        }
        let there = usize::try_from(partition.log.size_in_bytes()).unwrap_or(usize::MAX);
        Some(usize::try_from(position.partition_max_bytes).unwrap_or(0).max(1).min(there))
    };
    partitions.iter().filter_map(of_partition).fold(0, usize::saturating_add).min(max_bytes.max(1))
}

/// How much of a partition goes into the answer.
#[derive(Clone, Copy)]
struct Limits {
    max_bytes: usize,
    min_one_batch: bool,
    committed: bool,
}

async fn read_partition(
    call: &Call,
    wanted: &FetchPartition,
    partition: &Arc<Partition>,
    limits: Limits,
    read: &mut Read,
) -> PartitionData {
    let index = wanted.partition;
    if let Some(diverging_epoch) = diverging(wanted, partition) {
        return PartitionData { diverging_epoch, ..positions(index, partition) };
    }
    // A reader may wait for what is not on disk yet.
    let there = partition.log.log_start_offset()..=partition.log.log_end_offset();
    let knows_future = wanted.last_fetched_epoch > partition.leader_epoch;
    if knows_future || !there.contains(&wanted.fetch_offset) {
        return failed(index, ErrorCode::OFFSET_OUT_OF_RANGE);
    }
    let mut data = positions(index, partition);
    let from = wanted.fetch_offset;
    let found = match find(call, partition, from, limits).await {
        Ok((found, aborted)) => {
            data.aborted_transactions = aborted;
            found
        }
        Err(error) => return failed(index, read_error(partition, &error)),
    };
    match fetched::for_version(found, call.version, from) {
        Ok(fetched) => {
            let records = Some(fetched.records(&mut read.files));
            if fetched.len() > 0 {
                read.given.push((Arc::clone(partition), fetched));
            }
            PartitionData { records, ..data }
        }
        // Kafka says here that there are no records, and not that they are empty.
        Err(error_code) => PartitionData { records: None, ..failed(index, error_code) },
    }
}

/// The batches from `from` on, and which of them belong to aborted transactions if that is asked for: both of one state
/// of the log, also while it is compacted.
async fn find(
    call: &Call,
    partition: &Partition,
    from: i64,
    limits: Limits,
) -> Result<(Found, Option<Vec<Aborted>>), ReadError> {
    let Limits { max_bytes, min_one_batch, committed } = limits;
    loop {
        let swaps = partition.log.swaps();
        let end = partition.readable_end(committed);
        let found = if fetched::is_sent_as_it_is(call.version) {
            partition.find(end, from, max_bytes, min_one_batch).await?
        } else {
            Found::Bytes(partition.read_below(end, from, max_bytes, min_one_batch).await?)
        };
        if !committed {
            return Ok((found, None));
        }
        let aborted = partition.log.aborted_transactions(from, found.next_offset().unwrap_or(from))?;
        if partition.log.swaps() == swaps {
            return Ok((found, Some(aborted.iter().map(told).collect())));
        }
    }
}

fn positions(partition_index: i32, partition: &Partition) -> PartitionData {
    let high_watermark = partition.high_watermark();
    PartitionData {
        partition_index,
        high_watermark,
        last_stable_offset: partition.log.last_stable_offset(),
        log_start_offset: partition.log.log_start_offset(),
        aborted_transactions: None,
        records: Some(RecordSet::default()),
        ..Default::default()
    }
}

fn told(aborted: &AbortedTransaction) -> Aborted {
    Aborted { producer_id: aborted.producer_id, first_offset: aborted.first_offset }
}

fn failed(partition_index: i32, error_code: ErrorCode) -> PartitionData {
    PartitionData {
        partition_index,
        error_code,
        high_watermark: -1,
        aborted_transactions: None,
        records: Some(RecordSet::default()),
        ..Default::default()
    }
}

/// What a client is told of a partition that cannot be read.
fn unread(call: &Call, partition_index: i32, unusable: Unusable) -> PartitionData {
    let mut data = failed(partition_index, unusable.error_code);
    if unusable.is_missing() {
        data.aborted_transactions = Some(Vec::new());
    }
    if let (16.., Some(leader_epoch)) = (call.version, unusable.leader_epoch) {
        data.current_leader = LeaderIdAndEpoch { leader_id: call.shared.config.node_id, leader_epoch };
    }
    data
}

/// Says where the leader is, if a partition of the answer names one (KIP-951).
fn name_leader(call: &Call, response: &mut FetchResponse) {
    let mut partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
    if partitions.any(|data| data.current_leader != LeaderIdAndEpoch::default()) {
        let endpoint = call.endpoint();
        let (node_id, host, port) = (call.shared.config.node_id, endpoint.host.into(), endpoint.port.into());
        response.node_endpoints = vec![NodeEndpoint { node_id, host, port, rack: None }];
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
