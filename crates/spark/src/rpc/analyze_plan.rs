//! `AnalyzePlan`: what a program asks about a plan without running it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tonic::Status;

use super::{Task, user};
use crate::error::{Result, SparkError, invalid_plan};
use crate::plan::Planner;
use crate::proto::connect as pb;
use crate::proto::connect::analyze_plan_request::explain::ExplainMode;
use crate::proto::connect::analyze_plan_request::{Analyze, Explain, TreeString};
use crate::proto::connect::analyze_plan_response::{self as answer, Result as Answer};
use crate::session::{Session, Sessions};
use crate::types;

/// The Spark whose behaviour this server has: what `spark.version` says.
pub(crate) const SPARK_VERSION: &str = "4.2.0";

/// Answers the call.
pub(crate) async fn call(
    sessions: &Sessions,
    request: pb::AnalyzePlanRequest,
) -> Result<pb::AnalyzePlanResponse, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get_or_create(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    let question =
        request.analyze.ok_or_else(|| invalid_plan("The analysis names no question.").to_status())?;
    let result =
        analyze(&session, question).await.map_err(|error| error.to_session_status(&session.errors))?;
    Ok(pb::AnalyzePlanResponse {
        session_id: session.id.clone(),
        server_side_session_id: session.server_side_id.clone(),
        result: Some(result),
    })
}

async fn analyze(session: &Session, question: Analyze) -> Result<Answer, SparkError> {
    Ok(match question {
        Analyze::Schema(ask) => {
            let schema = Planner::new(session).schema(&*Task::relation(ask.plan)?).await?;
            Answer::Schema(answer::Schema { schema: Some(types::struct_to_proto(&schema)?) })
        }
        Analyze::Explain(ask) => explain(session, ask).await?,
        Analyze::TreeString(TreeString { plan, level }) => {
            let schema = Planner::new(session).schema(&*Task::relation(plan)?).await?;
            let tree_string = types::tree_string(&schema, level)?;
            Answer::TreeString(answer::TreeString { tree_string })
        }
        Analyze::IsLocal(ask) => {
            let relation = Task::relation(ask.plan)?;
            let is_local = matches!(relation.rel_type, Some(pb::relation::RelType::LocalRelation(_)));
            Answer::IsLocal(answer::IsLocal { is_local })
        }
        Analyze::IsStreaming(ask) => {
            let plan = Planner::new(session).relation(&*Task::relation(ask.plan)?).await?;
            let is_streaming = millstream_engine::plan::is_streaming(&plan);
            Answer::IsStreaming(answer::IsStreaming { is_streaming })
        }
        Analyze::InputFiles(ask) => {
            // No source here reads files; a wrong plan must still be found out.
            Planner::new(session).relation(&*Task::relation(ask.plan)?).await?;
            Answer::InputFiles(answer::InputFiles { files: Vec::new() })
        }
        Analyze::SparkVersion(_) => {
            Answer::SparkVersion(answer::SparkVersion { version: SPARK_VERSION.to_owned() })
        }
        Analyze::DdlParse(ask) => {
            let parsed = types::parse_schema(&ask.ddl_string)?;
            Answer::DdlParse(answer::DdlParse { parsed: Some(types::to_proto(&parsed)?) })
        }
        Analyze::JsonToDdl(ask) => {
            let ddl_string = types::to_ddl(&types::parse_schema(&ask.json_string)?)?;
            Answer::JsonToDdl(answer::JsonToDdl { ddl_string })
        }
        Analyze::SameSemantics(ask) => {
            let (target, other) = (Task::relation(ask.target_plan)?, Task::relation(ask.other_plan)?);
            let mut planner = Planner::new(session);
            let result = planner.relation(&target).await? == planner.relation(&other).await?;
            Answer::SameSemantics(answer::SameSemantics { result })
        }
        Analyze::SemanticHash(ask) => {
            let plan = Planner::new(session).relation(&*Task::relation(ask.plan)?).await?;
            let mut hasher = DefaultHasher::new();
            plan.hash(&mut hasher);
            let bytes = hasher.finish().to_be_bytes();
            let result = bytes.first_chunk().map_or(0, |bytes| i32::from_be_bytes(*bytes));
            Answer::SemanticHash(answer::SemanticHash { result })
        }
        // Caching is a hint about cost, never about results: it is taken note of by doing nothing, and the storage
        // level tells the truth about it.
        Analyze::Persist(_) => Answer::Persist(answer::Persist {}),
        Analyze::Unpersist(_) => Answer::Unpersist(answer::Unpersist {}),
        Analyze::GetStorageLevel(_) => {
            let storage_level = Some(pb::StorageLevel { replication: 1, ..Default::default() });
            Answer::GetStorageLevel(answer::GetStorageLevel { storage_level })
        }
    })
}

async fn explain(session: &Session, ask: Explain) -> Result<Answer, SparkError> {
    use millstream_engine::ExplainMode as Mode;
    let mode = match ask.explain_mode() {
        ExplainMode::Simple | ExplainMode::Unspecified => Mode::Simple,
        // There is no generated code, and no other cost than the plan's: these modes show all there is.
        ExplainMode::Extended | ExplainMode::Codegen | ExplainMode::Cost | ExplainMode::Formatted => {
            Mode::Extended
        }
    };
    let plan = Planner::new(session).relation(&*Task::relation(ask.plan)?).await?;
    let explain_string = session.engine.explain(&plan, mode).await?;
    Ok(Answer::Explain(answer::Explain { explain_string }))
}
