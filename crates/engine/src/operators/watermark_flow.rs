//! How the watermark goes through a plan with several stateful operators.
//!
//! Spark's rule since 3.5: an operator works with the least of its inputs' watermarks; a join that holds rows back hands
//! on a watermark that is back as far, every other operator the one that it got.

use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;

use super::deduplicate::DeduplicateExec;
use super::group_state::GroupStateExec;
use super::state_save::StateSaveExec;
use super::stateful_operator::StatefulOperator;
use super::stream_join::StreamJoinExec;
use super::watermark_exec::WatermarkExec;

/// Where a watermark comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum From {
    /// The query's own.
    Query,
    /// The output of the operator at this place.
    Operator(usize),
}

/// The plan's stateful operators, leaves first, with what each gets its watermark from.
#[derive(Debug, Default)]
pub(crate) struct WatermarkFlow {
    operators: Vec<(Arc<StatefulOperator>, Vec<From>)>,
}

fn operator_of(node: &Arc<dyn ExecutionPlan>) -> Option<&Arc<StatefulOperator>> {
    if let Some(save) = node.downcast_ref::<StateSaveExec>() {
        return Some(save.operator());
    }
    if let Some(join) = node.downcast_ref::<StreamJoinExec>() {
        return Some(join.operator());
    }
    if let Some(groups) = node.downcast_ref::<GroupStateExec>() {
        return groups.operator();
    }
    node.downcast_ref::<DeduplicateExec>()?.operator()
}

impl WatermarkFlow {
    /// The flow through a plan.
    pub(crate) fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        let mut flow = Self::default();
        flow.walk(plan);
        flow
    }

    /// The operators, from the leaves up.
    pub(crate) fn operators(&self) -> impl Iterator<Item = &Arc<StatefulOperator>> {
        self.operators.iter().map(|(operator, _)| operator)
    }

    fn walk(&mut self, node: &Arc<dyn ExecutionPlan>) -> Vec<From> {
        if node.is::<WatermarkExec>() {
            for child in node.children() {
                self.walk(child);
            }
            return vec![From::Query];
        }
        let inputs: Vec<From> = node.children().into_iter().flat_map(|child| self.walk(child)).collect();
        let Some(operator) = operator_of(node) else { return inputs };
        let handed_on =
            if inputs.is_empty() { Vec::new() } else { vec![From::Operator(self.operators.len())] };
        self.operators.push((Arc::clone(operator), inputs));
        handed_on
    }

    /// Each operator's watermark when the query's is this; zero for those that get none.
    fn inputs_ms(&self, query_ms: i64) -> Vec<i64> {
        let (mut inputs, mut outputs) = (Vec::new(), Vec::<i64>::new());
        for (operator, from) in &self.operators {
            let each = from.iter().map(|from| match from {
                From::Query => query_ms,
                From::Operator(place) => outputs.get(*place).copied().unwrap_or(query_ms),
            });
            let input = each.min().unwrap_or(0).max(0);
            inputs.push(input);
            outputs.push(operator.output_watermark_ms(input));
        }
        inputs
    }

    /// Sets the operators' watermarks for an epoch, from the query's of the epoch before and of this one.
    pub(crate) fn set(&self, before_ms: i64, now_ms: i64) {
        let (late, eviction) = (self.inputs_ms(before_ms), self.inputs_ms(now_ms));
        for ((operator, _), (late, eviction)) in self.operators.iter().zip(late.into_iter().zip(eviction)) {
            operator.set_watermarks(late, eviction);
        }
    }
}
