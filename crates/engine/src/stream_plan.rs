//! A streaming query's physical plan: made once, run once per epoch.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::execution::context::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::{ExecutionPlan, displayable};

use crate::operators::{
    EpochScanExec, EventTimeStats, StatefulOperator, WatermarkExec, WatermarkFlow, attach_state,
};
use crate::plan::key_columns;
use crate::sources::{RowStream, StreamTable};
use crate::{EngineError, OutputMode};

/// The plan, and handles on those of its nodes that the epoch loop talks to.
#[derive(Debug)]
pub(crate) struct StreamPlan {
    root: Arc<dyn ExecutionPlan>,
    scans: Vec<Arc<dyn ExecutionPlan>>,
    marks: Vec<Arc<dyn ExecutionPlan>>,
    tables: Vec<StreamTable>,
    operators: Vec<Arc<StatefulOperator>>,
    watermarks: WatermarkFlow,
    context: Arc<TaskContext>,
    keys: Vec<usize>,
    logical: String,
    optimized: String,
}

impl StreamPlan {
    /// Optimizes and plans; the plan has been checked (see [`crate::checks`]).
    ///
    /// # Errors
    /// The plan cannot be analyzed or planned.
    pub(crate) async fn new(
        state: &SessionState,
        plan: &LogicalPlan,
        output_mode: OutputMode,
    ) -> Result<Self, EngineError> {
        let optimized = state.optimize(plan)?;
        let physical = state.query_planner().create_physical_plan(&optimized, state).await?;
        let root = attach_state(physical, output_mode)?;
        let watermarks = WatermarkFlow::of(&root);
        let operators = watermarks.operators().cloned().collect();
        let (mut scans, mut marks, mut tables) = (Vec::new(), Vec::new(), Vec::<StreamTable>::new());
        root.apply(|node| {
            if let Some(scan) = node.downcast_ref::<EpochScanExec>() {
                if tables.iter().all(|table| table.id() != scan.table().id()) {
                    tables.push(scan.table().clone());
                }
                scans.push(Arc::clone(node));
            } else if node.is::<WatermarkExec>() {
                marks.push(Arc::clone(node));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(Self {
            root,
            scans,
            marks,
            tables,
            operators,
            watermarks,
            context: state.task_ctx(),
            keys: key_columns(plan),
            logical: plan.display_indent().to_string(),
            optimized: optimized.display_indent().to_string(),
        })
    }

    /// The result's columns.
    pub(crate) fn schema(&self) -> SchemaRef {
        self.root.schema()
    }

    /// The places of the result's key columns; see [`key_columns`].
    pub(crate) fn keys(&self) -> &[usize] {
        &self.keys
    }

    /// The streams that it reads, each once.
    pub(crate) fn tables(&self) -> &[StreamTable] {
        &self.tables
    }

    /// The stateful operators, from the leaves up.
    pub(crate) fn operators(&self) -> &[Arc<StatefulOperator>] {
        &self.operators
    }

    /// How many scans a stream has in this plan.
    fn scans_of(&self, table: &StreamTable) -> impl Iterator<Item = &EpochScanExec> {
        let id = table.id();
        self.scans
            .iter()
            .filter_map(|scan| scan.downcast_ref::<EpochScanExec>())
            .filter(move |scan| scan.table().id() == id)
    }

    /// Hands each scan of a stream the epoch's rows, of which `rows` makes a reading for each.
    pub(crate) fn fill(&self, table: &StreamTable, mut rows: impl Iterator<Item = RowStream>) {
        for scan in self.scans_of(table) {
            if let Some(rows) = rows.next() {
                scan.fill(rows);
            }
        }
    }

    /// How many readings [`StreamPlan::fill`] needs for a stream.
    pub(crate) fn readings(&self, table: &StreamTable) -> usize {
        self.scans_of(table).count()
    }

    /// How many rows of a stream the last epoch read.
    pub(crate) fn rows_read(&self, table: &StreamTable) -> u64 {
        self.scans_of(table).map(EpochScanExec::rows_read).sum()
    }

    /// Begins an epoch with these watermarks and gives its rows.
    ///
    /// # Errors
    /// The plan cannot be executed.
    pub(crate) fn execute(
        &self,
        late_ms: i64,
        eviction_ms: i64,
        batch_time_ms: i64,
    ) -> Result<SendableRecordBatchStream, EngineError> {
        self.watermarks.set(late_ms, eviction_ms);
        for operator in &self.operators {
            operator.begin(batch_time_ms);
        }
        // A plan collects metrics with every execution; fresh nodes keep a long-running query from growing.
        let fresh = reset_plan_states(Arc::clone(&self.root))?;
        Ok(fresh.execute(0, Arc::clone(&self.context))?)
    }

    /// What each watermark node saw in the last epoch, with its delay in milliseconds.
    pub(crate) fn event_times(&self) -> Vec<(i64, EventTimeStats)> {
        self.marks
            .iter()
            .filter_map(|mark| mark.downcast_ref::<WatermarkExec>())
            .map(|mark| (mark.delay_ms(), mark.take_stats()))
            .collect()
    }

    /// Whether it has a watermark.
    pub(crate) fn has_watermark(&self) -> bool {
        !self.marks.is_empty()
    }

    /// The plan in words, in the order and with the titles of Spark's `explain`.
    pub(crate) fn explain(&self, extended: bool, sink: &str, batch_id: u64) -> String {
        let physical = displayable(self.root.as_ref()).indent(false).to_string();
        let mut lines = format!(
            "== Physical Plan ==\nWriteToDataSourceV2 MicroBatchWrite[epoch: {batch_id}, writer: {sink}]\n"
        );
        for line in physical.lines() {
            let text = line.trim_start();
            let depth = line.len() - text.len();
            lines.push_str(&format!("{}+- {text}\n", " ".repeat(depth / 2 * 3)));
        }
        if !extended {
            return lines;
        }
        format!(
            "== Parsed Logical Plan ==\n{0}\n\n== Analyzed Logical Plan ==\n{0}\n\n== Optimized Logical Plan ==\n{1}\n\n{lines}",
            self.logical, self.optimized
        )
    }
}
