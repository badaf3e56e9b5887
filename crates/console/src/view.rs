//! What the page receives twice a second: the house with its rates, as JSON. `web/API.md` explains each field.

use serde::Serialize;

use crate::{
    health::Health,
    model::{Cluster, Endpoint, Lag, QueryState},
};

/// The whole house.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct View {
    /// The server's clock, milliseconds since 1970 UTC.
    pub(crate) now_ms: u64,
    pub(crate) cluster: Cluster,
    /// Into and out of all topics, a second.
    pub(crate) totals: Traffic,
    /// The totals' last minute; only in the first view that a page receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) history: Option<History>,
    /// The busiest topics, by name.
    pub(crate) topics: Vec<TopicView>,
    /// How many topics there are; more than are listed when there are very many.
    pub(crate) topics_total: usize,
    pub(crate) clients: Vec<ClientView>,
    pub(crate) groups: Vec<GroupView>,
    pub(crate) queries: Vec<QueryView>,
}

/// Records and bytes a second, both ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Traffic {
    pub(crate) records_in: f64,
    pub(crate) bytes_in: f64,
    pub(crate) records_out: f64,
    pub(crate) bytes_out: f64,
}

/// Records a second over the last minute, oldest first.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct History {
    pub(crate) step_ms: u64,
    pub(crate) records_in: Vec<f64>,
    pub(crate) records_out: Vec<f64>,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct TopicView {
    pub(crate) name: String,
    pub(crate) partitions: u32,
    /// Records held.
    pub(crate) records: u64,
    pub(crate) size_bytes: u64,
    pub(crate) traffic: Traffic,
    /// Records in a second, the last minute; only in the first view that a page receives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) history: Option<Vec<f64>>,
}

/// All connections of one client id.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ClientView {
    pub(crate) client_id: String,
    pub(crate) software: String,
    pub(crate) group: Option<String>,
    /// Open connections; 0 for a client that has just left.
    pub(crate) connections: usize,
    pub(crate) peer: String,
    pub(crate) writes: Vec<Edge>,
    pub(crate) reads: Vec<Edge>,
}

/// Records a second between a client and a topic.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Edge {
    pub(crate) topic: String,
    pub(crate) rate: f64,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct GroupView {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) members: u32,
    pub(crate) lag: Vec<Lag>,
    pub(crate) lag_total: u64,
    /// How much the lag grows a second; negative when it shrinks.
    pub(crate) lag_growth: f64,
    pub(crate) health: Health,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct QueryView {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    #[serde(flatten)]
    pub(crate) state: QueryState,
    pub(crate) health: Health,
    pub(crate) sources: Vec<Endpoint>,
    pub(crate) sink: Endpoint,
    pub(crate) output_mode: String,
    /// Rows read a second.
    pub(crate) rate_in: f64,
    /// Rows given to the sink a second.
    pub(crate) rate_out: f64,
    pub(crate) rows_in: u64,
    pub(crate) rows_out: u64,
    pub(crate) batches: u64,
    pub(crate) batch_ms: Option<u64>,
    pub(crate) trigger_ms: Option<u64>,
    pub(crate) watermark_ms: Option<i64>,
    pub(crate) max_event_time_ms: Option<i64>,
    pub(crate) state_rows: u64,
    pub(crate) late_rows: u64,
}
