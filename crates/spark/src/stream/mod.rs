//! Streaming queries as a program sees them: start one, ask it, ask for all of them.

mod foreach;
mod foreach_batch;
mod queries;
mod queries_command;
mod query_command;
mod start;

pub(crate) use queries::Queries;
pub(crate) use queries_command::queries_command;
pub(crate) use query_command::query_command;
pub(crate) use start::start;

use millstream_engine::Query;

use crate::error::{Result, unsupported};
use crate::proto::connect as pb;
use crate::proto::connect::streaming_query_listener_bus_command::Command;

/// The ids of a query in a message.
fn instance_id(query: &Query) -> pb::StreamingQueryInstanceId {
    pb::StreamingQueryInstanceId { id: query.id().to_string(), run_id: query.run_id().to_string() }
}

/// `spark.streams.addListener`: refused by name. Removing a listener that was never there is done.
pub(crate) fn listener_bus(command: &pb::StreamingQueryListenerBusCommand) -> Result<()> {
    match command.command {
        Some(Command::RemoveListenerBusListener(_)) => Ok(()),
        _ => Err(unsupported("spark.streams.addListener (StreamingQueryListener)")),
    }
}
