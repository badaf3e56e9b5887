//! AlterConfigs: 0-2.
//!
//! Behaviour: the configs of a topic, of this broker (by its id) or of all brokers (by an empty name) become those
//! named here; what was set and is not named goes back to its default. Clients have IncrementalAlterConfigs (44) for
//! single changes. The change holds when the answer goes out, in the open logs too.
//!
//! Version notes: 2: flexible.

use millstream_wire::messages::alter_configs::{
    AlterConfigsRequest, AlterConfigsResourceResponse, AlterConfigsResponse, AlterableConfig,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::config_changes::{self, Change, SET};

pub(crate) struct AlterConfigs;

impl Api for AlterConfigs {
    type Request = AlterConfigsRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: AlterConfigsRequest,
    ) -> Result<Reply<AlterConfigsResponse>, Refusal> {
        let set = |config: AlterableConfig| Change { name: config.name, operation: SET, value: config.value };
        let asked = request
            .resources
            .into_iter()
            .map(|resource| {
                let changes = resource.configs.into_iter().map(set).collect();
                ((resource.resource_type, resource.resource_name), changes)
            })
            .collect();
        let done = config_changes::change(&call.shared, asked, true, request.validate_only).await;
        let row = |((resource_type, resource_name), result): (_, Result<(), config_changes::Refused>)| {
            let (error_code, message) = result.err().unzip();
            AlterConfigsResourceResponse {
                error_code: error_code.unwrap_or(ErrorCode::NONE),
                error_message: message.map(Into::into),
                resource_type,
                resource_name,
            }
        };
        Ok(AlterConfigsResponse { responses: done.into_iter().map(row).collect(), ..Default::default() }
            .into())
    }
}
