//! Streaming queries as a program sees them: start one, ask it, ask for all of them.

mod foreach;
mod foreach_batch;
mod listener_bus;
mod queries;
mod queries_command;
mod query_command;
mod start;
mod starts;

pub(crate) use listener_bus::listener_bus;
pub(crate) use queries::Queries;
pub(crate) use queries_command::queries_command;
pub(crate) use query_command::query_command;
pub(crate) use start::start;
pub(crate) use starts::Starts;

use millstream_engine::Query;

use crate::proto::connect as pb;

/// The ids of a query in a message.
fn instance_id(query: &Query) -> pb::StreamingQueryInstanceId {
    pb::StreamingQueryInstanceId { id: query.id().to_string(), run_id: query.run_id().to_string() }
}
