//! The broker under the names that dashboards for Apache Kafka know.
//!
//! Two families: what a Kafka broker tells over JMX, named as Prometheus' JMX exporter and Strimzi name it (lower case,
//! `..PerSec` as `.._total`), and offsets and lags as `kafka_exporter` names them. A broker that is alone has all its
//! copies in sync, so those gauges are 0; they are there because alerts ask for them.
//!
//! Series are bounded: the first [`SERIES`] topics and partitions by name have series of their own, the rest is in the sums and
//! counted in `millstream_metrics_left_out`. So a scrape of 10,000 partitions is as large as one of 2,000.

use super::{groups, page::Page, sessions};
use crate::model::{Broker, BrokerTopic, PartitionState};

/// Kafka's number for a broker that runs.
const RUNNING: u8 = 3;
/// Topics, and partitions, that have series of their own.
const SERIES: usize = 2_000;

pub(super) fn text(broker: &Broker) -> String {
    let mut page = Page::default();
    traffic(&mut page, broker);
    replicas(&mut page, broker);
    requests(&mut page, broker);
    partitions(&mut page, broker);
    let groups_left_out = groups::groups(&mut page, broker);
    sessions::sessions(&mut page, broker);
    left_out(&mut page, broker, groups_left_out);
    page.text()
}

/// Sums over all topics stand without a label, as Kafka has them.
fn traffic(page: &mut Page, broker: &Broker) {
    let mut each = |name: &str, pick: fn(&BrokerTopic) -> u64| {
        let name = format!("kafka_server_brokertopicmetrics_{name}_total");
        page.one(&name, "counter", broker.topics.iter().map(pick).sum::<u64>());
        let topics = broker.topics.iter().take(SERIES);
        topics.for_each(|topic| page.line(&name, &[("topic", &topic.name)], pick(topic)));
    };
    each("messagesin", |topic| topic.records_in);
    each("bytesin", |topic| topic.bytes_in);
    each("bytesout", |topic| topic.bytes_out);
    for (api, name) in [("Produce", "totalproducerequests"), ("Fetch", "totalfetchrequests")] {
        let count = broker.requests.iter().find(|row| row.api == api).map_or(0, |row| row.times.count);
        page.one(&format!("kafka_server_brokertopicmetrics_{name}_total"), "counter", count);
    }
    for (api, name) in [("Produce", "failedproducerequests"), ("Fetch", "failedfetchrequests")] {
        let rows = broker.requests.iter().filter(|row| row.api == api);
        let failed =
            rows.flat_map(|row| &row.codes).filter(|(code, _)| *code != "NONE").map(|(_, count)| count);
        page.one(&format!("kafka_server_brokertopicmetrics_{name}_total"), "counter", failed.sum::<u64>());
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
        ("kafka_server_replicamanager_atminisrpartitioncount", 0),
        ("kafka_server_replicamanager_reassigningpartitions", 0),
        ("kafka_log_logmanager_offlinelogdirectorycount", 0),
        ("kafka_controller_kafkacontroller_activecontrollercount", 1),
        ("kafka_controller_kafkacontroller_activebrokercount", 1),
        ("kafka_controller_kafkacontroller_fencedbrokercount", 0),
        ("kafka_controller_kafkacontroller_globaltopiccount", broker.topics.len()),
        ("kafka_controller_kafkacontroller_globalpartitioncount", partitions),
        ("kafka_controller_kafkacontroller_offlinepartitionscount", offline),
        ("kafka_controller_kafkacontroller_preferredreplicaimbalancecount", 0),
    ];
    gauges.into_iter().for_each(|(name, value)| page.one(name, "gauge", value));
    for name in ["isrshrinks", "isrexpands", "failedisrupdates"] {
        page.one(&format!("kafka_server_replicamanager_{name}_total"), "counter", 0);
    }
    page.one("kafka_controller_controllerstats_uncleanleaderelections_total", "counter", 0);
    page.one("kafka_brokers", "gauge", 1);
}

