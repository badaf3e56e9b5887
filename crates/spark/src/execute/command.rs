//! Commands by their kind. One that is not done is an error with its name.

use std::sync::Arc;

use super::{checkpoint, create_view, register_function, sql_command, write};
use crate::error::{Result, SparkError, invalid_plan, unsupported};
use crate::proto::connect::Command;
use crate::proto::connect::command::CommandType;
use crate::proto::connect::execute_plan_response::ResponseType;
use crate::proto::connect::ml_command::Command as Ml;
use crate::session::{Operation, Session};
use crate::stream;

/// Runs a command and sends what it answers.
pub(crate) async fn command(session: &Arc<Session>, operation: &Operation, command: Command) -> Result<()> {
    let command = command.command_type;
    match command.ok_or_else(|| invalid_plan("The plan holds a command that this server does not know."))? {
        CommandType::SqlCommand(sql) => sql_command::run(session, operation, sql).await,
        CommandType::CreateDataframeView(view) => create_view::run(session, view).await,
        CommandType::WriteStreamOperationStart(start) => {
            let under_way = session.starts.begin();
            let started = stream::start(session, start).await?;
            operation.send(ResponseType::WriteStreamOperationStartResult(started)).await;
            under_way.answered(session.operations.get(&operation.id).ok());
            Ok(())
        }
        CommandType::StreamingQueryCommand(query) => {
            let result = stream::query_command(session, query).await?;
            operation.send(ResponseType::StreamingQueryCommandResult(result)).await;
            Ok(())
        }
        CommandType::StreamingQueryManagerCommand(manager) => {
            let result = stream::queries_command(session, manager).await?;
            operation.send(ResponseType::StreamingQueryManagerCommandResult(result)).await;
            Ok(())
        }
        CommandType::StreamingQueryListenerBusCommand(bus) => {
            stream::listener_bus(session, operation, &bus).await
        }
        CommandType::RegisterFunction(function) => register_function::run(session, function),
        CommandType::GetResourcesCommand(_) => {
            // A cluster would name its GPUs here.
            operation.send(ResponseType::GetResourcesCommandResult(Default::default())).await;
            Ok(())
        }
        CommandType::RemoveCachedRemoteRelationCommand(remove) => {
            if let Some(relation) = remove.relation {
                session.relations.forget(&relation.relation_id);
            }
            Ok(())
        }
        CommandType::WriteOperation(operation) => write::run(session, operation).await,
        CommandType::CheckpointCommand(checkpoint) => checkpoint::run(session, operation, checkpoint).await,
        CommandType::MlCommand(ml) => match ml.command {
            Some(Ml::CleanCache(_)) => Ok(()),
            _ => Err(unsupported("machine learning (pyspark.ml)")),
        },
        other => Err(refusal(&other)),
    }
}

fn refusal(command: &CommandType) -> SparkError {
    unsupported(match command {
        CommandType::RegisterTableFunction(_) => "spark.udtf.register (a Python table function)",
        CommandType::RegisterDataSource(_) => "spark.dataSource.register (a Python data source)",
        CommandType::WriteOperationV2(_) => "DataFrame.writeTo (a catalog of tables)",
        CommandType::CreateResourceProfileCommand(_) => "a resource profile",
        CommandType::MergeIntoTableCommand(_) => "DataFrame.mergeInto",
        CommandType::ExecuteExternalCommand(_) => "an external command",
        CommandType::Extension(_) => "a command of a Spark Connect plugin",
        _ => "this command",
    })
}
