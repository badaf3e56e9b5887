//! Connections of Kafka clients, from the broker's words to the page's.

use std::time::{SystemTime, UNIX_EPOCH};

use millstream_broker::{Activity, ConnectionView, Flow};
use millstream_console::model::{ClientConnection, Connection, Flowed};

/// Those that have produced or fetched, for the picture of what flows.
pub fn flowing(activity: &Activity) -> Vec<Connection> {
    let open = activity.connections().into_iter();
    open.filter(|connection| !(connection.writes.is_empty() && connection.reads.is_empty()))
        .map(|connection| Connection {
            software: format!("{} {}", connection.software_name, connection.software_version)
                .trim()
                .to_owned(),
            peer: connection.peer.to_string(),
            group: connection.group,
            writes: flowed(connection.writes),
            reads: flowed(connection.reads),
            client_id: connection.client_id,
        })
        .collect()
}

fn flowed(flows: Vec<Flow>) -> Vec<Flowed> {
    let one = |flow: Flow| Flowed { topic: flow.topic, records: flow.records, bytes: flow.bytes };
    flows.into_iter().map(one).collect()
}

/// All of them.
pub fn all(activity: &Activity) -> Vec<ClientConnection> {
    activity.connections().into_iter().map(connection).collect()
}

fn connection(view: ConnectionView) -> ClientConnection {
    ClientConnection {
        id: view.id,
        client_id: view.client_id,
        software: view.software_name,
        software_version: view.software_version,
        peer: view.peer.to_string(),
        local: view.local.to_string(),
        group: view.group,
        api: view.api.map(|(key, _)| key.name().to_owned()),
        api_version: view.api.map_or(0, |(_, version)| version),
        requests: view.requests,
        bytes_in: view.bytes_in,
        bytes_out: view.bytes_out,
        since_ms: ms(view.since),
        last_ms: ms(view.last),
    }
}

fn ms(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
