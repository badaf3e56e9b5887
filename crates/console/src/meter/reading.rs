//! From one snapshot's counters to one view's rates.

use std::collections::{BTreeMap, HashMap};

use crate::{
    health,
    meter::STEP_MS,
    model::{Cluster, Connection, Flowed, Group, Query, Snapshot, Topic},
    rate::{Rate, round},
    view::{ClientView, Edge, GroupView, History, QueryView, TopicView, Traffic, View},
};

/// Topics in a view: more than this are not drawn, only counted.
const TOPICS: usize = 200;
/// Clients, groups and queries in a view, each.
const BOXES: usize = 200;
/// A client that has left stays in the picture this long, so that a short one is seen at all.
const LINGER_MS: u64 = 10_000;

/// What is remembered between readings.
#[derive(Debug, Default)]
pub(super) struct Meter {
    totals: Speeds,
    topics: HashMap<String, Speeds>,
    clients: BTreeMap<String, Client>,
    lags: HashMap<String, (u64, u64, f64)>,
    queries: HashMap<String, (Rate, Rate)>,
}

/// The four counters of a topic.
#[derive(Debug, Default)]
struct Speeds {
    records_in: Rate,
    bytes_in: Rate,
    records_out: Rate,
    bytes_out: Rate,
}

/// A client and when it was last seen.
#[derive(Debug)]
struct Client {
    view: ClientView,
    seen_ms: u64,
    rates: HashMap<(Way, String), Rate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    In,
    Out,
}

impl Meter {
    /// Takes a snapshot made at `now_ms` and gives the view of it.
    pub(super) fn read(&mut self, snapshot: Snapshot, now_ms: u64) -> View {
        let Snapshot { cluster, topics, connections, groups, queries } = snapshot;
        let at = cluster.uptime_ms;
        let totals = self.totals.push(at, &sum(&topics));
        let history = History {
            step_ms: STEP_MS,
            records_in: self.totals.records_in.history(),
            records_out: self.totals.records_out.history(),
        };
        let topics_total = topics.len();
        let topics = self.topics(at, topics);
        let clients = self.clients(at, connections);
        let groups = self.groups(at, groups);
        let queries = self.queries(at, queries);
        let cluster = Cluster { ..cluster };
        let history = Some(history);
        View { now_ms, cluster, totals, history, topics, topics_total, clients, groups, queries }
    }

    fn topics(&mut self, at: u64, topics: Vec<Topic>) -> Vec<TopicView> {
        let names: std::collections::HashSet<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
        self.topics.retain(|name, _| names.contains(name.as_str()));
        let mut views: Vec<_> = topics
            .into_iter()
            .map(|topic| {
                let speeds = self.topics.entry(topic.name.clone()).or_default();
                let traffic = speeds.push(at, &topic);
                TopicView {
                    partitions: topic.partitions,
                    records: topic.records,
                    size_bytes: topic.size_bytes,
                    traffic,
                    history: Some(speeds.records_in.history()),
                    name: topic.name,
                }
            })
            .collect();
        if views.len() > TOPICS {
            let busy = |topic: &TopicView| topic.traffic.records_in + topic.traffic.records_out;
            views.sort_by(|a, b| busy(b).total_cmp(&busy(a)));
            views.truncate(TOPICS);
        }
        views.sort_by(|a, b| a.name.cmp(&b.name));
        views
    }

    fn clients(&mut self, at: u64, connections: Vec<Connection>) -> Vec<ClientView> {
        for (client_id, connections) in by_client(connections) {
            if self.clients.len() >= BOXES && !self.clients.contains_key(&client_id) {
                continue;
            }
            let client = self.clients.entry(client_id).or_insert_with_key(|id| Client::new(id));
            client.update(at, &connections);
        }
        self.clients.retain(|_, client| at.saturating_sub(client.seen_ms) <= LINGER_MS);
        for client in self.clients.values_mut().filter(|client| client.seen_ms < at) {
            client.left();
        }
        self.clients.values().map(|client| client.view.clone()).collect()
    }

    fn groups(&mut self, at: u64, groups: Vec<Group>) -> Vec<GroupView> {
        let names: std::collections::HashSet<&str> = groups.iter().map(|group| group.id.as_str()).collect();
        self.lags.retain(|name, _| names.contains(name.as_str()));
        let mut views: Vec<_> = groups
            .into_iter()
            .take(BOXES)
            .map(|group| {
                let lag_total = group.lag.iter().map(|lag| lag.records).sum();
                let lag_growth = self.lag_growth(at, &group.id, lag_total);
                GroupView {
                    health: health::of_group(&group.state, group.members, lag_total, lag_growth),
                    id: group.id,
                    state: group.state,
                    members: group.members,
                    lag: group.lag,
                    lag_total,
                    lag_growth: round(lag_growth),
                }
            })
            .collect();
        views.sort_by(|a, b| a.id.cmp(&b.id));
        views
    }

