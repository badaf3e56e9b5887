//! Produce: 0-13.
//!
//! Behaviour:
//! - Batches are validated and appended in the connection's order, before [`Api::handle`] returns; the answer waits
//!   for the disk. So the pipelined requests of one producer share one flush.
//! - acks 1 and -1 mean the same here: on disk (`flush.messages`), for there is one replica. acks 0 gets no answer;
//!   an error closes the connection, so that the client looks for new metadata.
//! - Each partition has its own result; a bad batch does not concern the others.
//! - Kafka's own topics take records from Kafka's own tools only (client id `__admin_client`).
//! - The first batch of a transaction in a partition goes into the log only if the transaction is open and has the
//!   partition (KIP-890); the coordinator is asked under its lock, so that a marker follows every such batch. A batch
//!   of a transaction in a request without a transactional id is TRANSACTIONAL_ID_AUTHORIZATION_FAILED.
//!
//! Version notes:
//! - 0-2: message sets of magic 0 and 1, which become batches of magic 2. 2: log append time. 3: magic 2 only.
//! - 5: log start offset. 7: zstd. 8: which records are wrong. 9: flexible. 10: the current leader, when it is
//!   another one (it never is). 11: TRANSACTION_ABORTABLE, INVALID_TXN_STATE before. 12: the partition is added to the
//!   transaction by this request. 13: topic ids instead of names.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::{FutureExt, join_all, ready};
use millstream_coordinator::transaction::{
    AddPartitions, Event, Producer, Response, TopicPartition, TransactionError,
};
use millstream_log::{AppendError, Appended, Origin, ProducerError};
use millstream_wire::messages::produce::{
    BatchIndexAndErrorMessage, PartitionProduceData, PartitionProduceResponse, ProduceRequest,
    ProduceResponse, TopicProduceData, TopicProduceResponse,
};
use millstream_wire::records::validate::{ProduceError, ValidBatch, validate};
use millstream_wire::records::{Budget, TimestampType};
use millstream_wire::{ErrorCode, Str, Uuid, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};
use crate::transactions::{unexpected, write_error};

/// The client id under which Kafka's own tools may write to Kafka's own topics.
const ADMIN_CLIENT: &str = "__admin_client";
/// From this version on a partition's records are one batch of magic 2; before, they may be nothing, which is no error.
const ONE_BATCH: i16 = 3;
/// From this version on the client knows TRANSACTION_ABORTABLE.
const KNOWS_ABORTABLE: i16 = 11;
/// From this version on a partition is added to the transaction by the request that writes to it.
const ADDS: i16 = 12;

pub(crate) struct Produce;

impl Api for Produce {
    type Request = ProduceRequest;
    const VERSIONS: Versions = Versions::new(0, 13);
    const PIPELINED: bool = true;

    fn handle(
        call: Call,
        request: ProduceRequest,
    ) -> impl Future<Output = Result<Reply<ProduceResponse>, Refusal>> + Send + 'static {
        let acks = request.acks;
        let refusal = refusal(&request);
        let transactional_id: Option<String> = request.transactional_id.map(Into::into);
        let rules = Rules { refusal, in_transaction: transactional_id.is_some() };
        let topics = once(request.topic_data).into_iter();
        let mut topics: Vec<_> = topics.map(|topic| check_topic(&call, topic, &rules)).collect();
        // Who waits before it can append keeps those behind it waiting, or their batches would be out of order.
        let turns = &call.connection.turns;
        let mut at_once = turns.is_free();
        if at_once {
            topics.iter_mut().flat_map(|topic| &mut topic.partitions).for_each(|slot| slot.append(&call));
            at_once = topics.iter().all(Topic::is_settled);
        }
        let turn = (!at_once).then(|| turns.join());
        async move {
            if let Some(mut turn) = turn {
                turn.come().await;
                append_in_turn(&call, transactional_id, &mut topics).await?;
            }
            let responses = join_all(topics.into_iter().map(|topic| topic.finish(acks))).await;
            if acks != 0 {
                return Ok(ProduceResponse { responses, ..Default::default() }.into());
            }
            match first_error(&responses) {
                None => Ok(Reply::silence()),
                Some(error) => Err(Refusal::Unanswered(error)),
            }
        }
    }
}