fn requests(page: &mut Page, broker: &Broker) {
    let counts = broker.requests.iter().map(|row| (vec![("request", row.api.as_str())], row.times.count));
    page.many("kafka_network_requestmetrics_requests_total", "counter", counts);
    let errors = broker.requests.iter().flat_map(|row| {
        row.codes.iter().map(|(code, count)| (vec![("request", row.api.as_str()), ("error", *code)], *count))
    });
    page.many("kafka_network_requestmetrics_errors_total", "counter", errors);
    let rows = broker.requests.iter().map(|row| (vec![("request", row.api.as_str())], &row.times));
    page.times("kafka_network_requestmetrics_totaltimems", rows);
    page.times("kafka_log_logflushstats_logflushrateandtimems", [(vec![], &broker.flushes)].into_iter());
}

fn partitions(page: &mut Page, broker: &Broker) {
    let all = broker.topics.iter().flat_map(|topic| topic.partitions.iter().map(move |one| (topic, one)));
    let shown: Vec<_> = all
        .filter(|(_, partition)| partition.is_online)
        .take(SERIES)
        .map(|(topic, partition)| (topic.name.as_str(), partition.index.to_string(), partition))
        .collect();
    let mut each = |name: &str, pick: fn(&PartitionState) -> i64| {
        page.head(name, "gauge");
        for (topic, index, partition) in &shown {
            page.line(name, &[("topic", topic), ("partition", index)], pick(partition));
        }
    };
    each("kafka_log_log_size", |partition| i64::try_from(partition.size).unwrap_or(i64::MAX));
    each("kafka_log_log_numlogsegments", |partition| i64::try_from(partition.segments).unwrap_or(i64::MAX));
    each("kafka_log_log_logstartoffset", |partition| partition.start);
    each("kafka_log_log_logendoffset", |partition| partition.end);
    each("kafka_topic_partition_current_offset", |partition| partition.end);
    each("kafka_topic_partition_oldest_offset", |partition| partition.start);
    each("kafka_topic_partition_under_replicated_partition", |_| 0);
    each("kafka_topic_partition_replicas", |_| 1);
    each("kafka_topic_partition_in_sync_replica", |_| 1);
    let topics = broker.topics.iter().take(SERIES);
    let counts = topics.map(|topic| (vec![("topic", topic.name.as_str())], topic.partitions.len()));
    page.many("kafka_topic_partitions", "gauge", counts);
}

