//! What a streaming query may not be: Spark's `UnsupportedOperationChecker`, with its texts.

mod groups;

use datafusion::common::JoinType;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Aggregate, Expr, Join, LogicalPlan};

use crate::operators::{SESSION_METADATA, delay_ms, is_timed_deduplicate, spark_name};
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
    let has_aggregates =
        plan.exists(|node| Ok(matches!(node, LogicalPlan::Aggregate(_)) && is_streaming(node)))?;
    let mut functions = 0_u32;
    let mut wrong = None;
    plan.apply(|node| {
        if is_streaming(node) {
            functions += u32::from(groups::is_groups(node));
            wrong = match node {
                LogicalPlan::Extension(own) => groups::check(own.node.as_ref(), mode, has_aggregates).err(),
                other => check_node(other, mode).err(),
            };
        }
        Ok(if wrong.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if let Some(error) = wrong {
        return Err(error);
    }
    if functions > 1 {
        return Err(EngineError::analysis(
            "Multiple applyInPandasWithStates are not supported on a streaming DataFrames/Datasets",
        ));
    }
    if mode == OutputMode::Complete && !has_aggregates {
        return Err(EngineError::output_mode(mode, "no streaming aggregations"));
    }
    check_chain(plan, mode)
}

/// What gives rows that may still change, or that are behind the watermark, cannot feed another stateful operator.
fn check_chain(plan: &LogicalPlan, mode: OutputMode) -> Result<(), EngineError> {
    let changing = |below: &LogicalPlan| {
        let is_changing = mode != OutputMode::Append && matches!(below, LogicalPlan::Aggregate(_));
        Ok((is_changing || groups::is_timed_by_event(below)) && is_streaming(below))
    };
    let chained = plan.exists(|node| {
        if !is_stateful(node) {
            return Ok(false);
        }
        node.inputs().into_iter().try_fold(false, |found, below| Ok(found || below.exists(changing)?))
    })?;
    if chained {
        return Err(EngineError::analysis(
            "Detected pattern of possible 'correctness' issue due to global watermark. The query contains stateful \
             operation which can emit rows older than the current watermark plus allowed late record delay, which are \
             \"late rows\" in downstream stateful operations and these rows can be discarded. Please refer the \
             programming guide doc for more details. If you understand the possible risk of correctness issue and \
             still need to run the query, you can disable this check by setting the config \
             `spark.sql.streaming.statefulOperator.checkCorrectness.enabled` to false.",
        ));
    }
    Ok(())
}

/// Whether a node keeps state by event time, or always.
fn is_stateful(node: &LogicalPlan) -> bool {
    match node {
        LogicalPlan::Aggregate(_) => is_streaming(node),
        LogicalPlan::Join(join) => is_streaming(&join.left) && is_streaming(&join.right),
        LogicalPlan::Extension(extension) => {
            (is_timed_deduplicate(extension.node.as_ref()) || groups::is_groups(node)) && is_streaming(node)
        }
        _ => false,
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
        LogicalPlan::Join(join) => check_join(join, mode),
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
    let mut groups = aggregate.schema.fields().iter().take(aggregate.group_expr.len());
    if groups.any(|field| field.metadata().contains_key(SESSION_METADATA)) {
        if mode == OutputMode::Update {
            return Err(EngineError::output_mode(mode, "session window streaming aggregations"));
        }
        if aggregate.group_expr.len() == 1 {
            return Err(EngineError::analysis(
                "Global aggregation with session window in streaming query is not supported.",
            ));
        }
    }
    Ok(())
}

/// Joins with a static side. That the state of two streams' join can be cleaned is checked where it is planned.
fn check_join(join: &Join, mode: OutputMode) -> Result<(), EngineError> {
    let refuse = |text: &str| Err(EngineError::analysis(text));
    match (is_streaming(&join.left), is_streaming(&join.right), join.join_type) {
        (true, true, kind)
            if mode == OutputMode::Complete || (mode == OutputMode::Update && kind != JoinType::Inner) =>
        {
            refuse(&format!(
                "Join between two streaming DataFrames/Datasets is not supported in {} output mode, only in Append output \
             mode",
                capitalized(mode)
            ))
        }
        (_, true, JoinType::LeftAnti) => {
            refuse("LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported")
        }
        (true, false, JoinType::Full) => refuse(
            "FullOuter joins with streaming DataFrames/Datasets on the left and a static DataFrame/Dataset on the \
             right is not supported",
        ),
        (false, true, JoinType::Full) => refuse(
            "FullOuter joins with streaming DataFrames/Datasets on the right and a static DataFrame/Dataset on the \
             left is not supported",
        ),
        (false, true, kind @ (JoinType::Left | JoinType::LeftSemi)) => refuse(&format!(
            "{} join with a streaming DataFrame/Dataset on the right and a static DataFrame/Dataset on the left is not \
             supported",
            spark_name(kind)
        )),
        (true, false, JoinType::Right) => refuse(
            "RightOuter join with a streaming DataFrame/Dataset on the left and a static DataFrame/DataSet on the \
             right not supported",
        ),
        _ => Ok(()),
    }
}

fn capitalized(mode: OutputMode) -> &'static str {
    match mode {
        OutputMode::Append => "Append",
        OutputMode::Update => "Update",
        OutputMode::Complete => "Complete",
    }
}
