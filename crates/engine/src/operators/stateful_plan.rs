//! Puts state into a physical plan: between the two halves of each aggregation over a stream, into deduplications, and
//! in place of joins of two streams.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, NestedLoopJoinExec};

use super::group_state::GroupStateExec;
use super::merge_sessions::MergeSessionsExec;
use super::session_restore::SessionRestoreExec;
use super::state_restore::StateRestoreExec;
use super::state_save::StateSaveExec;
use super::stateful_operator::Keyed;
use super::stream_join::StreamJoinExec;
use super::{DeduplicateExec, EpochScanExec, StateStore, session_column};
use crate::{EngineError, OutputMode};

/// Whether a plan reads a stream somewhere below.
fn reads_stream(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<EpochScanExec>() || plan.children().into_iter().any(reads_stream)
}

/// The plan with state.
///
/// # Errors
/// A type that cannot be kept in state, a join that no state can serve.
pub(crate) fn attach_state(
    plan: Arc<dyn ExecutionPlan>,
    output_mode: OutputMode,
) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = plan.transform_up(|node| {
        if !reads_stream(&node) {
            return Ok(Transformed::no(node));
        }
        if let Some(aggregate) = node.downcast_ref::<AggregateExec>()
            && matches!(aggregate.mode(), AggregateMode::Final | AggregateMode::FinalPartitioned)
        {
            return Ok(Transformed::yes(stateful_aggregate(aggregate, output_mode)?));
        }
        if let Some(deduplicate) = node.downcast_ref::<DeduplicateExec>() {
            return Ok(Transformed::yes(deduplicate.with_state(output_mode)?));
        }
        if let Some(groups) = node.downcast_ref::<GroupStateExec>() {
            return Ok(Transformed::yes(groups.with_state(output_mode)?));
        }
        if let Some(merge) = node.downcast_ref::<MergeSessionsExec>() {
            // The epoch's sessions are merged with the stored ones, after the partial aggregation.
            return Ok(Transformed::yes(merge.input()));
        }
        if let Some(join) = node.downcast_ref::<HashJoinExec>()
            && reads_stream(join.left())
            && reads_stream(join.right())
        {
            return Ok(Transformed::yes(Arc::new(StreamJoinExec::new(join, output_mode)?)));
        }
        if (node.is::<NestedLoopJoinExec>() || node.is::<CrossJoinExec>())
            && node.children().into_iter().all(reads_stream)
        {
            let text = "Stream-stream join without equality predicate is not supported.";
            return Err(EngineError::analysis(text).into());
        }
        Ok(Transformed::no(node))
    })?;
    Ok(plan.data)
}

fn stateful_aggregate(last: &AggregateExec, output_mode: OutputMode) -> Result<Arc<dyn ExecutionPlan>> {
    let partial = Arc::clone(last.input());
    let keys = last.group_expr().num_group_exprs();
    let store = StateStore::new(partial.schema(), keys)?;
    let session = session_column(&store);
    let name = if session.is_some() { "sessionWindowStateStoreSave" } else { "stateStoreSave" };
    let keyed = Keyed::new(name, store, output_mode);
    let restore: Arc<dyn ExecutionPlan> = match session {
        Some(session) => Arc::new(SessionRestoreExec::new(partial, keyed.clone(), session)?),
        None => Arc::new(StateRestoreExec::new(partial, keyed.clone())),
    };
    let reduce = Arc::new(AggregateExec::try_new(
        AggregateMode::PartialReduce,
        last.group_expr().clone(),
        last.aggr_expr().to_vec(),
        vec![None; last.aggr_expr().len()],
        restore,
        last.input_schema(),
    )?);
    let save = Arc::new(StateSaveExec::new(reduce, keyed));
    let last = AggregateExec::try_new(
        AggregateMode::Final,
        last.group_expr().clone(),
        last.aggr_expr().to_vec(),
        vec![None; last.aggr_expr().len()],
        save,
        last.input_schema(),
    )?;
    Ok(Arc::new(last))
}
