//! TxnOffsetCommit: 0-5.
//!
//! Behaviour: a producer commits the offsets of what went into its transaction. They are on disk when the answer goes
//! out, and count from the moment the transaction is committed. The group's partition of `__consumer_offsets` must be in
//! the transaction; from version 5 on it is added here.
//!
//! Version notes: 2: leader epochs. 3: flexible; which member speaks. 4: TRANSACTION_ABORTABLE. 5: KIP-890.

use std::collections::HashMap;

use millstream_cluster::Image;
use millstream_coordinator::transaction::{self, AddPartitions, Producer};
use millstream_coordinator::{CommitPartition, CommitRequest, CommitTopic, Event, Response};
use millstream_wire::messages::txn_offset_commit::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestTopic, TxnOffsetCommitResponse,
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, optional_code, unexpected};
use crate::transactions::{self, write_error};

/// From this version on the group's partition is added to the transaction by this very request.
const ADDS: i16 = 5;

pub(crate) struct TxnOffsetCommit;

impl Api for TxnOffsetCommit {
    type Request = TxnOffsetCommitRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(
        call: Call,
        request: TxnOffsetCommitRequest,
    ) -> Result<Reply<TxnOffsetCommitResponse>, Refusal> {
        let image = call.shared.catalog.image();
        let known: Vec<CommitTopic> =
            request.topics.iter().filter_map(|topic| to_commit(topic, &image)).collect();
        let outcome = if known.is_empty() {
            Outcome::Each(HashMap::new())
        } else {
            commit(&call, &request, known).await?
        };
        let topics = request.topics.into_iter().map(|topic| respond(topic, &image, &outcome)).collect();
        Ok(TxnOffsetCommitResponse { topics, ..Default::default() }.into())
    }
}

/// How the coordinators took it.
enum Outcome {
    All(ErrorCode),
    Each(HashMap<(String, i32), ErrorCode>),
}

fn exists(image: &Image, topic: &str, index: i32) -> bool {
    image.topic(topic).is_some_and(|topic| topic.partitions.contains_key(&index))
}

/// The part of a topic that can be committed.
fn to_commit(topic: &TxnOffsetCommitRequestTopic, image: &Image) -> Option<CommitTopic> {
    let known = topic.partitions.iter().filter(|it| exists(image, &topic.name, it.partition_index));
    let partitions: Vec<CommitPartition> = known
        .map(|partition| CommitPartition {
            partition: partition.partition_index,
            offset: partition.committed_offset,
            leader_epoch: partition.committed_leader_epoch,
            metadata: partition.committed_metadata.as_ref().map(ToString::to_string),
        })
        .collect();
    let topic_id = image.topic(&topic.name).map_or([0; 16], |topic| *topic.id.as_bytes());
    (!partitions.is_empty()).then(|| CommitTopic { name: topic.name.to_string(), topic_id, partitions })
}

async fn commit(
    call: &Call,
    request: &TxnOffsetCommitRequest,
    topics: Vec<CommitTopic>,
) -> Result<Outcome, Refusal> {
    let (shared, id) = (&call.shared, request.transactional_id.to_string());
    if !shared.groups.is_available(&request.group_id) || !shared.transactions.is_available(&id) {
        return Ok(Outcome::All(ErrorCode::NOT_COORDINATOR));
    }
    if let Err(error) = shared.groups.ensure_offsets_topic(shared).await {
        tracing::warn!(%error, "__consumer_offsets cannot be made");
        return Ok(Outcome::All(ErrorCode::COORDINATOR_NOT_AVAILABLE));
    }
    let producer = Producer { id: request.producer_id, epoch: request.producer_epoch };
    let partition = shared.groups.partition_of(&request.group_id);
    let refused = |error| Outcome::All(write_error(error, call.version >= 4, call.version >= ADDS));
    if call.version >= ADDS {
        let partitions = vec![partition.clone()];
        let add = AddPartitions { transactional_id: id.clone(), producer, partitions, client_version: 2 };
        match shared.transactions.ask(|waiter| transaction::Event::AddPartitions(waiter, add)).await {
            Ok(transaction::Response::AddPartitions(Ok(()))) => {}
            Ok(transaction::Response::AddPartitions(Err(error))) | Err(error) => return Ok(refused(error)),
            Ok(other) => return Err(transactions::unexpected(&other)),
        }
    }
    let commit = CommitRequest {
        group_id: request.group_id.to_string(),
        generation_id: request.generation_id,
        member_id: request.member_id.to_string(),
        group_instance_id: request.group_instance_id.as_ref().map(ToString::to_string),
        retention_ms: None,
        knows_group_id_not_found: false,
        topics,
    };
    let begin = || shared.groups.begin(|waiter| Event::CommitInTransaction(waiter, producer, commit));
    let begun = match shared.transactions.write_in(&id, producer, &partition, begin) {
        Ok(begun) => begun,
        Err(error) => return Ok(refused(error)),
    };
    match shared.groups.answer(begun).await {
        Ok(Response::Commit(Ok(committed))) => {
            let rows = committed.topics.into_iter().flat_map(|topic| {
                let name = topic.name;
                let row = move |(index, error)| ((name.clone(), index), optional_code(error));
                topic.partitions.into_iter().map(row)
            });
            Ok(Outcome::Each(rows.collect()))
        }
        Ok(Response::Commit(Err(error))) | Err(error) => Ok(Outcome::All(error_code(error))),
        Ok(other) => Err(unexpected(&other)),
    }
}

fn respond(
    topic: TxnOffsetCommitRequestTopic,
    image: &Image,
    outcome: &Outcome,
) -> TxnOffsetCommitResponseTopic {
    let name = topic.name;
    let code = |index: i32| match outcome {
        _ if !exists(image, &name, index) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        Outcome::All(error) => *error,
        Outcome::Each(errors) => errors.get(&(name.to_string(), index)).copied().unwrap_or(ErrorCode::NONE),
    };
    let indexes = topic.partitions.iter().map(|partition| partition.partition_index);
    let partitions = indexes
        .map(|index| TxnOffsetCommitResponsePartition { partition_index: index, error_code: code(index) })
        .collect();
    TxnOffsetCommitResponseTopic { name, partitions }
}
