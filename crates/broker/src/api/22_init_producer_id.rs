//! InitProducerId: 0-5.
//!
//! Behaviour: an idempotent producer gets a new id with epoch 0, whatever id it had (as Kafka does). A transactional id
//! is refused with TRANSACTIONAL_ID_AUTHORIZATION_FAILED: clients stop at once instead of trying again.
//!
//! Version notes: 2: flexible. 3: the producer's present id and epoch. 4: PRODUCER_FENCED. 5: KIP-890, for
//! transactions. Version 6 (two-phase commit) is unstable in Kafka and not served.

use millstream_wire::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct InitProducerId;

impl Api for InitProducerId {
    type Request = InitProducerIdRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(
        call: Call,
        request: InitProducerIdRequest,
    ) -> Result<Reply<InitProducerIdResponse>, Refusal> {
        let error_code = match request.transactional_id.as_deref() {
            Some("") => ErrorCode::INVALID_REQUEST,
            Some(_) => ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
            None => match call.shared.producer_ids.next(&call.shared.catalog).await {
                Ok(producer_id) => {
                    let response =
                        InitProducerIdResponse { producer_id, producer_epoch: 0, ..Default::default() };
                    return Ok(response.into());
                }
                Err(error) => {
                    tracing::error!(%error, "no producer id could be reserved");
                    ErrorCode::COORDINATOR_NOT_AVAILABLE
                }
            },
        };
        Ok(InitProducerIdResponse { error_code, producer_id: -1, producer_epoch: -1, ..Default::default() }
            .into())
    }
}