/// What holds for the whole request.
struct Rules {
    refusal: Option<(ErrorCode, &'static str)>,
    /// It names a transactional id.
    in_transaction: bool,
}

/// One partition's part of the request, on its way into the log.
enum Slot {
    Refused(PartitionProduceResponse),
    /// Checked, not appended yet.
    Checked(Checked),
    /// The first batch of a transaction in its partition: its coordinator is asked before it is appended.
    Unverified(Checked),
    /// In the page cache; it can be acknowledged when `last_offset` is durable.
    Written {
        partition: Arc<Partition>,
        last_offset: i64,
        response: PartitionProduceResponse,
    },
}

/// A batch that may be appended.
struct Checked {
    topic: Arc<LedTopic>,
    partition: Arc<Partition>,
    batch: ValidBatch,
    now: i64,
}

/// One topic's results, in the request's order.
struct Topic {
    response: TopicProduceResponse,
    partitions: Vec<Slot>,
}

impl Topic {
    /// Whether nothing has to be appended any more.
    fn is_settled(&self) -> bool {
        self.partitions.iter().all(|slot| matches!(slot, Slot::Refused(_) | Slot::Written { .. }))
    }

    /// Waits for the disk, unless nobody asks for it.
    async fn finish(mut self, acks: i16) -> TopicProduceResponse {
        let closed =
            |index| refused(index, ErrorCode::KAFKA_STORAGE_ERROR, "the partition was closed".into());
        let waits = self.partitions.into_iter().map(|slot| match slot {
            Slot::Refused(response) => ready(response).left_future(),
            Slot::Written { response, .. } if acks == 0 => ready(response).left_future(),
            Slot::Written { partition, last_offset, response } => async move {
                if partition.wait_for(last_offset).await { response } else { closed(response.index) }
            }
            .right_future(),
            Slot::Checked(checked) | Slot::Unverified(checked) => {
                ready(closed(checked.partition.index)).left_future()
            }
        });
        self.response.partition_responses = join_all(waits).await;
        self.response
    }
}

/// `transaction.partition.verification.enable`.
fn verifies(call: &Call) -> bool {
    let at_start = call.shared.config.transaction_partition_verification;
    call.shared.changed("transaction.partition.verification.enable", at_start)
}

impl Slot {
    /// Appends what is checked, as far as that needs no question.
    fn append(&mut self, call: &Call) {
        if let Self::Checked(_) = self
            && let Self::Checked(checked) = self.take()
        {
            // Since version 12 Produce itself adds partitions, and always asks.
            let unasked = call.version < ADDS && !verifies(call);
            let origin = if unasked { Origin::Verified } else { Origin::Client };
            *self = checked.append(call, origin);
        }
    }

    fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Refused(PartitionProduceResponse::default()))
    }

    /// The partition that a transaction has to be asked about.
    fn unverified(&self) -> Option<(&Checked, TopicPartition)> {
        let Self::Unverified(checked) = self else { return None };
        Some((checked, (checked.topic.name.to_string(), checked.partition.index)))
    }
}

impl Checked {
    fn producer(&self) -> Producer {
        Producer { id: self.batch.header.producer_id, epoch: self.batch.header.producer_epoch }
    }

    fn append(mut self, call: &Call, origin: Origin) -> Slot {
        let index = self.partition.index;
        match self.partition.append(&mut self.batch.bytes, origin, &call.shared.flusher) {
            Ok(appended) => self.written(call, appended),
            Err(AppendError::Producer(ProducerError::NotInTransaction { .. })) => {
                let own_epoch = call.version >= ADDS;
                self.partition.log.begin_verification(&self.batch.header, own_epoch, self.now);
                Slot::Unverified(self)
            }
            Err(error) => {
                let response = not_appended(index, &error);
                // The coordinator says who is fenced, and knows nothing of the log.
                let of_coordinator = self.batch.header.attributes.is_transactional()
                    && response.error_code == ErrorCode::INVALID_PRODUCER_EPOCH;
                Slot::Refused(if of_coordinator { response } else { told_start(&self.partition, response) })
            }
        }
    }

