//! What `ExecutePlan` does: a relation's rows go to the client, a command takes effect.

mod checkpoint;
mod command;
mod create_view;
mod register_function;
mod rows;
mod show;
mod sql_command;
mod write;

use std::sync::Arc;

pub(crate) use command::command;

use crate::error::Result;
use crate::plan::Planner;
use crate::proto::connect::Relation;
use crate::proto::connect::relation::RelType;
use crate::session::{Operation, Session};

/// Runs a relation and sends its rows.
pub(crate) async fn relation(
    session: &Arc<Session>,
    operation: &Operation,
    relation: Relation,
) -> Result<()> {
    if let Some(RelType::ShowString(show)) = &relation.rel_type {
        return show::run(session, operation, show).await;
    }
    let plan = Planner::new(session).relation(&relation).await?;
    drop(relation);
    let rows = session.engine.execute(plan).await?;
    rows::send(session, operation, rows).await
}
