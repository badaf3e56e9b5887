//! Connections, fetch sessions, transactions, limits, and the process itself.

use super::page::Page;
use crate::model::Broker;

pub(super) fn sessions(page: &mut Page, broker: &Broker) {
    let socket = "kafka_server_socketservermetrics_connection";
    page.one(&format!("{socket}_count"), "gauge", broker.connections);
    page.one(&format!("{socket}_creation_total"), "counter", broker.connections_opened);
    let closed = broker.connections_opened.saturating_sub(broker.connections);
    page.one(&format!("{socket}_close_total"), "counter", closed);
    let cache = "kafka_server_fetchsessioncache";
    page.one(&format!("{cache}_numincrementalfetchsessions"), "gauge", broker.fetch_sessions.sessions);
    page.one(
        &format!("{cache}_numincrementalfetchpartitionscached"),
        "gauge",
        broker.fetch_sessions.partitions,
    );
    page.one(
        &format!("{cache}_incrementalfetchsessionevictions_total"),
        "counter",
        broker.fetch_sessions.evictions,
    );
    let states = broker.transactions.iter().map(|(state, count)| (vec![("state", state.as_str())], *count));
    page.many("millstream_transactional_ids", "gauge", states);
    let late = "kafka_server_replicamanager_partitionswithlatetransactionscount";
    page.one(late, "gauge", broker.late_transaction_partitions);
    let limits = broker.limits.iter().map(|limit| {
        let labels = vec![("limit", limit.limit), ("setting", limit.setting)];
        (labels, limit.hits)
    });
    page.many("millstream_limit_hits_total", "counter", limits);
    process(page, broker);
}

/// As Prometheus' own clients name it.
fn process(page: &mut Page, broker: &Broker) {
    let process = broker.process;
    if let Some(cpu) = process.cpu {
        page.one("process_cpu_seconds_total", "counter", cpu.as_secs_f64());
    }
    let gauges = [
        ("process_start_time_seconds", process.started),
        ("process_open_fds", process.open_files.map(|files| files as f64)),
        ("process_max_fds", process.most_files.map(|files| files as f64)),
    ];
    for (name, value) in gauges {
        value.into_iter().for_each(|value| page.one(name, "gauge", value));
    }
}
