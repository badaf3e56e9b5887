//! ListPartitionReassignments: 0.
//!
//! Behaviour: the partitions that are being moved to other brokers: none, for there is one broker.

use millstream_wire::Versions;
use millstream_wire::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct ListPartitionReassignments;

impl Api for ListPartitionReassignments {
    type Request = ListPartitionReassignmentsRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        _: Call,
        _: ListPartitionReassignmentsRequest,
    ) -> Result<Reply<ListPartitionReassignmentsResponse>, Refusal> {
        Ok(ListPartitionReassignmentsResponse { error_message: None, ..Default::default() }.into())
    }
}
