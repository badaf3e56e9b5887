//! UnregisterBroker: 0.
//!
//! Behaviour: a broker that will not come back leaves the metadata; one can be left over in a directory of a larger
//! cluster. Unknown ones are BROKER_ID_NOT_REGISTERED. This one is running, and stays: INVALID_REQUEST.

use millstream_wire::messages::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct UnregisterBroker;

impl Api for UnregisterBroker {
    type Request = UnregisterBrokerRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        call: Call,
        request: UnregisterBrokerRequest,
    ) -> Result<Reply<UnregisterBrokerResponse>, Refusal> {
        let (error_code, message) = match call.shared.catalog.unregister_broker(request.broker_id).await {
            Ok(Ok(())) => (ErrorCode::NONE, None),
            Ok(Err(error)) => (ErrorCode::from_code(error.code()), Some(error.to_string())),
            Err(error) => {
                tracing::error!(%error, "a broker could not be unregistered");
                (ErrorCode::KAFKA_STORAGE_ERROR, Some(error.to_string()))
            }
        };
        let error_message = message.map(Into::into);
        Ok(UnregisterBrokerResponse { error_code, error_message, ..Default::default() }.into())
    }
}
