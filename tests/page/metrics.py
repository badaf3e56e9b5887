"""`/metrics` as Prometheus' own parser reads it: python metrics.py http://HOST:PORT, one line a check."""

import collections
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

URL = sys.argv[1] + "/metrics"
# What alerts and dashboards for Apache Kafka ask for, by the names of the JMX exporter's rules and of kafka_exporter.
WANTED = """
kafka_server_brokertopicmetrics_messagesin_total kafka_server_brokertopicmetrics_bytesin_total
kafka_server_brokertopicmetrics_bytesout_total kafka_server_brokertopicmetrics_totalproducerequests_total
kafka_server_brokertopicmetrics_totalfetchrequests_total kafka_server_kafkaserver_brokerstate
kafka_server_replicamanager_partitioncount kafka_server_replicamanager_leadercount
kafka_server_replicamanager_underreplicatedpartitions kafka_server_replicamanager_underminisrpartitioncount
kafka_server_replicamanager_offlinereplicacount kafka_server_replicamanager_isrshrinks_total
kafka_server_replicamanager_isrexpands_total kafka_server_replicamanager_partitionswithlatetransactionscount
kafka_controller_kafkacontroller_activecontrollercount kafka_controller_kafkacontroller_offlinepartitionscount
kafka_controller_kafkacontroller_preferredreplicaimbalancecount kafka_controller_kafkacontroller_globaltopiccount
kafka_controller_kafkacontroller_globalpartitioncount kafka_controller_controllerstats_uncleanleaderelections_total
kafka_network_requestmetrics_requests_total kafka_network_requestmetrics_totaltimems_count
kafka_network_requestmetrics_totaltimems_sum kafka_network_requestmetrics_totaltimems
kafka_server_socketservermetrics_connection_count kafka_server_socketservermetrics_connection_creation_total
kafka_server_fetchsessioncache_numincrementalfetchsessions
kafka_server_fetchsessioncache_numincrementalfetchpartitionscached
kafka_server_fetchsessioncache_incrementalfetchsessionevictions_total
kafka_log_log_size kafka_log_log_logstartoffset kafka_log_log_logendoffset
kafka_log_logflushstats_logflushrateandtimems_count kafka_log_logmanager_offlinelogdirectorycount
kafka_coordinator_group_groupmetadatamanager_numgroups kafka_coordinator_group_groupmetadatamanager_numoffsets
kafka_server_group_coordinator_metrics_group_count kafka_server_group_coordinator_metrics_consumer_group_count
kafka_consumergroup_members kafka_consumergroup_lag kafka_consumergroup_current_offset
kafka_network_requestmetrics_errors_total kafka_log_log_numlogsegments
kafka_server_brokertopicmetrics_failedproducerequests_total kafka_server_brokertopicmetrics_failedfetchrequests_total
kafka_topic_partitions kafka_topic_partition_current_offset kafka_topic_partition_oldest_offset kafka_brokers
millstream_limit_hits_total millstream_transactional_ids millstream_metrics_left_out
process_resident_memory_bytes process_cpu_seconds_total process_start_time_seconds process_open_fds
""".split()

failed = False


def check(name, problems):
    global failed
    problems = list(problems)
    failed |= bool(problems)
    print(f"FAIL {name}: {problems[:5]}" if problems else f"ok {name}")


def samples():
    text = urllib.request.urlopen(URL, timeout=30).read().decode()
    families = list(text_string_to_metric_families(text))
    return families, [sample for family in families for sample in family.samples]


families, before = samples()
names = {sample.name for sample in before}
check("/metrics: every name that dashboards ask for", (name for name in WANTED if name not in names))
check("/metrics: each family once and with its type",
      [name for name, count in collections.Counter(family.name for family in families).items() if count > 1]
      + [family.name for family in families if family.type == "unknown"])
series = collections.Counter((sample.name, tuple(sorted(sample.labels.items()))) for sample in before)
check("/metrics: each series once", [one for one, count in series.items() if count > 1])
check("/metrics: no series of an unnamed thing but a query's",
      [sample for sample in before if "" in sample.labels.values() and not sample.name.startswith("millstream_query")])
value = {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for sample in before}
_, after = samples()
counters = {sample.name for family in families if family.type == "counter" for sample in family.samples}
check("/metrics: counters only grow",
      [sample.name for sample in after if sample.name in counters
       and sample.value < value.get((sample.name, tuple(sorted(sample.labels.items()))), 0)])
groups = {sample.labels["consumergroup"] for sample in after if sample.name == "kafka_consumergroup_lag"}
check("/metrics: the lag of both groups", {"page-classic", "page-consumer"} - groups)
sys.exit(failed)
