//! `StreamingQueryListenerBusCommand`: `spark.streams.addListener(...)`. The client keeps the listeners; one call that
//! stays open tells it what happens to the session's queries.

use std::collections::VecDeque;

use millstream_engine::{Query, QueryEvent};
use serde_json::json;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use crate::error::Result;
use crate::proto::connect::execute_plan_response::ResponseType;
use crate::proto::connect::streaming_query_listener_bus_command::Command;
use crate::proto::connect::{
    StreamingQueryEventType, StreamingQueryListenerBusCommand, StreamingQueryListenerEvent,
    StreamingQueryListenerEventsResult,
};
use crate::session::{Operation, Session};

/// Runs that a listener remembers; one that is forgotten is at worst waited for again.
const KNOWN: usize = 1000;

/// Opens the stream of events, or ends it.
pub(crate) async fn listener_bus(
    session: &Session,
    operation: &Operation,
    command: &StreamingQueryListenerBusCommand,
) -> Result<()> {
    match command.command {
        Some(Command::AddListenerBusListener(_)) => listen(session, operation).await,
        _ => {
            session.listeners.send_modify(|ended| *ended += 1);
            Ok(())
        }
    }
}

async fn listen(session: &Session, operation: &Operation) -> Result<()> {
    let mut events = session.engine.engine()?.events();
    let mut ended = session.listeners.subscribe();
    let added =
        StreamingQueryListenerEventsResult { events: vec![], listener_bus_listener_added: Some(true) };
    operation.send(ResponseType::StreamingQueryListenerEventsResult(added)).await;
    // Runs whose start the client's listeners know.
    let mut known: VecDeque<Uuid> = VecDeque::new();
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            _ = ended.changed() => return Ok(()),
        };
        let told = match event {
            Ok(event) => told(session, &event),
            // A listener that is too slow misses some, as with Spark.
            Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => return Ok(()),
        };
        if let Some((run_id, event_json, event_type)) = told {
            if !known.contains(&run_id) {
                session.starts.none().await;
                known.push_back(run_id);
                if known.len() > KNOWN {
                    known.pop_front();
                }
            }
            let event = StreamingQueryListenerEvent { event_json, event_type: event_type.into() };
            let result =
                StreamingQueryListenerEventsResult { events: vec![event], listener_bus_listener_added: None };
            operation.send(ResponseType::StreamingQueryListenerEventsResult(result)).await;
        }
    }
}

/// What the client hears of an event. It hears of a start by the answer to its own call.
fn told(session: &Session, event: &QueryEvent) -> Option<(Uuid, String, StreamingQueryEventType)> {
    match event {
        QueryEvent::Progress(query, progress) if is_ours(session, query) => {
            let progress: serde_json::Value = serde_json::from_str(&progress.json()).ok()?;
            let text = json!({ "progress": progress }).to_string();
            Some((query.run_id(), text, StreamingQueryEventType::QueryProgressEvent))
        }
        QueryEvent::Terminated(query) if is_ours(session, query) => {
            let exception = query.exception();
            let text = json!({
                "id": query.id().to_string(),
                "runId": query.run_id().to_string(),
                "exception": exception.as_ref().map(|error| error.to_string()),
                "errorClassOnException": exception.as_ref().and_then(|error| error.text().class),
            });
            Some((query.run_id(), text.to_string(), StreamingQueryEventType::QueryTerminatedEvent))
        }
        _ => None,
    }
}

fn is_ours(session: &Session, query: &Query) -> bool {
    query.session_id() == session.id
}

/// The event of a query that has just started, as its start's answer carries it.
pub(super) fn started(query: &Query) -> String {
    json!({
        "id": query.id().to_string(),
        "runId": query.run_id().to_string(),
        "name": query.name(),
        "timestamp": chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "jobTags": [],
    })
    .to_string()
}
