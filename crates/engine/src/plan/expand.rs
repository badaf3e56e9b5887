//! What makes many rows of one, laid out as projections and unnests: sliding windows, `explode`.

use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{Column, UnnestOptions};
use datafusion::logical_expr::utils::find_window_exprs;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use crate::EngineError;
use crate::functions::explode::as_explode;
use crate::functions::window::{TimeWindow, as_window};

const EXPLODED: &str = "__exploded";
const WINDOW_START: &str = "__window_start";

/// All columns of a plan and one more.
fn with_extra(input: LogicalPlan, extra: Expr) -> Result<LogicalPlan, EngineError> {
    let mut exprs: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    exprs.push(extra);
    Ok(LogicalPlanBuilder::from(input).project(exprs)?.build()?)
}

fn unnest(input: LogicalPlan, column: &str) -> Result<LogicalPlan, EngineError> {
    let options = UnnestOptions::new().with_preserve_nulls(false);
    let column = Column::from_name(column);
    Ok(LogicalPlanBuilder::from(input).unnest_column_with_options(column, options)?.build()?)
}

/// Replaces the one `explode(...)` of a select list; rows with null or an empty list go.
pub(super) fn explode(input: LogicalPlan, exprs: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>), EngineError> {
    let mut list: Option<Expr> = None;
    let mut generators = 0_u32;
    let exprs = exprs
        .into_iter()
        .map(|expr| {
            let replaced = expr.transform_up(|expr| match as_explode(&expr) {
                Some(argument) => {
                    generators += 1;
                    list = Some(argument);
                    Ok(Transformed::yes(Expr::Column(Column::from_name(EXPLODED))))
                }
                None => Ok(Transformed::no(expr)),
            })?;
            Ok(replaced.data)
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    let Some(list) = list else { return Ok((input, exprs)) };
    if generators > 1 {
        return Err(EngineError::analysis(format!(
            "[UNSUPPORTED_GENERATOR.MULTI_GENERATOR] The generator is not supported: only one generator allowed per \
             SELECT clause but found {generators}. SQLSTATE: 42K0E"
        )));
    }
    let input = with_extra(input, list.alias(EXPLODED))?;
    Ok((unnest(input, EXPLODED)?, exprs))
}

/// Replaces time windows: rows without a time go, and with sliding windows a row comes once per window.
pub(super) fn windows(input: LogicalPlan, exprs: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>), EngineError> {
    let mut found: Option<(TimeWindow, Expr)> = None;
    let mut second = false;
    for expr in &exprs {
        expr.apply(|expr| {
            if let Some(window) = as_window(expr) {
                second |= found.as_ref().is_some_and(|first| *first != window);
                found = Some(window);
            }
            Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
        })?;
    }
    let Some((window, time)) = found else { return Ok((input, exprs)) };
    if second {
        return Err(EngineError::analysis(
            "Multiple time/session window expressions would result in a cartesian product of rows, therefore they \
             are currently not supported.",
        ));
    }
    let input = LogicalPlanBuilder::from(input).filter(time.clone().is_not_null())?.build()?;
    if !window.slides() {
        return Ok((input, exprs));
    }
    let input = with_extra(input, window.starts(time.clone()).alias(WINDOW_START))?;
    let input = unnest(input, WINDOW_START)?;
    let made = window.at_start(Expr::Column(Column::from_name(WINDOW_START)), time);
    let exprs = exprs
        .into_iter()
        .map(|expr| {
            let replaced = expr.transform_up(|expr| match as_window(&expr) {
                Some(_) => Ok(Transformed::yes(made.clone())),
                None => Ok(Transformed::no(expr)),
            })?;
            Ok(replaced.data)
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    Ok((input, exprs))
}

/// Computes functions over windows (`row_number() OVER ...`) beneath, and replaces them by their columns.
pub(super) fn over(input: LogicalPlan, exprs: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>), EngineError> {
    let found = find_window_exprs(&exprs);
    if found.is_empty() {
        return Ok((input, exprs));
    }
    let input = LogicalPlanBuilder::window_plan(input, found.clone())?;
    let exprs = exprs
        .into_iter()
        .map(|expr| {
            let replaced = expr.transform_down(|expr| {
                if !found.contains(&expr) {
                    return Ok(Transformed::no(expr));
                }
                Ok(Transformed::yes(Expr::Column(Column::from_name(expr.schema_name().to_string()))))
            })?;
            Ok(replaced.data)
        })
        .collect::<Result<Vec<_>, EngineError>>()?;
    Ok((input, exprs))
}
