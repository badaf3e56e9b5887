//! Produce: 0-13.
//!
//! Behaviour:
//! - Batches are validated and appended in the connection's order, before [`Api::handle`] returns; the answer waits
//!   for the disk. So the pipelined requests of one producer share one flush.
//! - acks 1 and -1 mean the same here: on disk (`flush.messages`), for there is one replica. acks 0 gets no answer;
//!   an error closes the connection, so that the client looks for new metadata.
//! - Each partition has its own result; a bad batch does not concern the others.
//! - Kafka's own topics take records from Kafka's own tools only (client id `__admin_client`).
//! - Transactions are refused.
//!
//! Version notes:
//! - 0-2: message sets of magic 0 and 1, which become batches of magic 2. 2: log append time. 3: magic 2 only.
//! - 5: log start offset. 7: zstd. 8: which records are wrong. 9: flexible. 10: the current leader, when it is
//!   another one (it never is). 13: topic ids instead of names.

use std::sync::Arc;

use futures::future::{FutureExt, join_all};
use millstream_log::{AppendError, Origin, ProducerError};
use millstream_wire::messages::produce::{
    BatchIndexAndErrorMessage, PartitionProduceData, PartitionProduceResponse, ProduceRequest,
    ProduceResponse, TopicProduceData, TopicProduceResponse,
};
use millstream_wire::records::validate::{ProduceError, validate};
use millstream_wire::records::{Budget, TimestampType};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::led_topic::LedTopic;
use crate::partition::{Partition, now_ms};

/// The client id under which Kafka's own tools may write to Kafka's own topics.
const ADMIN_CLIENT: &str = "__admin_client";

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
        let topics: Vec<_> = request
            .topic_data
            .into_iter()
            .map(|topic| append_topic(&call, topic, refusal.as_ref()))
            .collect();
        async move {
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

/// What has become of one partition's batch.
enum Appended {
    Refused(PartitionProduceResponse),
    /// In the page cache; it can be acknowledged when `last_offset` is durable.
    Written {
        partition: Arc<Partition>,
        last_offset: i64,
        response: PartitionProduceResponse,
    },
}

/// One topic's results, in the request's order.
struct AppendedTopic {
    response: TopicProduceResponse,
    partitions: Vec<Appended>,
}

impl AppendedTopic {
    /// Waits for the disk, unless nobody asks for it.
    async fn finish(mut self, acks: i16) -> TopicProduceResponse {
        let waits = self.partitions.into_iter().map(|partition| match partition {
            Appended::Refused(response) => futures::future::ready(response).left_future(),
            Appended::Written { response, .. } if acks == 0 => futures::future::ready(response).left_future(),
            Appended::Written { partition, last_offset, response } => async move {
                if partition.wait_for(last_offset).await {
                    response
                } else {
                    refused(response.index, ErrorCode::KAFKA_STORAGE_ERROR, "the partition was closed".into())
                }
            }
            .right_future(),
        });
        self.response.partition_responses = join_all(waits).await;
        self.response
    }
}

/// An error that holds for the whole request.
fn refusal(request: &ProduceRequest) -> Option<(ErrorCode, &'static str)> {
    if !matches!(request.acks, -1..=1) {
        return Some((ErrorCode::INVALID_REQUIRED_ACKS, "acks must be -1, 0 or 1"));
    }
    if request.transactional_id.is_some() {
        return Some((
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            "transactions are not supported by this broker; leave transactional.id out",
        ));
    }
    None
}

fn append_topic(
    call: &Call,
    topic: TopicProduceData,
    refusal: Option<&(ErrorCode, &'static str)>,
) -> AppendedTopic {
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
            let appended = match (refusal, &found) {
                (Some((code, reason)), _) => Err(refused(index, *code, (*reason).to_owned())),
                (None, None) if by_id => Err(refused(index, ErrorCode::UNKNOWN_TOPIC_ID, String::new())),
                (None, None) => Err(refused(index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, String::new())),
                (None, Some(found)) => append(call, found, data),
            };
            appended.unwrap_or_else(Appended::Refused)
        })
        .collect();
    let response = TopicProduceResponse { name: topic.name, topic_id: topic.topic_id, ..Default::default() };
    AppendedTopic { response, partitions }
}

fn append(
    call: &Call,
    topic: &LedTopic,
    data: PartitionProduceData,
) -> Result<Appended, PartitionProduceResponse> {
    let index = data.index;
    if topic.internal && &*call.connection.client_id() != ADMIN_CLIENT {
        let reason = format!("topic {} is Kafka's own", topic.name);
        return Err(refused(index, ErrorCode::INVALID_TOPIC_EXCEPTION, reason));
    }
    let partition = topic.partition(index).map_err(|code| refused(index, code, String::new()))?;
    let records = data.records.unwrap_or_default();
    // A batch may not be more after decompression than an uncompressed one could have been.
    let budget =
        usize::try_from(call.shared.config.socket_request_max_bytes).map_or(Budget::default(), Budget::bytes);
    let now = now_ms();
    let mut batch =
        validate(records, call.version, &topic.rules, budget, now).map_err(|error| invalid(index, &error))?;
    if batch.header.attributes.is_transactional() {
        let reason = "a transactional batch without a transactional.id".to_owned();
        return Err(refused(index, ErrorCode::INVALID_TXN_STATE, reason));
    }
    let appended = partition
        .append(&mut batch.bytes, Origin::Client, &call.shared.flusher)
        .map_err(|error| not_appended(index, &error))?;
    if !appended.duplicate {
        let records = u64::try_from(batch.header.record_count).unwrap_or(0);
        let size = u64::try_from(batch.bytes.len()).unwrap_or(u64::MAX);
        call.connection.flows.wrote(&topic.name, records, size);
    }
    let response = PartitionProduceResponse {
        index,
        base_offset: appended.base_offset,
        log_append_time_ms: match topic.rules.timestamp_type {
            TimestampType::LogAppendTime => now,
            TimestampType::CreateTime => -1,
        },
        log_start_offset: partition.log.log_start_offset(),
        ..Default::default()
    };
    Ok(Appended::Written { partition: Arc::clone(partition), last_offset: appended.last_offset, response })
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

/// A batch that did not pass validation, with the record that is wrong where it is known.
fn invalid(index: i32, error: &ProduceError) -> PartitionProduceResponse {
    let (code, record) = match error {
        ProduceError::Corrupt(_) => (ErrorCode::CORRUPT_MESSAGE, None),
        ProduceError::Invalid { record, .. } => (ErrorCode::INVALID_RECORD, *record),
        ProduceError::Malformed(_) => (ErrorCode::INVALID_RECORD, None),
        ProduceError::TooLarge { .. } | ProduceError::OverBudget { .. } => {
            (ErrorCode::MESSAGE_TOO_LARGE, None)
        }
        ProduceError::TimestampOutOfRange { record, .. } | ProduceError::TimestampTypeOfBroker { record } => {
            (ErrorCode::INVALID_TIMESTAMP, Some(*record))
        }
        ProduceError::UnsupportedCompression(_) => (ErrorCode::UNSUPPORTED_COMPRESSION_TYPE, None),
    };
    let mut response = refused(index, code, error.to_string());
    if let Some(batch_index) = record.and_then(|record| i32::try_from(record).ok()) {
        let message = Some(error.to_string().into());
        response.record_errors =
            vec![BatchIndexAndErrorMessage { batch_index, batch_index_error_message: message }];
    }
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
