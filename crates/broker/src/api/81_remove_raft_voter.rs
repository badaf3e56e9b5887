//! RemoveRaftVoter: 0.
//!
//! Behaviour: this node is the only voter. Others are VOTER_NOT_FOUND; without this one there would be no metadata:
//! INVALID_REQUEST.

use millstream_wire::messages::remove_raft_voter::{RemoveRaftVoterRequest, RemoveRaftVoterResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct RemoveRaftVoter;

impl Api for RemoveRaftVoter {
    type Request = RemoveRaftVoterRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        call: Call,
        request: RemoveRaftVoterRequest,
    ) -> Result<Reply<RemoveRaftVoterResponse>, Refusal> {
        let quorum = call.shared.catalog.quorum().await;
        let quorum = quorum.map_err(|error| Refusal::Invalid(error.to_string()))?;
        let ours = &call.shared.cluster_id;
        let (id, directory) = (request.voter_id, request.voter_directory_id);
        let other = request.cluster_id.as_deref().filter(|other| other != ours);
        let (error_code, message) = match other {
            Some(other) => (
                ErrorCode::INCONSISTENT_CLUSTER_ID,
                format!("The given id \"{other}\" doesn't match the cluster id \"{ours}\""),
            ),
            None if id < 0 || directory.is_zero() => {
                (ErrorCode::INVALID_REQUEST, "Remove voter request didn't include a valid voter".to_owned())
            }
            None if (id, directory) == (quorum.node_id, quorum.directory_id) => (
                ErrorCode::INVALID_REQUEST,
                format!("Voter {id} is the only one: the metadata would be lost without it."),
            ),
            None => (
                ErrorCode::VOTER_NOT_FOUND,
                format!("Cannot remove voter {id} ({directory}): it is not in the set of voters."),
            ),
        };
        let error_message = Some(message.into());
        Ok(RemoveRaftVoterResponse { error_code, error_message, ..Default::default() }.into())
    }
}
