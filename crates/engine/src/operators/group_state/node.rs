//! The function in the logical plan.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{Column, DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::{GroupFunction, GroupTimeout};
use crate::OutputMode;

/// Calls a function for each group of its input.
#[derive(Debug, Clone)]
pub(crate) struct ApplyGroups {
    input: Arc<LogicalPlan>,
    keys: Vec<Column>,
    pub(crate) function: Arc<dyn GroupFunction>,
    pub(crate) timeout: GroupTimeout,
    pub(crate) output_mode: OutputMode,
    schema: DFSchemaRef,
}

impl ApplyGroups {
    /// The node over `input`; `output_mode` is what the function says of its rows.
    ///
    /// # Errors
    /// Two columns of the function's rows have one name.
    pub(crate) fn new(
        input: Arc<LogicalPlan>,
        keys: Vec<Column>,
        function: Arc<dyn GroupFunction>,
        timeout: GroupTimeout,
        output_mode: OutputMode,
    ) -> Result<Self> {
        let schema = Arc::new(DFSchema::try_from(function.schema())?);
        Ok(Self { input, keys, function, timeout, output_mode, schema })
    }

    /// The places of the keys in the input.
    pub(crate) fn key_indices(&self) -> Result<Vec<usize>> {
        self.keys.iter().map(|column| self.input.schema().index_of_column(column)).collect()
    }

    fn identity(&self) -> (&LogicalPlan, &[Column], usize) {
        (&self.input, &self.keys, Arc::as_ptr(&self.function).cast::<()>().addr())
    }
}

impl PartialEq for ApplyGroups {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for ApplyGroups {}

impl Hash for ApplyGroups {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl PartialOrd for ApplyGroups {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.keys.partial_cmp(&other.keys)
    }
}

impl UserDefinedLogicalNodeCore for ApplyGroups {
    fn name(&self) -> &'static str {
        "ApplyGroups"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.keys.iter().cloned().map(Expr::Column).collect()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.keys.iter().map(|column| column.name.as_str()).collect();
        write!(f, "FlatMapGroupsInPandasWithState [{}]", names.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let keys = exprs
            .into_iter()
            .map(|expr| match expr {
                Expr::Column(column) => Ok(column),
                other => Err(DataFusionError::Internal(format!("groups by {other}"))),
            })
            .collect::<Result<Vec<_>>>()?;
        match inputs.into_iter().next() {
            Some(input) => Ok(Self { input: Arc::new(input), keys, ..self.clone() }),
            None => Err(DataFusionError::Internal("groups without input".to_owned())),
        }
    }

    /// The function sees all columns.
    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![(0..self.input.schema().fields().len()).collect()])
    }
}
