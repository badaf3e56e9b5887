//! AddPartitionsToTxn: 0-5.
//!
//! Behaviour: partitions become part of a producer's transaction, which begins with the first; answered when that is on
//! disk. When one of them does not exist none is added: it is UNKNOWN_TOPIC_OR_PARTITION, the others
//! OPERATION_NOT_ATTEMPTED.
//!
//! Version notes: 2: PRODUCER_FENCED, INVALID_PRODUCER_EPOCH before. 3: flexible. 4: several transactions, as brokers
//! send it; a transaction may be verified only. 5: TRANSACTION_ABORTABLE when a partition verified is not in it.

use millstream_coordinator::transaction::{AddPartitions, Event, Producer, Response, TopicPartition};
use millstream_wire::messages::add_partitions_to_txn::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse,
    AddPartitionsToTxnResult, AddPartitionsToTxnTopic, AddPartitionsToTxnTopicResult,
    AddPartitionsToTxnTransaction,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::transactions::{error_code, unexpected};

/// From this version on the one who asks adds partitions for clients of the second protocol (KIP-890).
const OF_BROKERS: i16 = 4;

pub(crate) struct AddPartitionsToTxn;

impl Api for AddPartitionsToTxn {
    type Request = AddPartitionsToTxnRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(
        call: Call,
        request: AddPartitionsToTxnRequest,
    ) -> Result<Reply<AddPartitionsToTxnResponse>, Refusal> {
        if call.version < OF_BROKERS {
            let transaction = AddPartitionsToTxnTransaction {
                transactional_id: request.v3_and_below_transactional_id,
                producer_id: request.v3_and_below_producer_id,
                producer_epoch: request.v3_and_below_producer_epoch,
                verify_only: false,
                topics: request.v3_and_below_topics,
            };
            let results_by_topic_v3_and_below = add(&call, &transaction).await?;
            return Ok(
                AddPartitionsToTxnResponse { results_by_topic_v3_and_below, ..Default::default() }.into()
            );
        }
        let mut results_by_transaction = Vec::with_capacity(request.transactions.len());
        for transaction in request.transactions {
            let topic_results = add(&call, &transaction).await?;
            let transactional_id = transaction.transactional_id;
            results_by_transaction.push(AddPartitionsToTxnResult { transactional_id, topic_results });
        }
        Ok(AddPartitionsToTxnResponse { results_by_transaction, ..Default::default() }.into())
    }
}

async fn add(
    call: &Call,
    transaction: &AddPartitionsToTxnTransaction,
) -> Result<Vec<AddPartitionsToTxnTopicResult>, Refusal> {
    let catalog = &call.shared.catalog;
    let exists = |topic: &str, index: &i32| {
        let found = catalog.topic(topic).map(|topic| topic.partition(*index).err());
        found.is_some_and(|error| error != Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))
    };
    let all = partitions(&transaction.topics);
    if !all.iter().all(|(topic, index)| exists(topic, index)) {
        return Ok(results(&transaction.topics, |topic, index| {
            if exists(topic, &index) {
                ErrorCode::OPERATION_NOT_ATTEMPTED
            } else {
                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
            }
        }));
    }
    let producer = Producer { id: transaction.producer_id, epoch: transaction.producer_epoch };
    let transactional_id = transaction.transactional_id.to_string();
    let knows_fenced = call.version >= 2;
    if !call.shared.transactions.is_available(&transactional_id) {
        return Ok(results(&transaction.topics, |_, _| ErrorCode::NOT_COORDINATOR));
    }
    if transaction.verify_only {
        let verify = |topic: &str, index| {
            let partition = (topic.to_owned(), index);
            let verified = call.shared.transactions.verify(&transactional_id, producer, &partition);
            verified.map_or_else(|error| error_code(error, knows_fenced), |()| ErrorCode::NONE)
        };
        return Ok(results(&transaction.topics, verify));
    }
    let client_version = if call.version >= OF_BROKERS { 2 } else { 0 };
    let request = AddPartitions { transactional_id, producer, partitions: all, client_version };
    let answer = call.shared.transactions.ask(|waiter| Event::AddPartitions(waiter, request)).await;
    let code = match answer {
        Ok(Response::AddPartitions(Ok(()))) => ErrorCode::NONE,
        Ok(Response::AddPartitions(Err(error))) | Err(error) => error_code(error, knows_fenced),
        Ok(other) => return Err(unexpected(&other)),
    };
    Ok(results(&transaction.topics, |_, _| code))
}

fn partitions(topics: &[AddPartitionsToTxnTopic]) -> Vec<TopicPartition> {
    let of_topic = |topic: &AddPartitionsToTxnTopic| {
        let name = topic.name.to_string();
        topic.partitions.iter().map(move |index| (name.clone(), *index)).collect::<Vec<_>>()
    };
    topics.iter().flat_map(of_topic).collect()
}

fn results(
    topics: &[AddPartitionsToTxnTopic],
    code: impl Fn(&str, i32) -> ErrorCode,
) -> Vec<AddPartitionsToTxnTopicResult> {
    let topic = |topic: &AddPartitionsToTxnTopic| {
        let row = |index: &i32| AddPartitionsToTxnPartitionResult {
            partition_index: *index,
            partition_error_code: code(&topic.name, *index),
        };
        let results_by_partition = topic.partitions.iter().map(row).collect();
        AddPartitionsToTxnTopicResult { name: topic.name.clone(), results_by_partition }
    };
    topics.iter().map(topic).collect()
}
