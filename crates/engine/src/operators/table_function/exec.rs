//! The function at work: its inputs read to their ends, then one call.

use std::fmt::Formatter;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};
use futures::{TryStreamExt as _, stream};

use super::{ApplyFunction, TableFunction};
use crate::operators::epoch_properties;

/// The plan node.
#[derive(Debug)]
pub(crate) struct TableFunctionExec {
    inputs: Vec<Arc<dyn ExecutionPlan>>,
    function: Arc<dyn TableFunction>,
    properties: Arc<PlanProperties>,
}

impl TableFunctionExec {
    pub(crate) fn new(inputs: Vec<Arc<dyn ExecutionPlan>>, node: &ApplyFunction) -> Self {
        let function = Arc::clone(&node.function);
        Self { inputs, properties: epoch_properties(function.schema()), function }
    }
}

impl DisplayAs for TableFunctionExec {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.function.name())
    }
}

impl ExecutionPlan for TableFunctionExec {
    fn name(&self) -> &'static str {
        "TableFunctionExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    /// One call sees all rows.
    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition; self.inputs.len()]
    }

    fn apply_expressions(
        &self,
        _f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (function, properties) = (Arc::clone(&self.function), Arc::clone(&self.properties));
        Ok(Arc::new(Self { inputs, function, properties }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let inputs = self.inputs.iter().map(|input| input.execute(partition, Arc::clone(&context)));
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let function = Arc::clone(&self.function);
        let made = async move {
            let mut tables = Vec::with_capacity(inputs.len());
            for input in inputs {
                let schema = input.schema();
                let batches: Vec<RecordBatch> = input.try_collect().await?;
                tables.push(concat_batches(&schema, &batches)?);
            }
            let rows = function.apply(tables).await?;
            Ok::<_, DataFusionError>(stream::iter(rows.into_iter().map(Ok)))
        };
        let rows = stream::once(made).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}
