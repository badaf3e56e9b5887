//! Consumer groups, as a broker's metrics and `kafka_exporter` name them.
//!
//! Series are bounded: of very many committed offsets, those with the most lag have series of their own.

use std::cmp::Reverse;

use super::page::Page;
use crate::model::{Broker, BrokerGroup, CommittedOffset};

/// Groups, and committed offsets, that have series of their own.
const SERIES: usize = 2_000;
/// States of classic groups that Kafka counts one by one.
const STATES: [(&str, &str); 5] = [
    ("Stable", "stable"),
    ("Empty", "empty"),
    ("Dead", "dead"),
    ("PreparingRebalance", "preparingrebalance"),
    ("CompletingRebalance", "completingrebalance"),
];
/// States of groups of the new protocol (KIP-848).
const CONSUMER_STATES: [&str; 4] = ["Empty", "Assigning", "Reconciling", "Stable"];

/// Tells of the groups; gives how many committed offsets have no series.
pub(super) fn groups(page: &mut Page, broker: &Broker) -> usize {
    let manager = "kafka_coordinator_group_groupmetadatamanager";
    page.one(&format!("{manager}_numgroups"), "gauge", broker.groups.len());
    for (state, name) in STATES {
        let count = broker.groups.iter().filter(|group| group.state == state).count();
        page.one(&format!("{manager}_numgroups{name}"), "gauge", count);
    }
    let offsets = broker.groups.iter().map(|group| group.offsets.len()).sum::<usize>();
    page.one(&format!("{manager}_numoffsets"), "gauge", offsets);
    of_protocols(page, broker);
    let groups = broker.groups.iter().take(SERIES);
    let members = groups.map(|group| (vec![("consumergroup", group.id.as_str())], group.members));
    page.many("kafka_consumergroup_members", "gauge", members);
    lags(page, broker)
}

fn of_protocols(page: &mut Page, broker: &Broker) {
    let of = |protocol: &'static str| broker.groups.iter().filter(move |group| group.protocol == protocol);
    let name = "kafka_server_group_coordinator_metrics_group_count";
    let counts = ["classic", "consumer"].map(|protocol| (vec![("protocol", protocol)], of(protocol).count()));
    page.many(name, "gauge", counts.into_iter());
    let name = "kafka_server_group_coordinator_metrics_consumer_group_count";
    let count = |state: &'static str| of("consumer").filter(|group| group.state == state).count();
    let counts = CONSUMER_STATES.map(|state| (vec![("state", state)], count(state)));
    page.many(name, "gauge", counts.into_iter());
}

fn lags(page: &mut Page, broker: &Broker) -> usize {
    let offsets = broker.groups.iter().flat_map(|group| group.offsets.iter().map(move |one| (group, one)));
    let mut offsets: Vec<(&BrokerGroup, &CommittedOffset)> = offsets.collect();
    let left_out = offsets.len().saturating_sub(SERIES);
    if left_out > 0 {
        offsets.sort_by_key(|(_, one)| Reverse(one.lag));
        offsets.truncate(SERIES);
    }
    let shown: Vec<_> =
        offsets.into_iter().map(|(group, one)| (group, one, one.partition.to_string())).collect();
    let mut each = |name: &str, pick: fn(&CommittedOffset) -> i64| {
        let lines = shown.iter().map(|(group, one, partition)| {
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
    left_out
}
