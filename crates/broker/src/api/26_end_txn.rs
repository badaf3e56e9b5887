//! EndTxn: 0-5.
//!
//! Behaviour: answered when the outcome is on disk; then nothing can change it, and the markers follow.
//!
//! Version notes: 2: PRODUCER_FENCED, INVALID_PRODUCER_EPOCH before. 3: flexible. 5: the second protocol (KIP-890): the
//! answer holds the producer's next epoch, and its next id when the epochs are used up.

use millstream_coordinator::transaction::{EndTransaction, Event, Producer, Response};
use millstream_wire::messages::end_txn::{EndTxnRequest, EndTxnResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::transactions::{error_code, unexpected};

pub(crate) struct EndTxn;

impl Api for EndTxn {
    type Request = EndTxnRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(call: Call, request: EndTxnRequest) -> Result<Reply<EndTxnResponse>, Refusal> {
        if !call.shared.transactions.is_available(&request.transactional_id) {
            return Ok(refused(ErrorCode::NOT_COORDINATOR).into());
        }
        let end = EndTransaction {
            transactional_id: request.transactional_id.into(),
            producer: Producer { id: request.producer_id, epoch: request.producer_epoch },
            commit: request.committed,
            client_version: if call.version >= 5 { 2 } else { 0 },
        };
        match call.shared.transactions.ask(|waiter| Event::End(waiter, end)).await {
            Ok(Response::End(Ok(None))) => Ok(refused(ErrorCode::NONE).into()),
            Ok(Response::End(Ok(Some(Producer { id, epoch })))) => {
                let (producer_id, producer_epoch) = (id, epoch);
                Ok(EndTxnResponse { producer_id, producer_epoch, ..Default::default() }.into())
            }
            Ok(Response::End(Err(error))) | Err(error) => {
                Ok(refused(error_code(error, call.version >= 2)).into())
            }
            Ok(other) => Err(unexpected(&other)),
        }
    }
}

/// An answer without a producer.
fn refused(error_code: ErrorCode) -> EndTxnResponse {
    EndTxnResponse { error_code, producer_id: -1, producer_epoch: -1, ..Default::default() }
}
