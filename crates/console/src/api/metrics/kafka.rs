//! The broker under the names that dashboards for Apache Kafka know.
//!
//! Two families: what a Kafka broker tells over JMX, named as Prometheus' JMX exporter and Strimzi name it (lower case,
//! `..PerSec` as `.._total`), and offsets and lags as `kafka_exporter` names them. A broker that is alone has all its
//! copies in sync, so those gauges are 0; they are there because alerts ask for them.

use std::time::Duration;

use super::page::Page;
use crate::model::{Broker, BrokerTopic, PartitionState};

/// Kafka's number for a broker that runs.
const RUNNING: u8 = 3;
/// States of groups that Kafka counts one by one.
const GROUP_STATES: [(&str, &str); 5] = [
    ("Stable", "stable"),
    ("Empty", "empty"),
    ("Dead", "dead"),
    ("PreparingRebalance", "preparingrebalance"),
    ("CompletingRebalance", "completingrebalance"),
];

pub(super) fn text(broker: &Broker) -> String {
    let mut page = Page::default();
    traffic(&mut page, broker);
    replicas(&mut page, broker);
    requests(&mut page, broker);
    partitions(&mut page, broker);
    groups(&mut page, broker);
    page.text()
}

/// Sums over all topics stand without a label, as Kafka has them.
fn traffic(page: &mut Page, broker: &Broker) {
    let mut each = |name: &str, pick: fn(&BrokerTopic) -> u64| {
        let name = format!("kafka_server_brokertopicmetrics_{name}_total");
        page.one(&name, "counter", broker.topics.iter().map(pick).sum::<u64>());
        broker.topics.iter().for_each(|topic| page.line(&name, &[("topic", &topic.name)], pick(topic)));
    };
    each("messagesin", |topic| topic.records_in);
    each("bytesin", |topic| topic.bytes_in);
    each("bytesout", |topic| topic.bytes_out);
    for (api, name) in [("Produce", "totalproducerequests"), ("Fetch", "totalfetchrequests")] {
        let count = broker.requests.iter().find(|row| row.api == api).map_or(0, |row| row.count);
        page.one(&format!("kafka_server_brokertopicmetrics_{name}_total"), "counter", count);
    }
}

fn replicas(page: &mut Page, broker: &Broker) {
    let all = || broker.topics.iter().flat_map(|topic| &topic.partitions);
    let partitions = all().count();
    let offline = all().filter(|partition| !partition.is_online).count();
    let gauges = [
        ("kafka_server_kafkaserver_brokerstate", RUNNING.into()),
        ("kafka_server_replicamanager_partitioncount", partitions),
        ("kafka_server_replicamanager_leadercount", partitions - offline),
        ("kafka_server_replicamanager_offlinereplicacount", offline),
        ("kafka_server_replicamanager_underreplicatedpartitions", 0),
        ("kafka_server_replicamanager_underminisrpartitioncount", 0),
        ("kafka_server_replicamanager_reassigningpartitions", 0),
        ("kafka_controller_kafkacontroller_activecontrollercount", 1),
        ("kafka_controller_kafkacontroller_activebrokercount", 1),
        ("kafka_controller_kafkacontroller_fencedbrokercount", 0),
        ("kafka_controller_kafkacontroller_globaltopiccount", broker.topics.len()),
        ("kafka_controller_kafkacontroller_globalpartitioncount", partitions),
        ("kafka_controller_kafkacontroller_offlinepartitionscount", offline),
        ("kafka_controller_kafkacontroller_preferredreplicaimbalancecount", 0),
    ];
    gauges.into_iter().for_each(|(name, value)| page.one(name, "gauge", value));
    page.one("kafka_server_socketservermetrics_connection_count", "gauge", broker.connections);
    page.one("kafka_brokers", "gauge", 1);
}

fn requests(page: &mut Page, broker: &Broker) {
    let counts = broker.requests.iter().map(|row| (vec![("request", row.api.as_str())], row.count));
    page.many("kafka_network_requestmetrics_requests_total", "counter", counts);
    let name = "kafka_network_requestmetrics_totaltimems";
    let ms = |time: Duration| time.as_secs_f64() * 1_000.0;
    if !broker.requests.is_empty() {
        page.head(name, "summary");
    }
    for row in &broker.requests {
        for (share, time) in &row.quantiles {
            page.line(name, &[("request", &row.api), ("quantile", &share.to_string())], ms(*time));
        }
        let labels = [("request", row.api.as_str())];
        page.line(&format!("{name}_sum"), &labels, ms(row.total));
        page.line(&format!("{name}_count"), &labels, row.count);
    }
}

