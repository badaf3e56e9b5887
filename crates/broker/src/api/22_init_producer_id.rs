//! InitProducerId: 0-5.
//!
//! Behaviour:
//! - An idempotent producer gets a new id with epoch 0, whatever id it had (as Kafka does).
//! - A transactional one gets its transactional id's producer id with the next epoch, when that is on disk: whoever had
//!   it before is fenced. A transaction that was left open is aborted first, and the client told to come again
//!   (CONCURRENT_TRANSACTIONS).
//!
//! Version notes: 2: flexible. 3: the producer's present id and epoch, to recover from an error (KIP-360). 4:
//! PRODUCER_FENCED, INVALID_PRODUCER_EPOCH before. 5: KIP-890. 6, two-phase commit, is
//! one that Kafka 4.3 does not serve either unless its unstable versions are switched on.

use millstream_coordinator::transaction::{Event, InitProducer, Producer, Response};
use millstream_wire::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::transactions::{error_code, unexpected};

/// The id and epoch of a producer that has none yet.
const NOBODY: Producer = Producer { id: -1, epoch: -1 };

pub(crate) struct InitProducerId;

impl Api for InitProducerId {
    type Request = InitProducerIdRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(
        call: Call,
        request: InitProducerIdRequest,
    ) -> Result<Reply<InitProducerIdResponse>, Refusal> {
        let made = match expected(&request) {
            Err(error) => Err(error),
            Ok(expected) => match request.transactional_id.as_deref() {
                None => idempotent(&call).await,
                Some(id) => transactional(&call, &request, id.to_owned(), expected).await?,
            },
        };
        let (Producer { id, epoch }, error_code) = match made {
            Ok(producer) => (producer, ErrorCode::NONE),
            Err(error_code) => (NOBODY, error_code),
        };
        let response = InitProducerIdResponse {
            error_code,
            producer_id: id,
            producer_epoch: epoch,
            ..Default::default()
        };
        Ok(response.into())
    }
}

/// Who the producer says that it was: both id and epoch, or neither.
fn expected(request: &InitProducerIdRequest) -> Result<Option<Producer>, ErrorCode> {
    let said = Producer { id: request.producer_id, epoch: request.producer_epoch };
    match said {
        NOBODY => Ok(None),
        Producer { id: -1, .. } | Producer { epoch: -1, .. } => Err(ErrorCode::INVALID_REQUEST),
        said => Ok(Some(said)),
    }
}

async fn idempotent(call: &Call) -> Result<Producer, ErrorCode> {
    match call.shared.producer_ids.next(&call.shared.catalog).await {
        Ok(id) => Ok(Producer { id, epoch: 0 }),
        Err(error) => {
            tracing::error!(%error, "no producer id could be reserved");
            Err(ErrorCode::COORDINATOR_NOT_AVAILABLE)
        }
    }
}

async fn transactional(
    call: &Call,
    request: &InitProducerIdRequest,
    transactional_id: String,
    expected: Option<Producer>,
) -> Result<Result<Producer, ErrorCode>, Refusal> {
    if !call.shared.transactions.is_available(&transactional_id) {
        return Ok(Err(ErrorCode::NOT_COORDINATOR));
    }
    let init = InitProducer { transactional_id, timeout_ms: request.transaction_timeout_ms, expected };
    match call.shared.transactions.ask(|waiter| Event::Init(waiter, init)).await {
        Ok(Response::Init(Ok(producer))) => Ok(Ok(producer)),
        Ok(Response::Init(Err(error))) | Err(error) => Ok(Err(error_code(error, call.version >= 4))),
        Ok(other) => Err(unexpected(&other)),
    }
}
