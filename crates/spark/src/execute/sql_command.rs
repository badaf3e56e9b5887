//! `SqlCommand`: `spark.sql("...")`. A query is checked and handed back as a relation, to be run when its rows are
//! asked for; a statement takes effect at once, and its rows are handed back.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;

use crate::error::{Result, invalid_plan};
use crate::plan::Planner;
use crate::proto::connect::execute_plan_response::{ResponseType, SqlCommandResult};
use crate::proto::connect::relation::RelType;
use crate::proto::connect::{LocalRelation, Relation, Sql, SqlCommand};
use crate::session::{Operation, Session};
use crate::sql;

pub(super) async fn run(session: &Arc<Session>, operation: &Operation, command: SqlCommand) -> Result<()> {
    let relation = relation_of(command)?;
    let done = match &relation.rel_type {
        Some(RelType::Sql(sql)) => sql::statement(session, &sql.query).await?,
        _ => None,
    };
    let relation = match done {
        Some(rows) => local(&rows)?,
        None => {
            Planner::new(session).relation(&relation).await?;
            relation
        }
    };
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

/// The rows of a statement, to be read by the client as it reads a query's.
fn local(rows: &RecordBatch) -> Result<Relation> {
    let (data, schema) = if rows.num_columns() == 0 {
        (None, Some("struct<>".to_owned()))
    } else {
        let mut writer = StreamWriter::try_new(Vec::new(), &rows.schema())?;
        writer.write(rows)?;
        (Some(writer.into_inner()?), None)
    };
    Ok(Relation { common: None, rel_type: Some(RelType::LocalRelation(LocalRelation { data, schema })) })
}