    fn written(self, call: &Call, appended: Appended) -> Slot {
        if !appended.duplicate {
            let records = u64::try_from(self.batch.header.record_count).unwrap_or(0);
            let size = u64::try_from(self.batch.bytes.len()).unwrap_or(u64::MAX);
            call.connection.flows.wrote(&self.topic.name, records, size);
        }
        let response = PartitionProduceResponse {
            index: self.partition.index,
            base_offset: appended.base_offset,
            log_append_time_ms: match self.topic.rules.timestamp_type {
                // Of what was there before, Kafka tells the time.
                _ if appended.duplicate => self.batch.header.max_timestamp,
                TimestampType::LogAppendTime => self.now,
                TimestampType::CreateTime => -1,
            },
            log_start_offset: self.partition.log.log_start_offset(),
            ..Default::default()
        };
        Slot::Written { partition: self.partition, last_offset: appended.last_offset, response }
    }
}

/// Appends what is left, asking the coordinator where a transaction reaches a partition for the first time.
async fn append_in_turn(
    call: &Call,
    transactional_id: Option<String>,
    topics: &mut [Topic],
) -> Result<(), Refusal> {
    let mut slots: Vec<&mut Slot> = topics.iter_mut().flat_map(|topic| &mut topic.partitions).collect();
    slots.iter_mut().for_each(|slot| slot.append(call));
    let asked: Vec<_> = slots.iter().filter_map(|slot| slot.unverified()).collect();
    let Some(producer) = asked.first().map(|(checked, _)| checked.producer()) else { return Ok(()) };
    let partitions: Vec<TopicPartition> = asked.into_iter().map(|(_, partition)| partition).collect();
    let id = transactional_id.unwrap_or_default();
    let added = if call.version >= ADDS { add(call, &id, producer, partitions).await? } else { Ok(()) };
    for slot in slots {
        let Some((checked, partition)) = slot.unverified() else { continue };
        let (index, own) = (checked.partition.index, checked.producer());
        let Slot::Unverified(checked) = slot.take() else { continue };
        let append = || checked.append(call, Origin::Verified);
        let appended = added.and_then(|()| call.shared.transactions.write_in(&id, own, &partition, append));
        *slot = appended.unwrap_or_else(|error| {
            let code = write_error(error, call.version >= KNOWS_ABORTABLE, call.version >= ADDS);
            Slot::Refused(refused(index, code, error.to_string()))
        });
    }
    Ok(())
}

/// Adds partitions to the producer's transaction, for a client that leaves that to Produce.
async fn add(
    call: &Call,
    transactional_id: &str,
    producer: Producer,
    partitions: Vec<TopicPartition>,
) -> Result<Result<(), TransactionError>, Refusal> {
    let transactional_id = transactional_id.to_owned();
    let request = AddPartitions { transactional_id, producer, partitions, client_version: 2 };
    match call.shared.transactions.ask(|waiter| Event::AddPartitions(waiter, request)).await {
        Ok(Response::AddPartitions(added)) => Ok(added),
        Err(error) => Ok(Err(error)),
        Ok(other) => Err(unexpected(&other)),
    }
}

/// An error that holds for the whole request.
fn refusal(request: &ProduceRequest) -> Option<(ErrorCode, &'static str)> {
    if !matches!(request.acks, -1..=1) {
        return Some((ErrorCode::INVALID_REQUIRED_ACKS, "acks must be -1, 0 or 1"));
    }
    None
}

