//! Which APIs there are: the one list that everything else is made of.

use millstream_wire::{ApiKey, Reader, Request, Versions};

use super::{Api, Call, Pending, Refusal, run};

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
pub(crate) static APIS: &[Entry] = &[
    entry::<super::produce::Produce>(),
    entry::<super::fetch::Fetch>(),
    entry::<super::list_offsets::ListOffsets>(),
    entry::<super::metadata::Metadata>(),
    entry::<super::offset_commit::OffsetCommit>(),
    entry::<super::offset_fetch::OffsetFetch>(),
    entry::<super::find_coordinator::FindCoordinator>(),
    entry::<super::join_group::JoinGroup>(),
    entry::<super::heartbeat::Heartbeat>(),
    entry::<super::leave_group::LeaveGroup>(),
    entry::<super::sync_group::SyncGroup>(),
    entry::<super::describe_groups::DescribeGroups>(),
    entry::<super::list_groups::ListGroups>(),
    entry::<super::sasl_handshake::SaslHandshake>(),
    entry::<super::api_versions::ApiVersions>(),
    entry::<super::create_topics::CreateTopics>(),
    entry::<super::delete_topics::DeleteTopics>(),
    entry::<super::delete_records::DeleteRecords>(),
    entry::<super::init_producer_id::InitProducerId>(),
    entry::<super::offset_for_leader_epoch::OffsetForLeaderEpoch>(),
    entry::<super::add_partitions_to_txn::AddPartitionsToTxn>(),
    entry::<super::add_offsets_to_txn::AddOffsetsToTxn>(),
    entry::<super::end_txn::EndTxn>(),
    entry::<super::write_txn_markers::WriteTxnMarkers>(),
    entry::<super::txn_offset_commit::TxnOffsetCommit>(),
    entry::<super::describe_configs::DescribeConfigs>(),
    entry::<super::alter_configs::AlterConfigs>(),
    entry::<super::alter_replica_log_dirs::AlterReplicaLogDirs>(),
    entry::<super::describe_log_dirs::DescribeLogDirs>(),
    entry::<super::sasl_authenticate::SaslAuthenticate>(),
    entry::<super::create_partitions::CreatePartitions>(),
    entry::<super::delete_groups::DeleteGroups>(),
    entry::<super::elect_leaders::ElectLeaders>(),
    entry::<super::incremental_alter_configs::IncrementalAlterConfigs>(),
    entry::<super::alter_partition_reassignments::AlterPartitionReassignments>(),
    entry::<super::list_partition_reassignments::ListPartitionReassignments>(),
    entry::<super::offset_delete::OffsetDelete>(),
    entry::<super::describe_quorum::DescribeQuorum>(),
    entry::<super::update_features::UpdateFeatures>(),
    entry::<super::describe_cluster::DescribeCluster>(),
    entry::<super::describe_producers::DescribeProducers>(),
    entry::<super::unregister_broker::UnregisterBroker>(),
    entry::<super::describe_transactions::DescribeTransactions>(),
    entry::<super::list_transactions::ListTransactions>(),
    entry::<super::consumer_group_heartbeat::ConsumerGroupHeartbeat>(),
    entry::<super::consumer_group_describe::ConsumerGroupDescribe>(),
    entry::<super::list_config_resources::ListConfigResources>(),
    entry::<super::describe_topic_partitions::DescribeTopicPartitions>(),
    entry::<super::add_raft_voter::AddRaftVoter>(),
    entry::<super::remove_raft_voter::RemoveRaftVoter>(),
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
