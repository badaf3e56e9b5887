//! TxnOffsetCommit: 0-5.
//!
//! Behaviour: a producer commits the offsets of what went into its transaction. They are on disk when the answer goes
//! out, and count from the moment the transaction is committed. The group's partition of `__consumer_offsets` must be in
//! the transaction; from version 5 on it is added here.
//!
//! Version notes: 2: leader epochs. 3: flexible; which member speaks. 4: TRANSACTION_ABORTABLE. 5: KIP-890.

use millstream_cluster::Image;
use millstream_coordinator::transaction::{self, AddPartitions, Producer};
use millstream_coordinator::{CommitPartition, CommitRequest, CommitTopic, Event};
use millstream_wire::messages::txn_offset_commit::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestTopic, TxnOffsetCommitResponse,
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use millstream_wire::{ErrorCode, Versions};

use super::committed::{Committed, Target};
use super::{Api, Call, Refusal, Reply};
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
        let topics = request.topics.iter().filter_map(|topic| to_commit(topic, &target(topic, &image)));
        let topics: Vec<CommitTopic> = topics.collect();
        let committed = if topics.is_empty() {
            Committed::All(ErrorCode::NONE)
        } else {
            commit(&call, &request, topics).await?
        };
        let answer = |topic: TxnOffsetCommitRequestTopic| {
            let target = target(&topic, &image);
            respond(topic, |partition| target.code(partition, &committed))
        };
        // A topic without partitions is not answered.
        let named = request.topics.into_iter().filter(|topic| !topic.partitions.is_empty());
        let topics = named.map(answer).collect();
        Ok(TxnOffsetCommitResponse { topics, ..Default::default() }.into())
    }
}

fn target<'a>(topic: &TxnOffsetCommitRequestTopic, image: &'a Image) -> Target<'a> {
    let found = image.topic(&topic.name).map(AsRef::as_ref);
    Target { topic: found, missing: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION }
}

fn to_commit(topic: &TxnOffsetCommitRequestTopic, target: &Target<'_>) -> Option<CommitTopic> {
    target.to_commit(topic.partitions.iter().map(|row| CommitPartition {
        partition: row.partition_index,
        offset: row.committed_offset,
        leader_epoch: row.committed_leader_epoch,
        metadata: row.committed_metadata.as_ref().map(ToString::to_string),
    }))
}

async fn commit(
    call: &Call,
    request: &TxnOffsetCommitRequest,
    topics: Vec<CommitTopic>,
) -> Result<Committed, Refusal> {
    let (shared, id) = (&call.shared, request.transactional_id.to_string());
    if !shared.groups.is_available(&request.group_id) || !shared.transactions.is_available(&id) {
        return Ok(Committed::All(ErrorCode::NOT_COORDINATOR));
    }
    if let Err(error) = shared.groups.ensure_offsets_topic(shared).await {
        tracing::warn!(%error, "__consumer_offsets cannot be made");
        return Ok(Committed::All(ErrorCode::COORDINATOR_NOT_AVAILABLE));
    }
    let producer = Producer { id: request.producer_id, epoch: request.producer_epoch };
    let partition = shared.groups.partition_of(&request.group_id);
    let refused = |error| Committed::All(write_error(error, call.version >= 4, call.version >= ADDS));
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
    Committed::of(shared.groups.answer(begun).await)
}

fn respond(
    topic: TxnOffsetCommitRequestTopic,
    code: impl Fn(i32) -> ErrorCode,
) -> TxnOffsetCommitResponseTopic {
    let rows = topic.partitions.iter().map(|row| row.partition_index);
    let partitions = rows
        .map(|index| TxnOffsetCommitResponsePartition { partition_index: index, error_code: code(index) })
        .collect();
    TxnOffsetCommitResponseTopic { name: topic.name, partitions }
}
