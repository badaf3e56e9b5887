//! DescribeCluster: 0-2.
//!
//! Behaviour: this broker, under the name that Metadata tells. A question for the controllers' own
//! listener (endpoint type 2) is MISMATCHED_ENDPOINT_TYPE, as at every Kafka broker.
//!
//! Version notes: 1: endpoint type. 2: fenced brokers, of which there are none.

use millstream_wire::messages::describe_cluster::{
    DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::operations;

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

pub(crate) struct DescribeCluster;

impl Api for DescribeCluster {
    type Request = DescribeClusterRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: DescribeClusterRequest,
    ) -> Result<Reply<DescribeClusterResponse>, Refusal> {
        if request.endpoint_type != BROKERS {
            let (error_code, message) = if request.endpoint_type == CONTROLLERS {
                let message = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint \
                               of type CONTROLLER";
                (ErrorCode::MISMATCHED_ENDPOINT_TYPE, message.to_owned())
            } else {
                let message = format!("Unsupported endpoint type {}", request.endpoint_type);
                (ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, message)
            };
            return Ok(DescribeClusterResponse {
                error_code,
                error_message: Some(message.into()),
                ..Default::default()
            }
            .into());
        }
        let endpoint = call.endpoint();
        let broker = DescribeClusterBroker {
            broker_id: call.shared.config.node_id,
            host: endpoint.host.into(),
            port: endpoint.port.into(),
            rack: None,
            is_fenced: false,
        };
        Ok(DescribeClusterResponse {
            cluster_id: call.shared.cluster_id.as_str().into(),
            controller_id: call.shared.config.node_id,
            brokers: vec![broker],
            cluster_authorized_operations: operations::of_cluster(
                request.include_cluster_authorized_operations,
            ),
            ..Default::default()
        }
        .into())
    }
}
