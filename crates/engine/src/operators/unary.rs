//! What every operator with one input has in common as a physical plan of `DataFusion`.
//!
//! An operator says what it does to a stream of rows ([`UnaryOperator`]); [`UnaryExec`] is the plan node around it.
//! The node is planned once and executed once per epoch, so the operator holds whatever outlives an epoch, and a node
//! that is given other children keeps its operator.

use std::fmt::{Debug, Formatter};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

use super::epoch_properties;

/// An operator's own part.
pub(crate) trait UnaryOperator: Debug + Send + Sync + 'static {
    /// Its name in explain.
    const NAME: &'static str;

    /// Its line in explain; `schema` is that of its rows.
    fn describe(&self, schema: &SchemaRef, f: &mut Formatter<'_>) -> std::fmt::Result;

    /// The rows that it makes in one epoch of those that come in; they have this schema.
    fn run(
        self: Arc<Self>,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
    ) -> Result<SendableRecordBatchStream>;
}

/// The plan node of an operator.
#[derive(Debug)]
pub(crate) struct UnaryExec<O> {
    pub(super) input: Arc<dyn ExecutionPlan>,
    pub(super) operator: Arc<O>,
    properties: Arc<PlanProperties>,
}

impl<O: UnaryOperator> UnaryExec<O> {
    /// `operator` over `input`, giving rows of this schema.
    pub(super) fn over(input: Arc<dyn ExecutionPlan>, schema: SchemaRef, operator: Arc<O>) -> Self {
        Self { input, operator, properties: epoch_properties(schema) }
    }
}

impl<O: UnaryOperator> DisplayAs for UnaryExec<O> {
    fn fmt_as(&self, _t: DisplayFormatType, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.operator.describe(&self.schema(), f)
    }
}

impl<O: UnaryOperator> ExecutionPlan for UnaryExec<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
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
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        let (operator, properties) = (Arc::clone(&self.operator), Arc::clone(&self.properties));
        Ok(Arc::new(Self { input, operator, properties }))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        Arc::clone(&self.operator).run(self.input.execute(partition, context)?, self.schema())
    }
}
