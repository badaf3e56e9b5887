//! SaslHandshake: 0-1.
//!
//! Behaviour: the listener is a plain one, where nobody has to say who he is: ILLEGAL_SASL_STATE, as on Kafka's
//! PLAINTEXT listeners. The connection stays as it is.

use millstream_wire::messages::sasl_handshake::{SaslHandshakeRequest, SaslHandshakeResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct SaslHandshake;

impl Api for SaslHandshake {
    type Request = SaslHandshakeRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(_: Call, _: SaslHandshakeRequest) -> Result<Reply<SaslHandshakeResponse>, Refusal> {
        let error_code = ErrorCode::ILLEGAL_SASL_STATE;
        Ok(SaslHandshakeResponse { error_code, ..Default::default() }.into())
    }
}
