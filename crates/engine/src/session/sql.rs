//! SQL with Spark's functions: `DataFusion` parses and plans, and this makes Spark's meaning of the result.
//!
//! A Spark function is planned as a placeholder of its name and then replaced by what [`crate::functions::call`] makes of
//! it; casts become Spark's; whole numbers are `INT` where they fit; `explode` and `window` are laid out.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Operator, Projection, Values};

use super::placeholder;
use super::sql_repeated::unmarked;
use crate::functions::lambdas::resolved;
use crate::functions::{call, cast, name_of};
use crate::plan::{lay_out, told_apart};

/// An expression with placeholders, casts and numbers replaced.
pub(super) fn spark_expr(expr: Expr) -> Result<Expr> {
    let replaced = expr.transform_up(|expr| match expr {
        Expr::ScalarFunction(function) => {
            let name = match (placeholder::scalar_name(&function.func), function.name()) {
                (Some(name), _) => name,
                // What SQL's own syntax is planned as: `EXTRACT(hour FROM t)` and the like.
                (None, "date_part") => "date_part",
                _ => return Ok(Transformed::no(Expr::ScalarFunction(function))),
            };
            Ok(Transformed::yes(call(name, function.args, false)?.unalias()))
        }
        Expr::AggregateFunction(function) => aggregate(function),
        Expr::Cast(inner) => Ok(Transformed::yes(cast(*inner.expr, inner.field.data_type().clone()))),
        Expr::TryCast(inner) => Ok(Transformed::yes(cast(*inner.expr, inner.field.data_type().clone()))),
        Expr::BinaryExpr(binary) if matches!(binary.op, Operator::Divide | Operator::Modulo) => {
            let symbol = if binary.op == Operator::Divide { "/" } else { "%" };
            Ok(Transformed::yes(call(symbol, vec![*binary.left, *binary.right], false)?.unalias()))
        }
        Expr::Literal(ScalarValue::Int64(Some(number)), metadata) => Ok(match i32::try_from(number) {
            Ok(small) => Transformed::yes(Expr::Literal(ScalarValue::Int32(Some(small)), metadata)),
            Err(_) => Transformed::no(Expr::Literal(ScalarValue::Int64(Some(number)), metadata)),
        }),
        other => Ok(Transformed::no(other)),
    })?;
    Ok(replaced.data)
}

/// A placeholder of an aggregate by the aggregate itself.
fn aggregate(function: AggregateFunction) -> Result<Transformed<Expr>> {
    let Some(name) = placeholder::aggregate_name(&function.func) else {
        return Ok(Transformed::no(Expr::AggregateFunction(function)));
    };
    let params = function.params;
    let mut made = call(name, params.args, params.distinct)?.unalias();
    if let Expr::AggregateFunction(made) = &mut made {
        made.params.filter = params.filter;
        if !params.order_by.is_empty() {
            made.params.order_by = params.order_by;
        }
        made.params.null_treatment = params.null_treatment.or(made.params.null_treatment);
    }
    Ok(Transformed::yes(made))
}

/// A plan of SQL with Spark's meaning and Spark's column names.
pub(super) fn spark_plan(plan: LogicalPlan) -> Result<LogicalPlan> {
    let replaced = named(plan)?.transform_up(|node| {
        match node {
            // The numbers of a limit are no expressions of Spark's.
            LogicalPlan::Limit(_) => return Ok(Transformed::yes(node.recompute_schema()?)),
            LogicalPlan::Values(Values { values, schema }) => {
                let values = values
                    .into_iter()
                    .map(|row| row.into_iter().map(|value| spark_expr(own_type(value))).collect());
                let made = LogicalPlanBuilder::values(values.collect::<Result<_>>()?)?.build()?;
                let names = made.schema().columns().into_iter().zip(schema.fields());
                let exprs: Vec<Expr> =
                    names.map(|(column, field)| Expr::Column(column).alias(field.name())).collect();
                return Ok(Transformed::yes(LogicalPlanBuilder::from(made).project(exprs)?.build()?));
            }
            _ => {}
        }
        let preserver = NamePreserver::new(&node);
        let node = node.map_expressions(|expr| {
            let name = preserver.save(&expr);
            Ok(Transformed::yes(name.restore(spark_expr(expr)?)))
        })?;
        let node = with_lambdas(node.data)?.recompute_schema()?;
        Ok(Transformed::yes(lay_out(node).map_err(DataFusionError::from)?))
    })?;
    Ok(replaced.data)
}