    /// The lag's slope, smoothed over some five seconds: every commit makes it jump.
    fn lag_growth(&mut self, at: u64, group: &str, lag: u64) -> f64 {
        let Some((then, before, growth)) = self.lags.get_mut(group) else {
            self.lags.insert(group.to_owned(), (at, lag, 0.0));
            return 0.0;
        };
        let passed = at.saturating_sub(*then) as f64 / 1_000.0;
        if passed > 0.0 {
            let slope = (lag as f64 - *before as f64) / passed;
            *growth += (slope - *growth) * (passed / 5.0).min(1.0);
            (*then, *before) = (at, lag);
        }
        *growth
    }

    fn queries(&mut self, at: u64, queries: Vec<Query>) -> Vec<QueryView> {
        let ids: std::collections::HashSet<&str> = queries.iter().map(|query| query.id.as_str()).collect();
        self.queries.retain(|id, _| ids.contains(id.as_str()));
        let views = queries.into_iter().take(BOXES).map(|query| {
            let (rows_in, rows_out) = self.queries.entry(query.id.clone()).or_default();
            let (rate_in, rate_out) = (rows_in.push(at, query.rows_in), rows_out.push(at, query.rows_out));
            QueryView {
                health: health::of_query(&query),
                id: query.id,
                name: query.name,
                state: query.state,
                sources: query.sources,
                sink: query.sink,
                output_mode: query.output_mode,
                rate_in,
                rate_out,
                rows_in: query.rows_in,
                rows_out: query.rows_out,
                batches: query.batches,
                batch_ms: query.batch_ms,
                trigger_ms: query.trigger_ms,
                watermark_ms: query.watermark_ms,
                max_event_time_ms: query.max_event_time_ms,
                state_rows: query.state_rows,
                late_rows: query.late_rows,
            }
        });
        views.collect()
    }
}

impl Speeds {
    fn push(&mut self, at: u64, topic: &Topic) -> Traffic {
        Traffic {
            records_in: self.records_in.push(at, topic.records_in),
            bytes_in: self.bytes_in.push(at, topic.bytes_in),
            records_out: self.records_out.push(at, topic.records_out),
            bytes_out: self.bytes_out.push(at, topic.bytes_out),
        }
    }
}

impl Client {
    fn new(client_id: &str) -> Self {
        let view = ClientView {
            client_id: client_id.to_owned(),
            software: String::new(),
            group: None,
            connections: 0,
            peer: String::new(),
            writes: Vec::new(),
            reads: Vec::new(),
        };
        Self { view, seen_ms: 0, rates: HashMap::new() }
    }

    fn update(&mut self, at: u64, connections: &[Connection]) {
        self.seen_ms = at;
        self.view.connections = connections.len();
        let first = |pick: fn(&Connection) -> &str| {
            connections.iter().map(pick).find(|text| !text.is_empty()).unwrap_or_default().to_owned()
        };
        self.view.software = first(|connection| &connection.software);
        self.view.peer = first(|connection| &connection.peer);
        self.view.group = connections.iter().find_map(|connection| connection.group.clone());
        self.view.writes = self.edges(at, Way::In, connections.iter().flat_map(|c| &c.writes));
        self.view.reads = self.edges(at, Way::Out, connections.iter().flat_map(|c| &c.reads));
    }

    fn edges<'a>(&mut self, at: u64, way: Way, flowed: impl Iterator<Item = &'a Flowed>) -> Vec<Edge> {
        let mut sums = BTreeMap::<&str, u64>::new();
        for flowed in flowed {
            *sums.entry(&flowed.topic).or_default() += flowed.records;
        }
        self.rates.retain(|(other, topic), _| *other != way || sums.contains_key(topic.as_str()));
        let rate = |(topic, records): (&str, u64)| Edge {
            topic: topic.to_owned(),
            rate: self.rates.entry((way, topic.to_owned())).or_default().push(at, records),
        };
        sums.into_iter().map(rate).collect()
    }

    fn left(&mut self) {
        self.view.connections = 0;
        self.view.writes.iter_mut().chain(&mut self.view.reads).for_each(|edge| edge.rate = 0.0);
    }
}

fn by_client(connections: Vec<Connection>) -> BTreeMap<String, Vec<Connection>> {
    let mut clients = BTreeMap::<_, Vec<_>>::new();
    for connection in connections {
        clients.entry(connection.client_id.clone()).or_default().push(connection);
    }
    clients
}

fn sum(topics: &[Topic]) -> Topic {
    topics.iter().fold(Topic::default(), |sum, topic| Topic {
        records_in: sum.records_in + topic.records_in,
        bytes_in: sum.bytes_in + topic.bytes_in,
        records_out: sum.records_out + topic.records_out,
        bytes_out: sum.bytes_out + topic.bytes_out,
        ..sum
    })
}

#[cfg(test)]
mod tests;
