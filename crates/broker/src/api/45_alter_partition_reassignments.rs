//! AlterPartitionReassignments: 0-1.
//!
//! Behaviour: every partition is on this broker, and can be nowhere else: a wish for that is granted, any other is
//! INVALID_REPLICA_ASSIGNMENT. Nothing is ever being moved, so a cancel (null) is NO_REASSIGNMENT_IN_PROGRESS.
//!
//! Version notes: 1: whether the number of replicas may change (KIP-860).

use millstream_cluster::controller::{ControllerError, check_reassignment};
use millstream_wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartition,
    ReassignablePartitionResponse, ReassignableTopic, ReassignableTopicResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct AlterPartitionReassignments;

impl Api for AlterPartitionReassignments {
    type Request = AlterPartitionReassignmentsRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(
        call: Call,
        request: AlterPartitionReassignmentsRequest,
    ) -> Result<Reply<AlterPartitionReassignmentsResponse>, Refusal> {
        let image = call.shared.catalog.image();
        let node_id = call.shared.config.node_id;
        let may_change_count = request.allow_replication_factor_change;
        let row = |topic: &str, wish: ReassignablePartition| {
            let (index, replicas) = (wish.partition_index, wish.replicas.as_deref());
            let checked = check_reassignment(&image, node_id, (topic, index), replicas, may_change_count);
            let error_code = checked.as_ref().err().map_or(0, |error| error.code());
            ReassignablePartitionResponse {
                partition_index: index,
                error_code: ErrorCode::from_code(error_code),
                // That there is nothing to cancel says the code.
                error_message: checked
                    .err()
                    .filter(|error| !matches!(error, ControllerError::NoReassignmentInProgress))
                    .map(|error| error.to_string().into()),
            }
        };
        let rows = |topic: ReassignableTopic| ReassignableTopicResponse {
            partitions: topic.partitions.into_iter().map(|wish| row(&topic.name, wish)).collect(),
            name: topic.name,
        };
        Ok(AlterPartitionReassignmentsResponse {
            allow_replication_factor_change: may_change_count,
            error_message: None,
            responses: request.topics.into_iter().map(rows).collect(),
            ..Default::default()
        }
        .into())
    }
}
