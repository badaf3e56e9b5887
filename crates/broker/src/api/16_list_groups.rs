//! ListGroups: 0-5.
//!
//! Behaviour: every group that this broker coordinates, which is every group.
//!
//! Version notes: 1: throttle time. 3: flexible. 4: filter by state, compared without case. 5: filter by type; all
//! groups here are of type `classic`.

use millstream_coordinator::ListedGroup as Group;
use millstream_wire::Versions;
use millstream_wire::messages::list_groups::{ListGroupsRequest, ListGroupsResponse, ListedGroup};

use super::{Api, Call, Refusal, Reply};

const TYPE: &str = "classic";

pub(crate) struct ListGroups;

impl Api for ListGroups {
    type Request = ListGroupsRequest;
    const VERSIONS: Versions = Versions::new(0, 5);

    async fn handle(call: Call, request: ListGroupsRequest) -> Result<Reply<ListGroupsResponse>, Refusal> {
        let of_type = request.types_filter.is_empty()
            || request.types_filter.iter().any(|t| t.trim().eq_ignore_ascii_case(TYPE));
        let wanted = |group: &Group| {
            let state = group.state.to_string();
            request.states_filter.is_empty()
                || request.states_filter.iter().any(|filter| filter.trim().eq_ignore_ascii_case(&state))
        };
        let listed = if of_type { call.shared.groups.list() } else { Vec::new() };
        let groups = listed
            .into_iter()
            .filter(wanted)
            .map(|group| ListedGroup {
                group_id: group.group_id.into(),
                protocol_type: group.protocol_type.into(),
                group_state: group.state.to_string().into(),
                group_type: TYPE.into(),
            })
            .collect();
        Ok(ListGroupsResponse { groups, ..Default::default() }.into())
    }
}
