//! Which APIs there are: the one list that everything else is made of.

use millstream_wire::{ApiKey, Reader, Request, Versions};

use super::{
    Api, Call, Pending, Refusal, add_raft_voter, alter_configs, alter_partition_reassignments,
    alter_replica_log_dirs, api_versions, create_partitions, create_topics, delete_groups, delete_records,
    delete_topics, describe_cluster, describe_configs, describe_groups, describe_log_dirs, describe_quorum,
    describe_topic_partitions, elect_leaders, fetch, find_coordinator, heartbeat, incremental_alter_configs,
    init_producer_id, join_group, leave_group, list_config_resources, list_groups, list_offsets,
    list_partition_reassignments, metadata, offset_commit, offset_delete, offset_fetch,
    offset_for_leader_epoch, produce, remove_raft_voter, run, sasl_authenticate, sasl_handshake, sync_group,
    unregister_broker, update_features,
};

/// An API as the registry knows it.
pub(crate) struct Entry {
    pub(crate) key: ApiKey,
    pub(crate) versions: Versions,
    pub(crate) pipelined: bool,
    pub(crate) begin: fn(Call, Reader, i32) -> Result<Pending, Refusal>,
}

const fn entry<A: Api>() -> Entry {
    Entry {
        key: <A::Request as Request>::KEY,
        versions: A::VERSIONS,
        pipelined: A::PIPELINED,
        begin: run::<A>,
    }
}

/// Every API, by key.
pub(crate) static APIS: [Entry; 40] = [
    entry::<produce::Produce>(),
    entry::<fetch::Fetch>(),
    entry::<list_offsets::ListOffsets>(),
    entry::<metadata::Metadata>(),
    entry::<offset_commit::OffsetCommit>(),
    entry::<offset_fetch::OffsetFetch>(),
    entry::<find_coordinator::FindCoordinator>(),
    entry::<join_group::JoinGroup>(),
    entry::<heartbeat::Heartbeat>(),
    entry::<leave_group::LeaveGroup>(),
    entry::<sync_group::SyncGroup>(),
    entry::<describe_groups::DescribeGroups>(),
    entry::<list_groups::ListGroups>(),
    entry::<sasl_handshake::SaslHandshake>(),
    entry::<api_versions::ApiVersions>(),
    entry::<create_topics::CreateTopics>(),
    entry::<delete_topics::DeleteTopics>(),
    entry::<delete_records::DeleteRecords>(),
    entry::<init_producer_id::InitProducerId>(),
    entry::<offset_for_leader_epoch::OffsetForLeaderEpoch>(),
    entry::<describe_configs::DescribeConfigs>(),
    entry::<alter_configs::AlterConfigs>(),
    entry::<alter_replica_log_dirs::AlterReplicaLogDirs>(),
    entry::<describe_log_dirs::DescribeLogDirs>(),
    entry::<sasl_authenticate::SaslAuthenticate>(),
    entry::<create_partitions::CreatePartitions>(),
    entry::<delete_groups::DeleteGroups>(),
    entry::<elect_leaders::ElectLeaders>(),
    entry::<incremental_alter_configs::IncrementalAlterConfigs>(),
    entry::<alter_partition_reassignments::AlterPartitionReassignments>(),
    entry::<list_partition_reassignments::ListPartitionReassignments>(),
    entry::<offset_delete::OffsetDelete>(),
    entry::<describe_quorum::DescribeQuorum>(),
    entry::<update_features::UpdateFeatures>(),
    entry::<describe_cluster::DescribeCluster>(),
    entry::<unregister_broker::UnregisterBroker>(),
    entry::<list_config_resources::ListConfigResources>(),
    entry::<describe_topic_partitions::DescribeTopicPartitions>(),
    entry::<add_raft_voter::AddRaftVoter>(),
    entry::<remove_raft_voter::RemoveRaftVoter>(),
];

/// The API with this key.
pub(crate) fn find(key: i16) -> Option<&'static Entry> {
    APIS.iter().find(|entry| entry.key.code() == key)
}

/// A row of the table in COMPATIBILITY.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiRow {
    /// The API's key.
    pub key: i16,
    /// Kafka's name for it.
    pub name: &'static str,
    /// The versions that are served.
    pub versions: Versions,
}

/// The APIs that are served, by key: what COMPATIBILITY.md says.
pub fn api_table() -> Vec<ApiRow> {
    APIS.iter()
        .map(|entry| ApiRow { key: entry.key.code(), name: entry.key.name(), versions: entry.versions })
        .collect()
}
