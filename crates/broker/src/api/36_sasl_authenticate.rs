//! SaslAuthenticate: 0-2.
//!
//! Behaviour: as with SaslHandshake (17), ILLEGAL_SASL_STATE: a plain listener asks nobody who he is.
//!
//! Version notes: 1: the session's lifetime. 2: flexible.

use millstream_wire::messages::sasl_authenticate::{SaslAuthenticateRequest, SaslAuthenticateResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct SaslAuthenticate;

impl Api for SaslAuthenticate {
    type Request = SaslAuthenticateRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(_: Call, _: SaslAuthenticateRequest) -> Result<Reply<SaslAuthenticateResponse>, Refusal> {
        let message = "This listener does not authenticate its clients; use security.protocol=PLAINTEXT.";
        Ok(SaslAuthenticateResponse {
            error_code: ErrorCode::ILLEGAL_SASL_STATE,
            error_message: Some(message.into()),
            ..Default::default()
        }
        .into())
    }
}
