//! The function in the logical plan.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::common::{DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::{GroupFunction, GroupTimeout};
use crate::OutputMode;
use crate::plan::Grouped;

/// Calls a function for each group of its input.
#[derive(Debug, Clone)]
pub(crate) struct ApplyGroups {
    grouped: Grouped,
    pub(crate) function: Arc<dyn GroupFunction>,
    pub(crate) timeout: GroupTimeout,
    pub(crate) output_mode: OutputMode,
    schema: DFSchemaRef,
}

impl ApplyGroups {
    /// The node; `output_mode` is what the function says of its rows.
    ///
    /// # Errors
    /// Two columns of the function's rows have one name.
    pub(crate) fn new(
        grouped: Grouped,
        function: Arc<dyn GroupFunction>,
        timeout: GroupTimeout,
        output_mode: OutputMode,
    ) -> Result<Self> {
        let schema = Arc::new(DFSchema::try_from(function.schema())?);
        Ok(Self { grouped, function, timeout, output_mode, schema })
    }

    /// The places of the keys in the input.
    pub(crate) fn keys(&self) -> &[usize] {
        &self.grouped.keys
    }

    /// The rows that it groups.
    pub(crate) fn input(&self) -> &LogicalPlan {
        &self.grouped.rows
    }

    /// How many columns of the input the function sees.
    pub(crate) fn values(&self) -> usize {
        self.grouped.values
    }

    fn identity(&self) -> (&LogicalPlan, &[usize], usize) {
        (self.input(), self.keys(), Arc::as_ptr(&self.function).cast::<()>().addr())
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
        self.input().partial_cmp(other.input())
    }
}

impl UserDefinedLogicalNodeCore for ApplyGroups {
    fn name(&self) -> &'static str {
        "ApplyGroups"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![self.input()]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields = self.input().schema().fields();
        let names: Vec<_> = self
            .keys()
            .iter()
            .filter_map(|key| fields.get(*key))
            .map(|field| field.name().as_str())
            .collect();
        write!(f, "FlatMapGroupsInPandasWithState [{}]", names.join(", "))
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        match inputs.into_iter().next() {
            Some(rows) => Ok(Self { grouped: Grouped { rows, ..self.grouped.clone() }, ..self.clone() }),
            None => Err(DataFusionError::Internal("groups without input".to_owned())),
        }
    }

    /// The function sees all columns.
    fn necessary_children_exprs(&self, _output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![(0..self.input().schema().fields().len()).collect()])
    }
}
