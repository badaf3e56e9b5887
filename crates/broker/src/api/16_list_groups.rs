//! ListGroups: 0-5.
//!
//! Behaviour: every group that this broker coordinates, which is every group.
//!
//! Version notes: 1: throttle time. 3: flexible. 4: filter by state, compared without case. 5: filter by type, likewise.

use millstream_coordinator::ListedGroup as Group;
use millstream_wire::messages::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};
use millstream_wire::{Str, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct ListGroups;

impl Api for ListGroups {
    type Request = ListGroupsRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(call: Call, request: ListGroupsRequest) -> Result<Reply<ListGroupsResponse>, Refusal> {
        let passes = |filters: &[Str], name: &str| {
            filters.is_empty() || filters.iter().any(|filter| filter.trim().eq_ignore_ascii_case(name))
        };
        let wanted = |group: &Group| {
            passes(&request.states_filter, group.state)
                && passes(&request.types_filter, group.group_type.name())
        };
        let groups = call
            .shared
            .groups
            .list()
            .into_iter()
            .filter(wanted)
            .map(|group| ListedGroup {
                group_id: group.group_id.into(),
                protocol_type: group.protocol_type.into(),
                group_state: group.state.into(),
                group_type: group.group_type.name().into(),
            })
            .collect();
        Ok(ListGroupsResponse { groups, ..Default::default() }.into())
    }
}
