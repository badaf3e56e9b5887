//! `CreateDataFrameView`: `df.createOrReplaceTempView("name")`.

use crate::error::{Result, invalid_plan};
use crate::plan::Planner;
use crate::proto::connect::CreateDataFrameViewCommand;
use crate::session::Session;

pub(super) async fn run(session: &Session, command: CreateDataFrameViewCommand) -> Result<()> {
    let input = command.input.ok_or_else(|| invalid_plan("The view has no plan."))?;
    let plan = Planner::new(session).relation(&input).await?;
    Ok(session.engine.create_temp_view(&command.name, plan, command.replace)?)
}
