//! The plan node of a stream-stream join.

use std::fmt::Formatter;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::stream;

use super::StreamJoin;
use super::run::Run;
use crate::OutputMode;
use crate::operators::epoch_properties;

/// Joins the epoch's rows of two streams with each other and with what both kept.
#[derive(Debug)]
pub(crate) struct StreamJoinExec {
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    join: Arc<StreamJoin>,
    properties: Arc<PlanProperties>,
}

impl StreamJoinExec {
    /// The node in place of a batch join.
    ///
    /// # Errors
    /// As [`StreamJoin::new`].
    pub(crate) fn new(plan: &HashJoinExec, output_mode: OutputMode) -> Result<Self> {
        let join = StreamJoin::new(plan, output_mode)?;
        let properties = epoch_properties(Arc::clone(&join.output));
        Ok(Self {
            left: Arc::clone(plan.left()),
            right: Arc::clone(plan.right()),
            join: Arc::new(join),
            properties,
        })
    }

    /// Its state.
    pub(crate) fn operator(&self) -> &Arc<crate::operators::StatefulOperator> {
        &self.join.operator
    }
}

impl DisplayAs for StreamJoinExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.join.description)
    }
}

impl ExecutionPlan for StreamJoinExec {
    fn name(&self) -> &'static str {
        "StreamingSymmetricHashJoin"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left, &self.right]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [left, right]: [_; 2] =
            children.try_into().map_err(|_| DataFusionError::Internal("a join has two inputs".to_owned()))?;
        let (join, properties) = (Arc::clone(&self.join), Arc::clone(&self.properties));
        Ok(Arc::new(Self { left, right, join, properties }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let left = self.left.execute(partition, Arc::clone(&context))?;
        let right = self.right.execute(partition, context)?;
        let run = Run::new(Arc::clone(&self.join), left, right);
        let rows =
            stream::try_unfold(run, |mut run| async move { Ok(run.next().await?.map(|batch| (batch, run))) });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
