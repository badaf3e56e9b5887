//! The function in the logical plan.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::TableFunction;

/// Calls a function with the rows of its inputs.
#[derive(Debug, Clone)]
pub(crate) struct ApplyFunction {
    inputs: Vec<LogicalPlan>,
    pub(crate) function: Arc<dyn TableFunction>,
    schema: DFSchemaRef,
}

impl ApplyFunction {
    /// The node over these inputs.
    ///
    /// # Errors
    /// Two columns of the function's rows have one name.
    pub(crate) fn new(inputs: Vec<LogicalPlan>, function: Arc<dyn TableFunction>) -> Result<Self> {
        let schema = Arc::new(DFSchema::try_from(function.schema())?);
        Ok(Self { inputs, function, schema })
    }

    fn identity(&self) -> (&[LogicalPlan], usize) {
        (&self.inputs, Arc::as_ptr(&self.function).cast::<()>().addr())
    }
}

impl PartialEq for ApplyFunction {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for ApplyFunction {}

impl Hash for ApplyFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl PartialOrd for ApplyFunction {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.inputs.partial_cmp(&other.inputs)
    }
}

impl UserDefinedLogicalNodeCore for ApplyFunction {
    fn name(&self) -> &'static str {
        "ApplyFunction"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        self.inputs.iter().collect()
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.function.name())
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        Ok(Self { inputs, ..self.clone() })
    }

    /// The function sees all columns.
    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(self.inputs.iter().map(|input| (0..input.schema().fields().len()).collect()).collect())
    }
}
