//! What `applyInPandasWithState` may not be in a streaming query.

use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};

use super::{capitalized, has_aggregate};
use crate::operators::delay_ms;
use crate::operators::group_state::{ApplyGroups, GroupTimeout};
use crate::operators::table_function::ApplyFunction;
use crate::plan::is_streaming;
use crate::{EngineError, OutputMode};

/// Checks a node of ours; `has_aggregates` is whether the query has aggregations of streams anywhere.
pub(super) fn check(
    node: &dyn UserDefinedLogicalNode,
    mode: OutputMode,
    has_aggregates: bool,
) -> Result<(), EngineError> {
    let refuse = |text: String| Err(EngineError::analysis(text));
    if node.as_any().is::<ApplyFunction>() && node.inputs().len() > 1 {
        return refuse("CoGrouping with a streaming DataFrame/Dataset is not supported".to_owned());
    }
    let Some(groups) = node.as_any().downcast_ref::<ApplyGroups>() else { return Ok(()) };
    let input = groups.input();
    if has_aggregates && groups.output_mode == OutputMode::Update {
        return refuse(
            "applyInPandasWithState in update mode is not supported with aggregation on a streaming \
             DataFrame/Dataset"
                .to_owned(),
        );
    }
    if has_aggregate(input) && is_streaming(input) {
        return refuse(
            "applyInPandasWithState in append mode is not supported after aggregation on a streaming \
             DataFrame/Dataset"
                .to_owned(),
        );
    }
    if !has_aggregates && groups.output_mode != mode {
        return refuse(format!(
            "applyInPandasWithState in {} mode is not supported with {} output mode on a streaming DataFrame/Dataset",
            groups.output_mode,
            capitalized(mode)
        ));
    }
    let has_watermark = input.schema().fields().iter().any(|field| delay_ms(field).is_some());
    if groups.timeout == GroupTimeout::EventTime && !has_watermark {
        return refuse(
            "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for using \
             event-time timeout in a applyInPandasWithState. Event-time timeout not supported without watermark."
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether a node is the function over groups.
pub(super) fn is_groups(node: &LogicalPlan) -> bool {
    matches!(node, LogicalPlan::Extension(extension) if extension.node.as_any().is::<ApplyGroups>())
}

/// Whether what follows cannot keep state: rows of groups whose time is out may be older than the watermark.
pub(super) fn is_timed_by_event(node: &LogicalPlan) -> bool {
    let LogicalPlan::Extension(extension) = node else { return false };
    let groups = extension.node.as_any().downcast_ref::<ApplyGroups>();
    groups.is_some_and(|groups| groups.timeout == GroupTimeout::EventTime)
}
