//! `withWatermark` in the logical plan: passes rows on, marks the event-time column.

use std::sync::Arc;

use datafusion::common::{Column, DFSchema, DFSchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::DELAY_METADATA;

/// Declares how late rows may be by their event time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct EventTimeWatermark {
    input: Arc<LogicalPlan>,
    column: Column,
    delay_ms: i64,
    schema: DFSchemaRef,
}

impl PartialOrd for EventTimeWatermark {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        (&self.column, self.delay_ms).partial_cmp(&(&other.column, other.delay_ms))
    }
}

impl EventTimeWatermark {
    /// The node over `input`; `column` is one of its timestamps.
    ///
    /// # Errors
    /// There is no such column.
    pub(crate) fn new(input: Arc<LogicalPlan>, column: Column, delay_ms: i64) -> Result<Self> {
        let index = input.schema().index_of_column(&column)?;
        let fields = input.schema().iter().enumerate().map(|(i, (qualifier, field))| {
            let mut field = field.as_ref().clone();
            if i == index {
                let mut metadata = field.metadata().clone();
                metadata.insert(DELAY_METADATA.to_owned(), delay_ms.to_string());
                field = field.with_metadata(metadata);
            } else if super::delay_ms(&field).is_some() {
                // A later watermark replaces an earlier one, as in Spark.
                let mut metadata = field.metadata().clone();
                metadata.remove(DELAY_METADATA);
                field = field.with_metadata(metadata);
            }
            (qualifier.cloned(), Arc::new(field))
        });
        let metadata = input.schema().metadata().clone();
        let schema = Arc::new(DFSchema::new_with_metadata(fields.collect(), metadata)?);
        Ok(Self { input, column, delay_ms, schema })
    }

    /// The event-time column's place in the schema.
    pub(crate) fn index(&self) -> Result<usize> {
        self.schema.index_of_column(&self.column)
    }

    /// The delay in milliseconds.
    pub(crate) fn delay_ms(&self) -> i64 {
        self.delay_ms
    }
}

impl UserDefinedLogicalNodeCore for EventTimeWatermark {
    fn name(&self) -> &'static str {
        "EventTimeWatermark"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![Expr::Column(self.column.clone())]
    }

    /// Other predicates may go below, as in Spark; one on event time would change what the watermark sees.
    fn prevent_predicate_push_down_columns(&self) -> std::collections::HashSet<String> {
        std::iter::once(self.column.name.clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EventTimeWatermark {}, {} ms", self.column.name, self.delay_ms)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        match (exprs.into_iter().next(), inputs.into_iter().next()) {
            (Some(Expr::Column(column)), Some(input)) => Self::new(Arc::new(input), column, self.delay_ms),
            _ => {
                Err(DataFusionError::Internal("EventTimeWatermark takes one column and one input".to_owned()))
            }
        }
    }

    /// What is above needs some columns; the watermark needs event time besides. The schema keeps all of the
    /// input's columns, so that column is asked for by its place.
    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let mut columns = output_columns.to_vec();
        columns.push(self.index().ok()?);
        columns.sort_unstable();
        columns.dedup();
        Some(vec![columns])
    }
}
