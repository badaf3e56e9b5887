//! AddRaftVoter: 0-1.
//!
//! Behaviour: the metadata is kept by this node alone. A voter of its id is DUPLICATE_VOTER; another one cannot be
//! reached from here, which Kafka says with REQUEST_TIMED_OUT. Before that, what is wrong with the request.
//!
//! Version notes: 1: when to answer, which changes nothing.

use millstream_cluster::CONTROLLER_LISTENER;
use millstream_wire::messages::add_raft_voter::{AddRaftVoterRequest, AddRaftVoterResponse};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct AddRaftVoter;

impl Api for AddRaftVoter {
    type Request = AddRaftVoterRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(
        call: Call,
        request: AddRaftVoterRequest,
    ) -> Result<Reply<AddRaftVoterResponse>, Refusal> {
        let (error_code, message) = refusal(&call, &request);
        Ok(AddRaftVoterResponse { error_code, error_message: Some(message.into()), ..Default::default() }
            .into())
    }
}

fn refusal(call: &Call, request: &AddRaftVoterRequest) -> (ErrorCode, String) {
    let (id, ours) = (request.voter_id, &call.shared.cluster_id);
    if let Some(other) = request.cluster_id.as_deref().filter(|other| other != ours) {
        let message = format!("The given id \"{other}\" doesn't match the cluster id \"{ours}\"");
        return (ErrorCode::INCONSISTENT_CLUSTER_ID, message);
    }
    if id < 0 || request.voter_directory_id.is_zero() {
        let message = "Add voter request didn't include a valid voter";
        return (ErrorCode::INVALID_REQUEST, message.to_owned());
    }
    let name = CONTROLLER_LISTENER.name;
    if !request.listeners.iter().any(|listener| listener.name.as_str() == name) {
        let message =
            format!("Add voter request didn't include the endpoint for the default listener {name}");
        return (ErrorCode::INVALID_REQUEST, message);
    }
    if id == call.shared.config.node_id {
        let message = format!("The voter id {id} is already part of the set of voters.");
        return (ErrorCode::DUPLICATE_VOTER, message);
    }
    let message = format!("New voter {id} cannot join: this cluster is of one node.");
    (ErrorCode::REQUEST_TIMED_OUT, message)
}
