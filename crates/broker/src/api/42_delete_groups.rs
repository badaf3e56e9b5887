//! DeleteGroups: 0-2.
//!
//! Behaviour: removes groups without members, with their offsets; NON_EMPTY_GROUP and GROUP_ID_NOT_FOUND otherwise.
//!
//! Version notes: 2: flexible.

use millstream_coordinator::{Event, GroupError, Response};
use millstream_wire::messages::delete_groups::{
    DeletableGroupResult, DeleteGroupsRequest, DeleteGroupsResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::groups::{error_code, unexpected};

pub(crate) struct DeleteGroups;

impl Api for DeleteGroups {
    type Request = DeleteGroupsRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: DeleteGroupsRequest,
    ) -> Result<Reply<DeleteGroupsResponse>, Refusal> {
        let mut names = request.groups_names;
        names.sort_unstable();
        names.dedup();
        let mut results = Vec::with_capacity(names.len());
        for group_id in names {
            let name = group_id.to_string();
            if !call.shared.groups.is_available(&name) {
                results.push(DeletableGroupResult { group_id, error_code: ErrorCode::NOT_COORDINATOR });
                continue;
            }
            let error_code = match call.shared.groups.ask(|waiter| Event::DeleteGroup(waiter, name)).await {
                Ok(Response::DeleteGroup(Ok(()))) => ErrorCode::NONE,
                // A name like another: offsets may be committed under it.
                Ok(Response::DeleteGroup(Err(GroupError::InvalidGroupId))) => ErrorCode::GROUP_ID_NOT_FOUND,
                Ok(Response::DeleteGroup(Err(error))) | Err(error) => error_code(error),
                Ok(other) => return Err(unexpected(&other)),
            };
            results.push(DeletableGroupResult { group_id, error_code });
        }
        Ok(DeleteGroupsResponse { results, ..Default::default() }.into())
    }
}