/// The node with the types of its lambdas' parameters, which change with the literals beside them.
fn with_lambdas(node: LogicalPlan) -> Result<LogicalPlan> {
    let below = merge_schema(&node.inputs());
    Ok(node.map_expressions(|expr| Ok(Transformed::yes(resolved(expr, &below)?)))?.data)
}

/// A value without the cast that `DataFusion` put around it to make all rows of a column one type: that is done again,
/// with Spark's types.
fn own_type(value: Expr) -> Expr {
    match value {
        Expr::Cast(outer) if matches!(outer.expr.as_ref(), Expr::Cast(_) | Expr::ScalarFunction(_)) => {
            *outer.expr
        }
        other => other,
    }
}

/// Spark's names for the columns of the result that the query does not name.
fn named(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Sort(mut sort) => {
            let LogicalPlan::Projection(_) = sort.input.as_ref() else {
                sort.input = Arc::new(named(Arc::unwrap_or_clone(sort.input))?);
                return Ok(LogicalPlan::Sort(sort));
            };
            // The sort refers to the select list by DataFusion's names: Spark's go above it.
            let names = named(sort.input.as_ref().clone())?;
            let columns = sort.input.schema().columns().into_iter().zip(names.schema().fields());
            let exprs = columns.map(|(column, name)| Expr::Column(column).alias(name.name())).collect();
            let exprs = told_apart(exprs);
            let sorted = Arc::new(LogicalPlan::Sort(sort));
            Ok(LogicalPlan::Projection(Projection::try_new(exprs, sorted)?))
        }
        LogicalPlan::Limit(mut limit) => {
            limit.input = Arc::new(named(Arc::unwrap_or_clone(limit.input))?);
            Ok(LogicalPlan::Limit(limit))
        }
        LogicalPlan::Projection(projection) => {
            let names: Vec<(String, Expr)> = match projection.input.as_ref() {
                LogicalPlan::Aggregate(aggregate) => aggregate
                    .aggr_expr
                    .iter()
                    .chain(&aggregate.group_expr)
                    .map(|expr| (expr.schema_name().to_string(), expr.clone()))
                    .collect(),
                _ => Vec::new(),
            };
            let exprs = projection.expr.into_iter().map(unmarked).map(|expr| {
                Ok(match &expr {
                    Expr::Column(column) => match names.iter().find(|(name, _)| *name == column.name) {
                        Some((_, Expr::Column(_))) | None => expr,
                        Some((_, source)) => {
                            let name = name_of(&source.clone().unalias());
                            expr.alias(name)
                        }
                    },
                    // DataFusion's own name for what it counts instead of rows.
                    Expr::Alias(alias) if alias.name == "count(*)" => {
                        alias.expr.as_ref().clone().alias("count(1)")
                    }
                    Expr::Alias(_) => expr,
                    other => {
                        let name = name_of(&with_sources(other.clone(), &names)?);
                        expr.alias(name)
                    }
                })
            });
            let exprs = told_apart(exprs.collect::<Result<_>>()?);
            Ok(LogicalPlan::Projection(Projection::try_new(exprs, projection.input)?))
        }
        other => Ok(other),
    }
}

/// The expression with the aggregates that its columns stand for.
fn with_sources(expr: Expr, sources: &[(String, Expr)]) -> Result<Expr> {
    let replaced = expr.transform_up(|expr| match &expr {
        Expr::Column(column) => match sources.iter().find(|(name, _)| *name == column.name) {
            Some((_, source)) => Ok(Transformed::yes(source.clone().unalias())),
            None => Ok(Transformed::no(expr)),
        },
        _ => Ok(Transformed::no(expr)),
    })?;
    Ok(replaced.data)
}
