//! `SqlCommand`: `spark.sql("...")`. A query is checked and handed back as a relation, to be run when its rows are
//! asked for; a statement takes effect at once and has no rows.

use std::sync::Arc;

use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use millstream_engine::EngineError;

use crate::error::{Result, invalid_plan, unsupported};
use crate::plan::Planner;
use crate::proto::connect::execute_plan_response::{ResponseType, SqlCommandResult};
use crate::proto::connect::relation::RelType;
use crate::proto::connect::{LocalRelation, Relation, Sql, SqlCommand};
use crate::session::{Operation, Session};

pub(super) async fn run(session: &Arc<Session>, operation: &Operation, command: SqlCommand) -> Result<()> {
    let relation = relation_of(command)?;
    let plan = Planner::new(session).relation(&relation).await?;
    let relation = if is_statement(&plan) { effect(session, plan)? } else { relation };
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

/// Views are made and dropped; a statement that would reach for files or variables is refused by its name.
fn effect(session: &Session, plan: LogicalPlan) -> Result<Relation> {
    match plan {
        LogicalPlan::Ddl(DdlStatement::CreateView(view)) => {
            let input = Arc::unwrap_or_clone(view.input);
            session.engine.create_temp_view(view.name.table(), input, view.or_replace)?;
        }
        LogicalPlan::Ddl(DdlStatement::DropView(view)) => {
            let dropped = session.engine.drop_temp_view(view.name.table());
            if !dropped && !view.if_exists {
                return Err(EngineError::table_not_found(view.name.table()).into());
            }
        }
        LogicalPlan::Ddl(ddl) => {
            return Err(unsupported(format!("the statement {} in spark.sql", ddl.name())));
        }
        other => return Err(unsupported(format!("the statement {} in spark.sql", other.display()))),
    }
    let local = LocalRelation { data: None, schema: Some("struct<>".to_owned()) };
    Ok(Relation { common: None, rel_type: Some(RelType::LocalRelation(local)) })
}
