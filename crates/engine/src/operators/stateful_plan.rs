//! Puts state into a physical plan: between the partial and the final half of each aggregation over a stream.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};

use super::state_restore::StateRestoreExec;
use super::state_save::StateSaveExec;
use super::{DeduplicateExec, EpochScanExec, SharedStore, StateStore};
use crate::OutputMode;

/// The watermarks of the epoch at hand, in milliseconds since 1970.
#[derive(Debug, Default)]
pub(crate) struct Watermarks {
    late: AtomicI64,
    eviction: AtomicI64,
}

impl Watermarks {
    /// Sets them for the next epoch. A row is late by the watermark of the epoch before (Spark's rule since 3.4).
    pub(crate) fn set(&self, late_ms: i64, eviction_ms: i64) {
        self.late.store(late_ms, Ordering::Relaxed);
        self.eviction.store(eviction_ms, Ordering::Relaxed);
    }
}

/// One stateful operator: what its physical nodes share.
#[derive(Debug)]
pub(crate) struct StatefulOperator {
    /// Spark's name for it, as progress shows it.
    pub(crate) name: &'static str,
    pub(crate) store: SharedStore,
    pub(crate) output_mode: OutputMode,
    pub(crate) has_watermark: bool,
    key_names: String,
    watermarks: Arc<Watermarks>,
}

impl StatefulOperator {
    pub(super) fn new(
        name: &'static str,
        store: StateStore,
        output_mode: OutputMode,
        watermarks: &Arc<Watermarks>,
    ) -> Self {
        let names: Vec<_> = store.key_schema().fields().iter().map(|f| f.name().clone()).collect();
        Self {
            name,
            has_watermark: store.event_time().is_some(),
            key_names: names.join(", "),
            store: Arc::new(Mutex::new(store)),
            output_mode,
            watermarks: Arc::clone(watermarks),
        }
    }

    pub(super) fn key_names(&self) -> &str {
        &self.key_names
    }

    /// The watermark behind which rows are dropped; none in complete mode, which keeps everything.
    pub(super) fn late_watermark_ms(&self) -> Option<i64> {
        (self.has_watermark && self.output_mode != OutputMode::Complete)
            .then(|| self.watermarks.late.load(Ordering::Relaxed))
    }

    /// The watermark behind which state is given up.
    pub(super) fn eviction_watermark_ms(&self) -> Option<i64> {
        (self.has_watermark && self.output_mode != OutputMode::Complete)
            .then(|| self.watermarks.eviction.load(Ordering::Relaxed))
    }

    /// Whether an epoch without data has something to do once the watermark has moved.
    pub(crate) fn wants_empty_epochs(&self) -> bool {
        self.has_watermark && self.output_mode != OutputMode::Complete
    }
}

/// Whether a plan reads a stream somewhere below.
fn reads_stream(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<EpochScanExec>() || plan.children().into_iter().any(reads_stream)
}

/// A physical plan and its stateful operators, from the leaves up.
type WithState = (Arc<dyn ExecutionPlan>, Vec<Arc<StatefulOperator>>);

/// The plan with state, and its stateful operators from the leaves up.
///
/// # Errors
/// A type that cannot be kept in state.
pub(crate) fn attach_state(
    plan: Arc<dyn ExecutionPlan>,
    output_mode: OutputMode,
    watermarks: &Arc<Watermarks>,
) -> Result<WithState> {
    let mut operators = Vec::new();
    let plan = plan.transform_up(|node| {
        if let Some(aggregate) = node.downcast_ref::<AggregateExec>()
            && matches!(aggregate.mode(), AggregateMode::Final | AggregateMode::FinalPartitioned)
            && reads_stream(aggregate.input())
        {
            let (node, operator) = stateful_aggregate(aggregate, output_mode, watermarks)?;
            operators.push(operator);
            return Ok(Transformed::yes(node));
        }
        if let Some(deduplicate) = node.downcast_ref::<DeduplicateExec>()
            && reads_stream(&node)
        {
            let (node, operator) = deduplicate.with_state(output_mode, watermarks)?;
            operators.push(operator);
            return Ok(Transformed::yes(node));
        }
        Ok(Transformed::no(node))
    })?;
    Ok((plan.data, operators))
}

fn stateful_aggregate(
    last: &AggregateExec,
    output_mode: OutputMode,
    watermarks: &Arc<Watermarks>,
) -> Result<(Arc<dyn ExecutionPlan>, Arc<StatefulOperator>)> {
    let partial = Arc::clone(last.input());
    let keys = last.group_expr().num_group_exprs();
    let store = StateStore::new(partial.schema(), keys)?;
    let operator = Arc::new(StatefulOperator::new("stateStoreSave", store, output_mode, watermarks));
    let restore = Arc::new(StateRestoreExec::new(partial, Arc::clone(&operator)));
    let reduce = Arc::new(AggregateExec::try_new(
        AggregateMode::PartialReduce,
        last.group_expr().clone(),
        last.aggr_expr().to_vec(),
        vec![None; last.aggr_expr().len()],
        restore,
        last.input_schema(),
    )?);
    let save = Arc::new(StateSaveExec::new(reduce, Arc::clone(&operator)));
    let last = AggregateExec::try_new(
        AggregateMode::Final,
        last.group_expr().clone(),
        last.aggr_expr().to_vec(),
        vec![None; last.aggr_expr().len()],
        save,
        last.input_schema(),
    )?;
    Ok((Arc::new(last), operator))
}
