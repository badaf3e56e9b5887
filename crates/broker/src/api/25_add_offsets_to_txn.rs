//! AddOffsetsToTxn: 0-4.
//!
//! Behaviour: a group's offsets become part of a producer's transaction: its partition of `__consumer_offsets` is added.
//! Clients of the second protocol (KIP-890) do not ask: TxnOffsetCommit does it for them.
//!
//! Version notes: 2: PRODUCER_FENCED, INVALID_PRODUCER_EPOCH before. 3: flexible. 4: TRANSACTION_ABORTABLE may come.

use millstream_coordinator::transaction::{AddPartitions, Event, Producer, Response};
use millstream_wire::messages::add_offsets_to_txn::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::transactions::{error_code, unexpected};

pub(crate) struct AddOffsetsToTxn;

impl Api for AddOffsetsToTxn {
    type Request = AddOffsetsToTxnRequest;
    const VERSIONS: Versions = Versions::new(0, 4);

    async fn handle(
        call: Call,
        request: AddOffsetsToTxnRequest,
    ) -> Result<Reply<AddOffsetsToTxnResponse>, Refusal> {
        let error_code = add(&call, request).await?;
        Ok(AddOffsetsToTxnResponse { error_code, ..Default::default() }.into())
    }
}

async fn add(call: &Call, request: AddOffsetsToTxnRequest) -> Result<ErrorCode, Refusal> {
    let AddOffsetsToTxnRequest { transactional_id, producer_id, producer_epoch, group_id } = request;
    if let Err(error) = call.shared.groups.ensure_offsets_topic(&call.shared).await {
        tracing::warn!(%error, "__consumer_offsets cannot be made");
        return Ok(ErrorCode::COORDINATOR_NOT_AVAILABLE);
    }
    if !call.shared.transactions.is_available(&transactional_id) {
        return Ok(ErrorCode::NOT_COORDINATOR);
    }
    let request = AddPartitions {
        transactional_id: transactional_id.to_string(),
        producer: Producer { id: producer_id, epoch: producer_epoch },
        partitions: vec![call.shared.groups.partition_of(&group_id)],
        client_version: 0,
    };
    match call.shared.transactions.ask(|waiter| Event::AddPartitions(waiter, request)).await {
        Ok(Response::AddPartitions(Ok(()))) => Ok(ErrorCode::NONE),
        Ok(Response::AddPartitions(Err(error))) | Err(error) => Ok(error_code(error, call.version >= 2)),
        Ok(other) => Err(unexpected(&other)),
    }
}
