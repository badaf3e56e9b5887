//! The quorum that keeps the metadata: who leads, who follows, how far they are.

use millstream_wire::messages::describe_quorum::{
    DescribeQuorumPartition, DescribeQuorumRequest, DescribeQuorumTopic, ReplicaState,
};
use millstream_wire::{ErrorCode, Uuid, Versions};

use crate::client::Client;
use crate::error::ClientError;

const METADATA_TOPIC: &str = "__cluster_metadata";

/// The quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The node that leads it.
    pub leader: i32,
    /// How many leaders there have been.
    pub leader_epoch: i32,
    /// Records below it are on a majority of the voters.
    pub high_watermark: i64,
    /// The nodes that elect the leader.
    pub voters: Vec<QuorumReplica>,
    /// The nodes that only read.
    pub observers: Vec<QuorumReplica>,
}

/// A node of the quorum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuorumReplica {
    /// The node.
    pub id: i32,
    /// Its directory; zero from brokers before 3.9.
    pub directory: Uuid,
    /// The offset behind its last record.
    pub log_end_offset: i64,
    /// When it last fetched, in ms since 1970; -1 if the leader does not know.
    pub last_fetch: i64,
    /// When it last had everything, in ms since 1970; -1 if the leader does not know.
    pub last_caught_up: i64,
    /// Where it listens: name, host and port of each listener. Empty from brokers before 3.9.
    pub endpoints: Vec<(String, String, u16)>,
}

impl Client {
    /// The metadata quorum.
    pub async fn describe_quorum(&mut self) -> Result<Quorum, ClientError> {
        let request = DescribeQuorumRequest {
            topics: vec![DescribeQuorumTopic {
                topic_name: METADATA_TOPIC.into(),
                partitions: vec![DescribeQuorumPartition { partition_index: 0 }],
            }],
        };
        let connection = self.any().await?;
        let version = connection.version::<DescribeQuorumRequest>(Versions::new(0, 2))?;
        let response = connection.call(&request, version).await?;
        let what = || "the metadata quorum".to_owned();
        ClientError::check(response.error_code, response.error_message.as_deref(), what)?;
        let found = response.topics.into_iter().flat_map(|topic| topic.partitions).next();
        let partition = found.ok_or_else(|| ClientError::Refused {
            what: what(),
            code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
            message: None,
        })?;
        ClientError::check(partition.error_code, partition.error_message.as_deref(), what)?;
        let replica = |state: ReplicaState| QuorumReplica {
            id: state.replica_id,
            directory: state.replica_directory_id,
            log_end_offset: state.log_end_offset,
            last_fetch: state.last_fetch_timestamp,
            last_caught_up: state.last_caught_up_timestamp,
            endpoints: (response.nodes.iter().filter(|node| node.node_id == state.replica_id))
                .flat_map(|node| &node.listeners)
                .map(|listener| (listener.name.to_string(), listener.host.to_string(), listener.port))
                .collect(),
        };
        Ok(Quorum {
            leader: partition.leader_id,
            leader_epoch: partition.leader_epoch,
            high_watermark: partition.high_watermark,
            voters: partition.current_voters.into_iter().map(replica).collect(),
            observers: partition.observers.into_iter().map(replica).collect(),
        })
    }
}
