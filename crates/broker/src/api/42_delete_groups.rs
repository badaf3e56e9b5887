//! DeleteGroups: 0-2.
//!
//! Behaviour: removes groups without members, with their offsets; NON_EMPTY_GROUP and GROUP_ID_NOT_FOUND otherwise.
//!
//! Version notes: 2: flexible.

use millstream_coordinator::{DeleteGroups as Delete, Event, Response};
use millstream_wire::Versions;
use millstream_wire::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, optional_code, unexpected};

pub(crate) struct DeleteGroups;

impl Api for DeleteGroups {
    type Request = DeleteGroupsRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(call: Call, request: DeleteGroupsRequest) -> Result<Reply<DeleteGroupsResponse>, Refusal> {
        let names = request.groups_names;
        let delete = Delete { group_ids: names.iter().map(ToString::to_string).collect() };
        let results = match call.shared.groups.ask(|waiter| Event::DeleteGroups(waiter, delete)).await {
            Ok(Response::DeleteGroups(deleted)) => deleted
                .into_iter()
                .map(|group| DeletableGroupResult {
                    group_id: group.group_id.into(),
                    error_code: optional_code(group.error),
                })
                .collect(),
            Ok(other) => return Err(unexpected(&other)),
            Err(error) => names
                .into_iter()
                .map(|group_id| DeletableGroupResult { group_id, error_code: error_code(error) })
                .collect(),
        };
        Ok(DeleteGroupsResponse { results, ..Default::default() }.into())
    }
}