fn check_topic(call: &Call, topic: TopicProduceData, rules: &Rules) -> Topic {
    let by_id = call.version >= 13;
    let found = if by_id {
        call.shared.catalog.topic_by_id(topic.topic_id)
    } else {
        call.shared.catalog.topic(&topic.name)
    };
    let partitions = topic
        .partition_data
        .into_iter()
        .map(|data| {
            let index = data.index;
            let checked = match (rules.refusal, &found) {
                (Some((code, reason)), _) => Err(refused(index, code, reason.to_owned())),
                (None, None) if by_id => Err(refused(index, ErrorCode::UNKNOWN_TOPIC_ID, String::new())),
                (None, None) => Err(refused(index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, String::new())),
                (None, Some(found)) => check(call, found, data, rules.in_transaction),
            };
            checked.map_or_else(Slot::Refused, Slot::Checked)
        })
        .collect();
    let response = TopicProduceResponse { name: topic.name, topic_id: topic.topic_id, ..Default::default() };
    Topic { response, partitions }
}

fn check(
    call: &Call,
    topic: &Arc<LedTopic>,
    data: PartitionProduceData,
    in_transaction: bool,
) -> Result<Checked, PartitionProduceResponse> {
    let index = data.index;
    if topic.internal && &*call.connection.client_id() != ADMIN_CLIENT {
        let reason = format!("topic {} is Kafka's own", topic.name);
        return Err(refused(index, ErrorCode::INVALID_TOPIC_EXCEPTION, reason));
    }
    let partition = topic.partition(index).map_err(|code| refused(index, code, String::new()))?;
    let records = data.records.unwrap_or_default();
    if records.is_empty() && call.version < ONE_BATCH {
        return Err(PartitionProduceResponse { index, base_offset: -1, ..Default::default() });
    }
    // A batch may not be more after decompression than an uncompressed one could have been.
    let budget =
        usize::try_from(call.shared.config.socket_request_max_bytes).map_or(Budget::default(), Budget::bytes);
    let now = now_ms();
    let batch = validate(records, call.version, &topic.rules, budget, now)
        .map_err(|error| refused_batch(partition, index, &error))?;
    if batch.header.attributes.is_transactional() && !in_transaction {
        let reason = "a transactional batch without a transactional.id".to_owned();
        return Err(refused(index, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, reason));
    }
    Ok(Checked { topic: Arc::clone(topic), partition: Arc::clone(partition), batch, now })
}

fn refused(index: i32, error_code: ErrorCode, message: String) -> PartitionProduceResponse {
    PartitionProduceResponse {
        index,
        error_code,
        base_offset: -1,
        error_message: (!message.is_empty()).then(|| message.into()),
        ..Default::default()
    }
}

/// Every partition once: of what is said of one twice, the last counts. Topics without partitions are not answered.
fn once(topics: Vec<TopicProduceData>) -> Vec<TopicProduceData> {
    if let [topic] = topics.as_slice()
        && topic.partition_data.len() == 1
    {
        return topics;
    }
    let mut at: HashMap<(Str, Uuid), usize> = HashMap::with_capacity(topics.len());
    let mut merged: Vec<(TopicProduceData, HashMap<i32, usize>)> = Vec::with_capacity(topics.len());
    for mut topic in topics.into_iter().filter(|topic| !topic.partition_data.is_empty()) {
        let rows = std::mem::take(&mut topic.partition_data);
        let place = *at.entry((topic.name.clone(), topic.topic_id)).or_insert(merged.len());
        if place == merged.len() {
            merged.push((topic, HashMap::with_capacity(rows.len())));
        }
        let Some((topic, places)) = merged.get_mut(place) else { continue };
        for row in rows {
            let place = *places.entry(row.index).or_insert(topic.partition_data.len());
            match topic.partition_data.get_mut(place) {
                Some(earlier) => *earlier = row,
                None => topic.partition_data.push(row),
            }
        }
    }
    merged.into_iter().map(|(topic, _)| topic).collect()
}

