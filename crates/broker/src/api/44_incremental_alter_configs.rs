//! IncrementalAlterConfigs: 0-1.
//!
//! Behaviour: sets (0), deletes (1), or for a list appends (2) and subtracts (3), single configs of a topic, of this
//! broker (by its id) or of all brokers (by an empty name); the others stay. The change holds when the answer goes
//! out, in the open logs too. Of a broker, those can be changed that topics fall back to. The levels of the process's
//! loggers (KIP-412) can be set and deleted by the broker's id; they act at once and last as long as the process.
//!
//! Version notes: 1: flexible.

use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResourceResponse, AlterableConfig, IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::config_changes::{self, Change};

pub(crate) struct IncrementalAlterConfigs;

impl Api for IncrementalAlterConfigs {
    type Request = IncrementalAlterConfigsRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(
        call: Call,
        request: IncrementalAlterConfigsRequest,
    ) -> Result<Reply<IncrementalAlterConfigsResponse>, Refusal> {
        let change = |config: AlterableConfig| Change {
            name: config.name,
            operation: config.config_operation,
            value: config.value,
        };
        let asked = request
            .resources
            .into_iter()
            .map(|resource| {
                let changes = resource.configs.into_iter().map(change).collect();
                ((resource.resource_type, resource.resource_name), changes)
            })
            .collect();
        let done = config_changes::change(&call.shared, asked, false, request.validate_only).await;
        let row = |((resource_type, resource_name), result): (_, Result<(), config_changes::Refused>)| {
            let (error_code, message) = result.err().unzip();
            AlterConfigsResourceResponse {
                error_code: error_code.unwrap_or(ErrorCode::NONE),
                error_message: message.map(Into::into),
                resource_type,
                resource_name,
            }
        };
        let responses = done.into_iter().map(row).collect();
        Ok(IncrementalAlterConfigsResponse { responses, ..Default::default() }.into())
    }
}
