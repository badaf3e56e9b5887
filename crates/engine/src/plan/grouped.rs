//! `groupBy(...)` for functions of the user's: the rows with the columns that they are grouped by.

use std::sync::Arc;

use datafusion::logical_expr::{Expr, Extension, LogicalPlan, LogicalPlanBuilder};

use super::{bare, column, expand};
use crate::operators::group_state::{ApplyGroups, GroupFunction, GroupTimeout};
use crate::operators::table_function::{ApplyFunction, TableFunction};
use crate::{EngineError, OutputMode};

/// The rows of a plan and what they are grouped by.
#[derive(Debug, Clone)]
pub struct Grouped {
    /// The rows; keys that are computed come behind the columns of the plan.
    pub rows: LogicalPlan,
    /// The places of the keys.
    pub keys: Vec<usize>,
    /// How many columns the plan has by itself: those that the function sees as its table.
    pub values: usize,
}

/// The rows of `input` grouped by columns or expressions, of which one may be a `window(...)`.
///
/// # Errors
/// As [`super::select`].
pub fn grouped(input: LogicalPlan, keys: Vec<Expr>) -> Result<Grouped, EngineError> {
    let resolved = keys.into_iter().map(|key| column::resolve(&input, key).map(bare));
    let resolved = resolved.collect::<Result<Vec<_>, _>>()?;
    let own: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    let (rows, resolved) = expand::windows(input, resolved)?;
    let values = own.len();
    let (mut columns, mut keys) = (own, Vec::new());
    for key in resolved {
        let plain = key.unalias();
        let place = columns.iter().take(values).position(|column| *column == plain);
        keys.push(place.unwrap_or(columns.len()));
        if place.is_none() {
            // The function gets keys by their place: a name of the plan's own could be there already.
            columns.push(plain.alias(format!("__group_{}", keys.len())));
        }
    }
    let rows = if columns.len() == values && rows.schema().fields().len() == values {
        rows
    } else {
        LogicalPlanBuilder::from(rows).project(columns)?.build()?
    };
    Ok(Grouped { rows, keys, values })
}

/// `groupBy(...).applyInPandasWithState(...)`: calls a function for each group with its rows and its state.
///
/// # Errors
/// Two columns of the function's rows have one name.
pub fn apply_groups(
    grouped: Grouped,
    function: Arc<dyn GroupFunction>,
    timeout: GroupTimeout,
    output_mode: OutputMode,
) -> Result<LogicalPlan, EngineError> {
    let node = ApplyGroups::new(grouped, function, timeout, output_mode)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

/// `mapInPandas` and its like: calls a function with all rows of its inputs.
///
/// # Errors
/// Two columns of the function's rows have one name.
pub fn apply_function(
    inputs: Vec<LogicalPlan>,
    function: Arc<dyn TableFunction>,
) -> Result<LogicalPlan, EngineError> {
    let node = ApplyFunction::new(inputs, function)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}
