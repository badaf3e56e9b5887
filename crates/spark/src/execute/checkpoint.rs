//! `CheckpointCommand`: `df.checkpoint()`, `df.localCheckpoint()`: the rows as they are now, kept until the program
//! lets go of them.

use crate::error::{Result, invalid_plan};
use crate::plan::Planner;
use crate::proto::connect::execute_plan_response::ResponseType;
use crate::proto::connect::{CachedRemoteRelation, CheckpointCommand, CheckpointCommandResult};
use crate::session::{Operation, Session};

pub(super) async fn run(session: &Session, operation: &Operation, command: CheckpointCommand) -> Result<()> {
    let input = command.relation.ok_or_else(|| invalid_plan("The checkpoint has no plan."))?;
    let plan = Planner::new(session).relation(&input).await?;
    let (schema, rows) = session.engine.collect(plan).await?;
    let relation_id = session.relations.keep(schema, rows)?;
    let relation = Some(CachedRemoteRelation { relation_id });
    operation.send(ResponseType::CheckpointCommandResult(CheckpointCommandResult { relation })).await;
    Ok(())
}
