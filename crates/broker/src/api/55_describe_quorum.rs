//! DescribeQuorum: 0-2.
//!
//! Behaviour: who keeps the metadata log, `__cluster_metadata-0`: this node alone, which leads. Any other partition is
//! UNKNOWN_TOPIC_OR_PARTITION. The listener told is the one in the voters' record of the log.
//!
//! Version notes: 1: when a voter fetched last (KIP-836). 2: the voter's directory and listeners (KIP-853).

use millstream_cluster::{CONTROLLER_LISTENER, Quorum};
use millstream_wire::messages::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumResponse, DescribeQuorumTopic, QuorumListener, QuorumNode,
    QuorumPartition, QuorumTopic, ReplicaState,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::partition::now_ms;

const METADATA_TOPIC: &str = "__cluster_metadata";

pub(crate) struct DescribeQuorum;

impl Api for DescribeQuorum {
    type Request = DescribeQuorumRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: DescribeQuorumRequest,
    ) -> Result<Reply<DescribeQuorumResponse>, Refusal> {
        if !asks_for_metadata(&request.topics) {
            let topics = request.topics.into_iter().map(unknown).collect();
            return Ok(DescribeQuorumResponse { topics, ..Default::default() }.into());
        }
        let quorum = call.shared.catalog.quorum().await;
        let quorum = quorum.map_err(|error| Refusal::Invalid(error.to_string()))?;
        let partition = described(&quorum, call.version);
        let topics = vec![QuorumTopic { topic_name: METADATA_TOPIC.into(), partitions: vec![partition] }];
        let nodes = if call.version >= 2 { vec![node(&quorum)] } else { Vec::new() };
        let error_message = Some(Str::default());
        Ok(DescribeQuorumResponse { topics, nodes, error_message, ..Default::default() }.into())
    }
}

fn asks_for_metadata(topics: &[DescribeQuorumTopic]) -> bool {
    matches!(topics, [topic] if topic.topic_name.as_str() == METADATA_TOPIC
        && matches!(&*topic.partitions, [partition] if partition.partition_index == 0))
}

fn unknown(topic: DescribeQuorumTopic) -> QuorumTopic {
    let row = |partition_index| QuorumPartition {
        partition_index,
        error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        error_message: Some(Str::from("This server does not host this topic-partition.")),
        ..Default::default()
    };
    let partitions = topic.partitions.into_iter().map(|partition| row(partition.partition_index)).collect();
    QuorumTopic { topic_name: topic.topic_name, partitions }
}

fn described(quorum: &Quorum, version: i16) -> QuorumPartition {
    let now = now_ms();
    let voter = ReplicaState {
        replica_id: quorum.node_id,
        replica_directory_id: if version >= 2 { quorum.directory_id } else { Default::default() },
        log_end_offset: quorum.log_end_offset,
        last_fetch_timestamp: now,
        last_caught_up_timestamp: now,
    };
    QuorumPartition {
        partition_index: 0,
        error_code: ErrorCode::NONE,
        error_message: Some(Str::default()),
        leader_id: quorum.node_id,
        leader_epoch: quorum.epoch,
        high_watermark: quorum.high_watermark,
        current_voters: vec![voter],
        observers: Vec::new(),
    }
}

fn node(quorum: &Quorum) -> QuorumNode {
    let listener = QuorumListener {
        name: CONTROLLER_LISTENER.name.into(),
        host: CONTROLLER_LISTENER.host.into(),
        port: CONTROLLER_LISTENER.port,
    };
    QuorumNode { node_id: quorum.node_id, listeners: vec![listener] }
}
