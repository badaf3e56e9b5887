//! The names of the commands, as books and people write them.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::failure::Failure;
use crate::{
    broker_api_versions, client_metrics, cluster, configs, console_consumer, console_producer,
    consumer_groups, delete_records, dump_log, features, get_offsets, groups, leader_election, log_dirs,
    metadata_quorum, perf_test, reassign_partitions, server_stop, storage, topics, transactions, verifiable,
    zookeeper,
};

/// A command of Apache Kafka that this crate runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `kafka-broker-api-versions`.
    BrokerApiVersions,
    /// `kafka-client-metrics`.
    ClientMetrics,
    /// `kafka-cluster`.
    Cluster,
    /// `kafka-configs`.
    Configs,
    /// `kafka-console-consumer`.
    ConsoleConsumer,
    /// `kafka-console-producer`.
    ConsoleProducer,
    /// `kafka-consumer-groups`.
    ConsumerGroups,
    /// `kafka-consumer-perf-test`.
    ConsumerPerfTest,
    /// `kafka-delete-records`.
    DeleteRecords,
    /// `kafka-dump-log`.
    DumpLog,
    /// `kafka-features`.
    Features,
    /// `kafka-get-offsets`.
    GetOffsets,
    /// `kafka-groups`.
    Groups,
    /// `kafka-leader-election`.
    LeaderElection,
    /// `kafka-log-dirs`.
    LogDirs,
    /// `kafka-metadata-quorum`.
    MetadataQuorum,
    /// `kafka-producer-perf-test`.
    ProducerPerfTest,
    /// `kafka-reassign-partitions`.
    ReassignPartitions,
    /// `kafka-server-stop`.
    ServerStop,
    /// `kafka-storage`.
    Storage,
    /// `kafka-topics`.
    Topics,
    /// `kafka-transactions`.
    Transactions,
    /// `kafka-verifiable-consumer`.
    VerifiableConsumer,
    /// `kafka-verifiable-producer`.
    VerifiableProducer,
    /// `zookeeper-server-start` of books before Kafka 4.0.
    ZookeeperServerStart,
}

/// Every name and its command.
const TOOLS: &[(&str, Tool)] = &[
    ("kafka-broker-api-versions", Tool::BrokerApiVersions),
    ("kafka-client-metrics", Tool::ClientMetrics),
    ("kafka-cluster", Tool::Cluster),
    ("kafka-configs", Tool::Configs),
    ("kafka-console-consumer", Tool::ConsoleConsumer),
    ("kafka-console-producer", Tool::ConsoleProducer),
    ("kafka-consumer-groups", Tool::ConsumerGroups),
    ("kafka-consumer-perf-test", Tool::ConsumerPerfTest),
    ("kafka-delete-records", Tool::DeleteRecords),
    ("kafka-dump-log", Tool::DumpLog),
    ("kafka-features", Tool::Features),
    ("kafka-get-offsets", Tool::GetOffsets),
    ("kafka-groups", Tool::Groups),
    ("kafka-leader-election", Tool::LeaderElection),
    ("kafka-log-dirs", Tool::LogDirs),
    ("kafka-metadata-quorum", Tool::MetadataQuorum),
    ("kafka-producer-perf-test", Tool::ProducerPerfTest),
    ("kafka-reassign-partitions", Tool::ReassignPartitions),
    ("kafka-server-stop", Tool::ServerStop),
    ("kafka-storage", Tool::Storage),
    ("kafka-topics", Tool::Topics),
    ("kafka-transactions", Tool::Transactions),
    ("kafka-verifiable-consumer", Tool::VerifiableConsumer),
    ("kafka-verifiable-producer", Tool::VerifiableProducer),
    ("zookeeper-server-start", Tool::ZookeeperServerStart),
];