/// How much has no series of its own.
fn left_out(page: &mut Page, broker: &Broker, offsets: usize) {
    let partitions = broker.topics.iter().flat_map(|topic| &topic.partitions);
    let partitions = partitions.filter(|partition| partition.is_online).count();
    let rows = [("topics", broker.topics.len()), ("partitions", partitions)]
        .map(|(what, count)| (what, count.saturating_sub(SERIES)));
    let rows = rows.into_iter().chain([("group_offsets", offsets)]);
    page.many(
        "millstream_metrics_left_out",
        "gauge",
        rows.map(|(what, count)| (vec![("what", what)], count)),
    );
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect;

    use super::*;
    use crate::model::{BrokerGroup, CommittedOffset, FetchSessions, LimitHits, Process, Requests, Times};

    fn times() -> Times {
        Times {
            count: 4,
            total: Duration::from_millis(10),
            quantiles: vec![(0.5, Duration::from_micros(1500)), (0.99, Duration::from_millis(4))],
        }
    }

    fn broker() -> Broker {
        let online = PartitionState { index: 0, is_online: true, start: 2, end: 9, size: 70, segments: 1 };
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
                times: times(),
                codes: vec![("NONE", 3), ("CORRUPT_MESSAGE", 1)],
            }],
            connections: 3,
            connections_opened: 8,
            fetch_sessions: FetchSessions { sessions: 2, partitions: 5, evictions: 1 },
            transactions: vec![("Ongoing".into(), 1), ("CompleteCommit".into(), 2)],
            late_transaction_partitions: 0,
            flushes: times(),
            limits: vec![LimitHits { limit: "frame_size", setting: "socket.request.max.bytes", hits: 2 }],
            process: Process {
                cpu: Some(Duration::from_millis(1_250)),
                open_files: Some(40),
                ..Process::default()
            },
            groups: vec![BrokerGroup {
                id: "lab".into(),
                state: "Stable".into(),
                protocol: "classic",
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
            # TYPE kafka_server_brokertopicmetrics_failedproducerequests_total counter
            kafka_server_brokertopicmetrics_failedproducerequests_total 1
            # TYPE kafka_server_brokertopicmetrics_failedfetchrequests_total counter
            kafka_server_brokertopicmetrics_failedfetchrequests_total 0
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
            # TYPE kafka_server_replicamanager_atminisrpartitioncount gauge
            kafka_server_replicamanager_atminisrpartitioncount 0
            # TYPE kafka_server_replicamanager_reassigningpartitions gauge
            kafka_server_replicamanager_reassigningpartitions 0
            # TYPE kafka_log_logmanager_offlinelogdirectorycount gauge
            kafka_log_logmanager_offlinelogdirectorycount 0
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
            # TYPE kafka_server_replicamanager_isrshrinks_total counter
            kafka_server_replicamanager_isrshrinks_total 0
            # TYPE kafka_server_replicamanager_isrexpands_total counter
            kafka_server_replicamanager_isrexpands_total 0
            # TYPE kafka_server_replicamanager_failedisrupdates_total counter
            kafka_server_replicamanager_failedisrupdates_total 0
            # TYPE kafka_controller_controllerstats_uncleanleaderelections_total counter
            kafka_controller_controllerstats_uncleanleaderelections_total 0
            # TYPE kafka_brokers gauge
            kafka_brokers 1
            # TYPE kafka_network_requestmetrics_requests_total counter
            kafka_network_requestmetrics_requests_total{request="Produce"} 4
            # TYPE kafka_network_requestmetrics_errors_total counter
            kafka_network_requestmetrics_errors_total{request="Produce",error="NONE"} 3
            kafka_network_requestmetrics_errors_total{request="Produce",error="CORRUPT_MESSAGE"} 1
            # TYPE kafka_network_requestmetrics_totaltimems summary
            kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.5"} 1.5
            kafka_network_requestmetrics_totaltimems{request="Produce",quantile="0.99"} 4
            kafka_network_requestmetrics_totaltimems_sum{request="Produce"} 10
            kafka_network_requestmetrics_totaltimems_count{request="Produce"} 4
            # TYPE kafka_log_logflushstats_logflushrateandtimems summary
            kafka_log_logflushstats_logflushrateandtimems{quantile="0.5"} 1.5
            kafka_log_logflushstats_logflushrateandtimems{quantile="0.99"} 4
            kafka_log_logflushstats_logflushrateandtimems_sum 10
            kafka_log_logflushstats_logflushrateandtimems_count 4
            # TYPE kafka_log_log_size gauge
            kafka_log_log_size{topic="clicks",partition="0"} 70
            # TYPE kafka_log_log_numlogsegments gauge
            kafka_log_log_numlogsegments{topic="clicks",partition="0"} 1
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
            # TYPE kafka_topic_partition_replicas gauge
            kafka_topic_partition_replicas{topic="clicks",partition="0"} 1
            # TYPE kafka_topic_partition_in_sync_replica gauge
            kafka_topic_partition_in_sync_replica{topic="clicks",partition="0"} 1
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
            # TYPE kafka_server_group_coordinator_metrics_group_count gauge
            kafka_server_group_coordinator_metrics_group_count{protocol="classic"} 1
            kafka_server_group_coordinator_metrics_group_count{protocol="consumer"} 0
            # TYPE kafka_server_group_coordinator_metrics_consumer_group_count gauge
            kafka_server_group_coordinator_metrics_consumer_group_count{state="Empty"} 0
            kafka_server_group_coordinator_metrics_consumer_group_count{state="Assigning"} 0
            kafka_server_group_coordinator_metrics_consumer_group_count{state="Reconciling"} 0
            kafka_server_group_coordinator_metrics_consumer_group_count{state="Stable"} 0
            # TYPE kafka_consumergroup_members gauge
            kafka_consumergroup_members{consumergroup="lab"} 1
            # TYPE kafka_consumergroup_current_offset gauge
            kafka_consumergroup_current_offset{consumergroup="lab",topic="clicks",partition="0"} 5
            # TYPE kafka_consumergroup_lag gauge
            kafka_consumergroup_lag{consumergroup="lab",topic="clicks",partition="0"} 4
            # TYPE kafka_server_socketservermetrics_connection_count gauge
            kafka_server_socketservermetrics_connection_count 3
            # TYPE kafka_server_socketservermetrics_connection_creation_total counter
            kafka_server_socketservermetrics_connection_creation_total 8
            # TYPE kafka_server_socketservermetrics_connection_close_total counter
            kafka_server_socketservermetrics_connection_close_total 5
            # TYPE kafka_server_fetchsessioncache_numincrementalfetchsessions gauge
            kafka_server_fetchsessioncache_numincrementalfetchsessions 2
            # TYPE kafka_server_fetchsessioncache_numincrementalfetchpartitionscached gauge
            kafka_server_fetchsessioncache_numincrementalfetchpartitionscached 5
            # TYPE kafka_server_fetchsessioncache_incrementalfetchsessionevictions_total counter
            kafka_server_fetchsessioncache_incrementalfetchsessionevictions_total 1
            # TYPE millstream_transactional_ids gauge
            millstream_transactional_ids{state="Ongoing"} 1
            millstream_transactional_ids{state="CompleteCommit"} 2
            # TYPE kafka_server_replicamanager_partitionswithlatetransactionscount gauge
            kafka_server_replicamanager_partitionswithlatetransactionscount 0
            # TYPE millstream_limit_hits_total counter
            millstream_limit_hits_total{limit="frame_size",setting="socket.request.max.bytes"} 2
            # TYPE process_cpu_seconds_total counter
            process_cpu_seconds_total 1.25
            # TYPE process_open_fds gauge
            process_open_fds 40
            # TYPE millstream_metrics_left_out gauge
            millstream_metrics_left_out{what="topics"} 0
            millstream_metrics_left_out{what="partitions"} 0
            millstream_metrics_left_out{what="group_offsets"} 0
        "##]]
        .assert_eq(&text(&broker));
    }

    #[test]
    fn nothing_is_told_of_what_is_not_there() {
        let text = text(&Broker::default());
        assert!(!text.contains("kafka_consumergroup_lag") && !text.contains("totaltimems"));
        assert!(text.contains("kafka_server_replicamanager_underreplicatedpartitions 0\n"));
    }

    #[test]
    fn ten_thousand_partitions_and_groups_are_bounded() {
        let partition = PartitionState { is_online: true, end: 1, ..PartitionState::default() };
        let topic = |n: usize| BrokerTopic {
            name: format!("t{n:05}"),
            partitions: vec![partition],
            records_in: 1,
            ..BrokerTopic::default()
        };
        let offset = |n: i64| CommittedOffset { topic: "t".into(), partition: 0, offset: 0, lag: n };
        let group = |n: i64| BrokerGroup {
            id: format!("g{n:05}"),
            offsets: vec![offset(n)],
            ..BrokerGroup::default()
        };
        let broker = Broker {
            topics: (0..10_000).map(topic).collect(),
            groups: (0..10_000).map(group).collect(),
            ..Broker::default()
        };
        let text = text(&broker);
        assert!(text.lines().count() < 18 * SERIES, "{} lines", text.lines().count());
        for line in [
            "kafka_server_brokertopicmetrics_messagesin_total 10000",
            "kafka_server_replicamanager_partitioncount 10000",
            "kafka_coordinator_group_groupmetadatamanager_numgroups 10000",
            "millstream_metrics_left_out{what=\"partitions\"} 8000",
            "millstream_metrics_left_out{what=\"group_offsets\"} 8000",
            "kafka_consumergroup_lag{consumergroup=\"g09999\",topic=\"t\",partition=\"0\"} 9999",
        ] {
            assert!(text.lines().any(|found| found == line), "no {line}");
        }
    }
}