/// A refused batch. Kafka tells where the log starts, unless the batch is none.
fn refused_batch(partition: &Partition, index: i32, error: &ProduceError) -> PartitionProduceResponse {
    let response = invalid(index, error);
    match error {
        ProduceError::NotOneBatch(_)
        | ProduceError::Corrupt(_)
        | ProduceError::TooLarge { .. }
        | ProduceError::OverBudget { .. }
        | ProduceError::UnsupportedCompression(_) => response,
        _ => told_start(partition, response),
    }
}

/// The answer to what could not be appended, for reasons that do not lie in the log itself.
fn told_start(partition: &Partition, response: PartitionProduceResponse) -> PartitionProduceResponse {
    match response.error_code {
        ErrorCode::KAFKA_STORAGE_ERROR
        | ErrorCode::CORRUPT_MESSAGE
        | ErrorCode::RECORD_LIST_TOO_LARGE
        | ErrorCode::NOT_LEADER_OR_FOLLOWER => response,
        _ => PartitionProduceResponse { log_start_offset: partition.log.log_start_offset(), ..response },
    }
}

/// A batch that did not pass validation, with the records that are wrong where they are known.
fn invalid(index: i32, error: &ProduceError) -> PartitionProduceResponse {
    let (code, records) = match error {
        ProduceError::Corrupt(_) => (ErrorCode::CORRUPT_MESSAGE, &[][..]),
        ProduceError::Invalid { records, .. } => (ErrorCode::INVALID_RECORD, records.as_slice()),
        ProduceError::Malformed(_) | ProduceError::NotOneBatch(_) => (ErrorCode::INVALID_RECORD, &[][..]),
        ProduceError::TooLarge { .. } | ProduceError::OverBudget { .. } => {
            (ErrorCode::MESSAGE_TOO_LARGE, &[][..])
        }
        ProduceError::TimestampOutOfRange { record, .. } | ProduceError::TimestampTypeOfBroker { record } => {
            (ErrorCode::INVALID_TIMESTAMP, std::slice::from_ref(record))
        }
        ProduceError::UnsupportedCompression(_) => (ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, &[][..]),
    };
    let mut response = refused(index, code, error.to_string());
    let message: Option<Str> = Some(error.to_string().into());
    let named = records.iter().filter_map(|record| i32::try_from(*record).ok());
    response.record_errors = named
        .map(|batch_index| BatchIndexAndErrorMessage {
            batch_index,
            batch_index_error_message: message.clone(),
        })
        .collect();
    response
}

fn not_appended(index: i32, error: &AppendError) -> PartitionProduceResponse {
    let code = match error {
        AppendError::NotABatch(_) => ErrorCode::CORRUPT_MESSAGE,
        AppendError::TooLarge { .. } => ErrorCode::RECORD_LIST_TOO_LARGE,
        AppendError::Producer(ProducerError::OutOfOrderSequence { .. }) => {
            ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER
        }
        AppendError::Producer(ProducerError::Fenced { .. }) => ErrorCode::INVALID_PRODUCER_EPOCH,
        AppendError::Producer(
            ProducerError::TransactionOpen { .. } | ProducerError::NotInTransaction { .. },
        ) => ErrorCode::INVALID_TXN_STATE,
        AppendError::Producer(ProducerError::CoordinatorFenced { .. }) => {
            ErrorCode::TRANSACTION_COORDINATOR_FENCED
        }
        AppendError::Write(_) => {
            tracing::error!(%error, "a batch could not be appended");
            ErrorCode::KAFKA_STORAGE_ERROR
        }
        AppendError::Closed => ErrorCode::NOT_LEADER_OR_FOLLOWER,
    };
    refused(index, code, error.to_string())
}

fn first_error(responses: &[TopicProduceResponse]) -> Option<String> {
    responses.iter().find_map(|topic| {
        let wrong = topic.partition_responses.iter().find(|partition| !partition.error_code.is_none())?;
        Some(format!("{}-{}: {}", topic.name, wrong.index, wrong.error_code.name()))
    })
}
