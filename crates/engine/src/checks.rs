//! What a streaming query may not be: Spark's `UnsupportedOperationChecker`, with its texts.

use datafusion::common::JoinType;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};

use crate::operators::delay_ms;
use crate::plan::is_streaming;
use crate::{EngineError, OutputMode};

/// Checks a plan that is about to be started.
///
/// # Errors
/// Something that streaming queries cannot do, in this output mode or at all.
pub(crate) fn check(plan: &LogicalPlan, mode: OutputMode) -> Result<(), EngineError> {
    if !is_streaming(plan) {
        return Err(EngineError::analysis(
            "[WRITE_STREAM_NOT_ALLOWED] `writeStream` can be called only on streaming Dataset/DataFrame. SQLSTATE: 42601",
        ));
    }
    let mut aggregates = 0_u32;
    let mut wrong = None;
    plan.apply(|node| {
        if is_streaming(node) {
            if matches!(node, LogicalPlan::Aggregate(_)) {
                aggregates += 1;
            }
            wrong = check_node(node, mode).err();
        }
        Ok(if wrong.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if let Some(error) = wrong {
        return Err(error);
    }
    match (mode, aggregates) {
        (OutputMode::Complete, 0) => Err(EngineError::output_mode(mode, "no streaming aggregations")),
        (_, 0 | 1) => Ok(()),
        _ => Err(EngineError::unsupported(
            "Multiple streaming aggregations are not supported with streaming DataFrames/Datasets; write the first \
             one to a topic and aggregate that in a second query",
        )),
    }
}

fn check_node(node: &LogicalPlan, mode: OutputMode) -> Result<(), EngineError> {
    match node {
        LogicalPlan::Aggregate(aggregate) => check_aggregate(aggregate, mode),
        LogicalPlan::Sort(sort) => {
            if mode == OutputMode::Complete && has_aggregate(&sort.input) {
                return Ok(());
            }
            Err(EngineError::analysis(
                "Sorting is not supported on streaming DataFrames/Datasets, unless it is on aggregated \
                 DataFrame/Dataset in Complete output mode",
            ))
        }
        LogicalPlan::Limit(limit) => {
            if mode == OutputMode::Complete && has_aggregate(&limit.input) {
                return Ok(());
            }
            Err(EngineError::unsupported(
                "Limit is supported on streaming DataFrames/Datasets only on aggregated DataFrame/Dataset in \
                 Complete output mode",
            ))
        }
        LogicalPlan::Window(_) => Err(EngineError::analysis(
            "Non-time-based windows are not supported on streaming DataFrames/Datasets",
        )),
        LogicalPlan::Distinct(_) => Err(EngineError::unsupported(
            "SELECT DISTINCT is not supported on streaming DataFrames/Datasets; use dropDuplicates",
        )),
        LogicalPlan::Join(join) if is_streaming(&join.left) && is_streaming(&join.right) => Err(
            EngineError::unsupported("Joins between two streaming DataFrames/Datasets are not supported yet"),
        ),
        LogicalPlan::Join(join) => {
            let left = is_streaming(&join.left);
            let allowed = match join.join_type {
                JoinType::Inner => true,
                JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti => left,
                JoinType::Right | JoinType::RightSemi | JoinType::RightAnti => !left,
                _ => false,
            };
            if allowed {
                return Ok(());
            }
            Err(EngineError::analysis(format!(
                "{} join with a streaming DataFrame/Dataset on the outer side and a static one on the other is not \
                 supported",
                join.join_type
            )))
        }
        LogicalPlan::Subquery(_) | LogicalPlan::RecursiveQuery(_) => {
            Err(EngineError::unsupported("Subqueries on streaming DataFrames/Datasets are not supported"))
        }
        _ => Ok(()),
    }
}

fn has_aggregate(plan: &LogicalPlan) -> bool {
    plan.exists(|node| Ok(matches!(node, LogicalPlan::Aggregate(_)))).unwrap_or(false)
}

fn check_aggregate(aggregate: &Aggregate, mode: OutputMode) -> Result<(), EngineError> {
    let distinct = aggregate.aggr_expr.iter().any(|expr| {
        expr.exists(|e| Ok(matches!(e, Expr::AggregateFunction(function) if function.params.distinct)))
            .unwrap_or(false)
    });
    if distinct {
        return Err(EngineError::analysis(
            "Distinct aggregations are not supported on streaming DataFrames/Datasets. Consider using \
             approx_count_distinct() instead.",
        ));
    }
    let groups = aggregate.schema.fields().iter().take(aggregate.group_expr.len());
    let with_watermark = groups.into_iter().any(|field| delay_ms(field).is_some());
    if mode == OutputMode::Append && !with_watermark {
        return Err(EngineError::output_mode(mode, "streaming aggregations without watermark"));
    }
    Ok(())
}