fn partitions(page: &mut Page, broker: &Broker) {
    let mut each = |name: &str, pick: fn(&PartitionState) -> i64| {
        page.head(name, "gauge");
        for topic in &broker.topics {
            for partition in topic.partitions.iter().filter(|partition| partition.is_online) {
                let labels = [("topic", topic.name.as_str()), ("partition", &partition.index.to_string())];
                page.line(name, &labels, pick(partition));
            }
        }
    };
    each("kafka_log_log_size", |partition| i64::try_from(partition.size).unwrap_or(i64::MAX));
    each("kafka_log_log_logstartoffset", |partition| partition.start);
    each("kafka_log_log_logendoffset", |partition| partition.end);
    each("kafka_topic_partition_current_offset", |partition| partition.end);
    each("kafka_topic_partition_oldest_offset", |partition| partition.start);
    each("kafka_topic_partition_under_replicated_partition", |_| 0);
    let counts =
        broker.topics.iter().map(|topic| (vec![("topic", topic.name.as_str())], topic.partitions.len()));
    page.many("kafka_topic_partitions", "gauge", counts);
}

fn groups(page: &mut Page, broker: &Broker) {
    let manager = "kafka_coordinator_group_groupmetadatamanager";
    page.one(&format!("{manager}_numgroups"), "gauge", broker.groups.len());
    for (state, name) in GROUP_STATES {
        let count = broker.groups.iter().filter(|group| group.state == state).count();
        page.one(&format!("{manager}_numgroups{name}"), "gauge", count);
    }
    let offsets = broker.groups.iter().map(|group| group.offsets.len()).sum::<usize>();
    page.one(&format!("{manager}_numoffsets"), "gauge", offsets);
    let members =
        broker.groups.iter().map(|group| (vec![("consumergroup", group.id.as_str())], group.members));
    page.many("kafka_consumergroup_members", "gauge", members);
    let committed: Vec<_> = broker
        .groups
        .iter()
        .flat_map(|group| group.offsets.iter().map(move |one| (group, one, one.partition.to_string())))
        .collect();
    let mut each = |name: &str, pick: fn(&crate::model::CommittedOffset) -> i64| {
        let lines = committed.iter().map(|(group, one, partition)| {
            let labels = vec![
                ("consumergroup", group.id.as_str()),
                ("topic", one.topic.as_str()),
                ("partition", partition.as_str()),
            ];
            (labels, pick(one))
        });
        page.many(name, "gauge", lines);
    };
    each("kafka_consumergroup_current_offset", |one| one.offset);
    each("kafka_consumergroup_lag", |one| one.lag);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::model::{BrokerGroup, CommittedOffset, Requests};

    fn broker() -> Broker {
        let online = PartitionState { index: 0, is_online: true, start: 2, end: 9, size: 70 };
        Broker {
            topics: vec![BrokerTopic {
                name: "clicks".into(),
                partitions: vec![online, PartitionState { index: 1, ..PartitionState::default() }],
                records_in: 9,
                bytes_in: 90,
                bytes_out: 30,
            }],
            requests: vec![Requests {
                api: "Produce".into(),
                count: 4,
                total: Duration::from_millis(10),
                quantiles: vec![(0.5, Duration::from_micros(1500)), (0.99, Duration::from_millis(4))],
            }],
            connections: 3,
            groups: vec![BrokerGroup {
                id: "lab".into(),
                state: "Stable".into(),
                members: 1,
                offsets: vec![CommittedOffset { topic: "clicks".into(), partition: 0, offset: 5, lag: 4 }],
            }],
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one snapshot of every name")]
    fn names_are_those_of_dashboards() {
        let broker = broker();
        expect![[r##"
            # TYPE kafka_server_brokertopicmetrics_messagesin_total counter
            kafka_server_brokertopicmetrics_messagesin_total 9
            kafka_server_brokertopicmetrics_messagesin_total{topic="clicks"} 9
            # TYPE kafka_server_brokertopicmetrics_bytesin_total counter
            kafka_server_brokertopicmetrics_bytesin_total 90
            kafka_server_brokertopicmetrics_bytesin_total{topic="clicks"} 90
            # TYPE kafka_server_brokertopicmetrics_bytesout_total counter
            kafka_server_brokertopicmetrics_bytesout_total 30
            kafka_server_brokertopicmetrics_bytesout_total{topic="clicks"} 30
            # TYPE kafka_server_brokertopicmetrics_totalproducerequests_total counter
            kafka_server_brokertopicmetrics_totalproducerequests_total 4
            # TYPE kafka_server_brokertopicmetrics_totalfetchrequests_total counter
            kafka_server_brokertopicmetrics_totalfetchrequests_total 0
            # TYPE kafka_server_kafkaserver_brokerstate gauge
            kafka_server_kafkaserver_brokerstate 3
            # TYPE kafka_server_replicamanager_partitioncount gauge
            kafka_server_replicamanager_partitioncount 2
            # TYPE kafka_server_replicamanager_leadercount gauge
            kafka_server_replicamanager_leadercount 1
            # TYPE kafka_server_replicamanager_offlinereplicacount gauge
            kafka_server_replicamanager_offlinereplicacount 1
            # TYPE kafka_server_replicamanager_underreplicatedpartitions gauge
            kafka_server_replicamanager_underreplicatedpartitions 0
            # TYPE kafka_server_replicamanager_underminisrpartitioncount gauge
            kafka_server_replicamanager_underminisrpartitioncount 0
            # TYPE kafka_server_replicamanager_reassigningpartitions gauge
            kafka_server_replicamanager_reassigningpartitions 0
            # TYPE kafka_controller_kafkacontroller_activecontrollercount gauge
            kafka_controller_kafkacontroller_activecontrollercount 1
            # TYPE kafka_controller_kafkacontroller_activebrokercount gauge
            kafka_controller_kafkacontroller_activebrokercount 1
            # TYPE kafka_controller_kafkacontroller_fencedbrokercount gauge
            kafka_controller_kafkacontroller_fencedbrokercount 0
            # TYPE kafka_controller_kafkacontroller_globaltopiccount gauge
            kafka_controller_kafkacontroller_globaltopiccount 1
            # TYPE kafka_controller_kafkacontroller_globalpartitioncount gauge
            kafka_controller_kafkacontroller_globalpartitioncount 2
            # TYPE kafka_controller_kafkacontroller_offlinepartitionscount gauge
            kafka_controller_kafkacontroller_offlinepartitionscount 1
            # TYPE kafka_controller_kafkacontroller_preferredreplicaimbalancecount gauge
            kafka_controller_kafkacontroller_preferredreplicaimbalancecount 0
            # TYPE kafka_server_socketservermetrics_connection_count gauge
            kafka_server_socketservermetrics_connection_count 3
            # TYPE kafka_brokers gauge
            kafka_brokers 1
            # TYPE kafka_network_requestmetrics_requests_total counter
            kafka_network_requestmetrics_requests_total{request="Produce"} 4
            # TYPE kafka_network_requestmetrics_totaltimems summary
            kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.5"} 1.5
            kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.99"} 4
            kafka_network_requestmetrics_totaltimems_sum{request="Produce"} 10
            kafka_network_requestmetrics_totaltimems_count{request="Produce"} 4
            # TYPE kafka_log_log_size gauge
            kafka_log_log_size{topic="clicks",partition="0"} 70
            # TYPE kafka_log_log_logstartoffset gauge
            kafka_log_log_logstartoffset{topic="clicks",partition="0"} 2
            # TYPE kafka_log_log_logendoffset gauge
            kafka_log_log_logendoffset{topic="clicks",partition="0"} 9
            # TYPE kafka_topic_partition_current_offset gauge
            kafka_topic_partition_current_offset{topic="clicks",partition="0"} 9
            # TYPE kafka_topic_partition_oldest_offset gauge
            kafka_topic_partition_oldest_offset{topic="clicks",partition="0"} 2
            # TYPE kafka_topic_partition_under_replicated_partition gauge
            kafka_topic_partition_under_replicated_partition{topic="clicks",partition="0"} 0
            # TYPE kafka_topic_partitions gauge
            kafka_topic_partitions{topic="clicks"} 2
            # TYPE kafka_coordinator_group_groupmetadatamanager_numgroups gauge
            kafka_coordinator_group_groupmetadatamanager_numgroups 1
            # TYPE kafka_coordinator_group_groupmetadatamanager_numgroupsstable gauge
            kafka_coordinator_group_groupmetadatamanager_numgroupsstable 1
            # TYPE kafka_coordinator_group_groupmetadatamanager_numgroupsempty gauge
            kafka_coordinator_group_groupmetadatamanager_numgroupsempty 0
            # TYPE kafka_coordinator_group_groupmetadatamanager_numgroupsdead gauge
            kafka_coordinator_group_groupmetadatamanager_numgroupsdead 0
            # TYPE kafka_coordinator_group_groupmetadatamanager_numgroupspreparingrebalance gauge
            kafka_coordinator_group_groupmetadatamanager_numgroupspreparingrebalance 0
            # TYPE kafka_coordinator_group_groupmetadatamanager_numgroupscompletingrebalance gauge
            kafka_coordinator_group_groupmetadatamanager_numgroupscompletingrebalance 0
            # TYPE kafka_coordinator_group_groupmetadatamanager_numoffsets gauge
            kafka_coordinator_group_groupmetadatamanager_numoffsets 1
            # TYPE kafka_consumergroup_members gauge
            kafka_consumergroup_members{consumergroup="lab"} 1
            # TYPE kafka_consumergroup_current_offset gauge
            kafka_consumergroup_current_offset{consumergroup="lab",topic="clicks",partition="0"} 5
            # TYPE kafka_consumergroup_lag gauge
            kafka_consumergroup_lag{consumergroup="lab",topic="clicks",partition="0"} 4
        "##]]
        .assert_eq(&text(&broker));
    }

    #[test]
    fn nothing_is_told_of_what_is_not_there() {
        let text = text(&Broker::default());
        assert!(!text.contains("kafka_consumergroup_lag") && !text.contains("totaltimems"));
        assert!(text.contains("kafka_server_replicamanager_underreplicatedpartitions 0\n"));
    }
}
