//! FindCoordinator: 0-6.
//!
//! Behaviour:
//! - This broker coordinates every group and every transaction. The first request for a group makes
//!   `__consumer_offsets`, the first for a transactional id `__transaction_state`.
//! - One whose partition of it is offline has no coordinator: COORDINATOR_NOT_AVAILABLE.
//! - Share groups have no coordinator here: COORDINATOR_NOT_AVAILABLE would make clients wait for one, so they get
//!   INVALID_REQUEST at once.
//!
//! Version notes:
//! - 1: key type, throttle time, message. 3: flexible. 4: several keys. 6: share groups (KIP-932), refused.

use millstream_wire::messages::find_coordinator::{
    Coordinator, FindCoordinatorRequest, FindCoordinatorResponse,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, NO_SUCH_TYPE, Refusal, Reply};

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

/// For now: clients ask again.
const NOT_AVAILABLE: (ErrorCode, &str) =
    (ErrorCode::COORDINATOR_NOT_AVAILABLE, "The coordinator is not available.");

pub(crate) struct FindCoordinator;

impl Api for FindCoordinator {
    type Request = FindCoordinatorRequest;
    const VERSIONS: Versions = Versions::new(0, 6);

    async fn handle(
        call: Call,
        request: FindCoordinatorRequest,
    ) -> Result<Reply<FindCoordinatorResponse>, Refusal> {
        let found = match request.key_type {
            GROUP => call.shared.groups.ensure_offsets_topic(&call.shared).await.map_err(|error| {
                tracing::warn!(%error, "__consumer_offsets cannot be made");
                NOT_AVAILABLE
            }),
            TRANSACTION => call.shared.transactions.ensure_state_topic(&call.shared).await.map_err(|error| {
                tracing::warn!(%error, "__transaction_state cannot be made");
                NOT_AVAILABLE
            }),
            _ => Err((ErrorCode::INVALID_REQUEST, NO_SUCH_TYPE)),
        };
        let coordinator = |key: Str| {
            let lost = match request.key_type {
                GROUP => !call.shared.groups.is_available(&key),
                _ => !call.shared.transactions.is_available(&key),
            };
            let found = if lost { found.and(Err(NOT_AVAILABLE)) } else { found };
            coordinator(&call, key, found)
        };
        if call.version < 4 {
            let one = coordinator(request.key);
            return Ok(FindCoordinatorResponse {
                error_code: one.error_code,
                error_message: one.error_message.or_else(|| Some("NONE".into())),
                node_id: one.node_id,
                host: one.host,
                port: one.port,
                ..Default::default()
            }
            .into());
        }
        let coordinators = request.coordinator_keys.into_iter().map(|key| {
            let found = coordinator(key);
            Coordinator { error_message: found.error_message.or_else(|| Some(Str::default())), ..found }
        });
        let coordinators = coordinators.collect();
        Ok(FindCoordinatorResponse { coordinators, ..Default::default() }.into())
    }
}

fn coordinator(call: &Call, key: Str, found: Result<(), (ErrorCode, &str)>) -> Coordinator {
    match found {
        Ok(()) => {
            let endpoint = call.endpoint();
            Coordinator {
                key,
                node_id: call.shared.config.node_id,
                host: endpoint.host.into(),
                port: endpoint.port.into(),
                error_code: ErrorCode::NONE,
                error_message: None,
            }
        }
        Err((error_code, message)) => Coordinator {
            key,
            node_id: -1,
            host: Str::default(),
            port: -1,
            error_code,
            error_message: Some(message.into()),
        },
    }
}