/// The names that `install-names` links to the binary, each with and without `.sh`: the commands of this crate, and
/// those that the binary itself answers to.
pub const INSTALLED_NAMES: &[&str] = &[
    "kafka-broker-api-versions",
    "kafka-client-metrics",
    "kafka-cluster",
    "kafka-configs",
    "kafka-console-consumer",
    "kafka-console-producer",
    "kafka-consumer-groups",
    "kafka-consumer-perf-test",
    "kafka-delete-records",
    "kafka-dump-log",
    "kafka-features",
    "kafka-get-offsets",
    "kafka-groups",
    "kafka-leader-election",
    "kafka-log-dirs",
    "kafka-metadata-quorum",
    "kafka-producer-perf-test",
    "kafka-reassign-partitions",
    "kafka-server-start",
    "kafka-server-stop",
    "kafka-storage",
    "kafka-topics",
    "kafka-transactions",
    "kafka-verifiable-consumer",
    "kafka-verifiable-producer",
    "pyspark",
    "spark-sql",
    "spark-submit",
    "zookeeper-server-start",
];

impl Tool {
    /// The command of this name, with or without `.sh`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_suffix(".sh").unwrap_or(name);
        TOOLS.iter().find(|(known, _)| *known == name).map(|(_, tool)| *tool)
    }

    /// Runs the command to its end. `arguments` are those behind the name.
    pub async fn run(self, arguments: Vec<OsString>) -> ExitCode {
        let outcome = match self {
            Self::BrokerApiVersions => Box::pin(broker_api_versions::run(arguments)).await,
            Self::ClientMetrics => client_metrics::run(arguments).await,
            Self::Cluster => Box::pin(cluster::run(arguments)).await,
            Self::Configs => configs::run(arguments).await,
            Self::ConsoleConsumer => Box::pin(console_consumer::run(arguments)).await,
            Self::ConsoleProducer => Box::pin(console_producer::run(arguments)).await,
            Self::ConsumerGroups => Box::pin(consumer_groups::run(arguments)).await,
            Self::ConsumerPerfTest => Box::pin(perf_test::consumer::run(arguments)).await,
            Self::DeleteRecords => Box::pin(delete_records::run(arguments)).await,
            Self::DumpLog => dump_log::run(arguments),
            Self::Features => Box::pin(features::run(arguments)).await,
            Self::GetOffsets => get_offsets::run(arguments).await,
            Self::Groups => Box::pin(groups::run(arguments)).await,
            Self::LeaderElection => Box::pin(leader_election::run(arguments)).await,
            Self::LogDirs => Box::pin(log_dirs::run(arguments)).await,
            Self::MetadataQuorum => metadata_quorum::run(arguments).await,
            Self::ProducerPerfTest => Box::pin(perf_test::producer::run(arguments)).await,
            Self::ReassignPartitions => Box::pin(reassign_partitions::run(arguments)).await,
            Self::ServerStop => server_stop::run(arguments).await,
            Self::Storage => storage::run(arguments),
            Self::Topics => Box::pin(topics::run(arguments)).await,
            Self::Transactions => Box::pin(transactions::run(arguments)).await,
            Self::VerifiableConsumer => Box::pin(verifiable::consumer::run(arguments)).await,
            Self::VerifiableProducer => Box::pin(verifiable::producer::run(arguments)).await,
            Self::ZookeeperServerStart => zookeeper::run(),
        };
        outcome.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_end_in_sh() {
        assert_eq!(Tool::named("kafka-server-stop"), Some(Tool::ServerStop));
        assert_eq!(Tool::named("kafka-server-stop.sh"), Some(Tool::ServerStop));
        assert_eq!(Tool::named("kafka-topics"), Some(Tool::Topics));
        assert_eq!(Tool::named("start"), None);
    }

    #[test]
    fn names_are_installed_once() {
        assert!(INSTALLED_NAMES.is_sorted());
        for (name, _) in TOOLS {
            assert!(INSTALLED_NAMES.contains(name), "{name} is not installed");
        }
        let elsewhere = ["kafka-server-start", "pyspark", "spark-sql", "spark-submit"];
        for name in INSTALLED_NAMES.iter().filter(|name| !elsewhere.contains(name)) {
            assert!(Tool::named(name).is_some(), "{name} is nobody's");
        }
    }
}
