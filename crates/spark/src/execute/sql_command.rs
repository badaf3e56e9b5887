//! `SqlCommand`: `spark.sql("...")`. A query is checked and handed back as a relation, to be run when its rows are
//! asked for; a statement takes effect at once and its rows (mostly none) are handed back.

use std::sync::Arc;

use arrow::ipc::writer::StreamWriter;
use datafusion::logical_expr::LogicalPlan;

use crate::error::{Result, invalid_plan};
use crate::plan::Planner;
use crate::proto::connect::execute_plan_response::{ResponseType, SqlCommandResult};
use crate::proto::connect::relation::RelType;
use crate::proto::connect::{LocalRelation, Relation, Sql, SqlCommand};
use crate::session::{Operation, Session};

pub(super) async fn run(session: &Arc<Session>, operation: &Operation, command: SqlCommand) -> Result<()> {
    let relation = relation_of(command)?;
    let plan = Planner::new(session).relation(&relation).await?;
    let relation = if is_statement(&plan) { effect(session, plan).await? } else { relation };
    operation.send(ResponseType::SqlCommandResult(SqlCommandResult { relation: Some(relation) })).await;
    Ok(())
}

/// Clients before 4.0 send the text in the command itself.
fn relation_of(command: SqlCommand) -> Result<Relation> {
    if let Some(input) = command.input {
        return Ok(input);
    }
    #[expect(deprecated, reason = "clients before 4.0 fill these fields")]
    let sql = Sql {
        query: command.sql,
        args: command.args,
        pos_args: command.pos_args,
        named_arguments: command.named_arguments,
        pos_arguments: command.pos_arguments,
    };
    if sql.query.is_empty() {
        return Err(invalid_plan("The SQL command holds no text."));
    }
    Ok(Relation { common: None, rel_type: Some(RelType::Sql(sql)) })
}

fn is_statement(plan: &LogicalPlan) -> bool {
    matches!(
        plan,
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Statement(_) | LogicalPlan::Copy(_)
    )
}

async fn effect(session: &Session, plan: LogicalPlan) -> Result<Relation> {
    let (schema, batches) = session.engine.collect(plan).await?;
    let mut writer = StreamWriter::try_new(Vec::new(), &schema)?;
    for batch in &batches {
        writer.write(batch)?;
    }
    let local = LocalRelation { data: Some(writer.into_inner()?), schema: None };
    Ok(Relation { common: None, rel_type: Some(RelType::LocalRelation(local)) })
}
