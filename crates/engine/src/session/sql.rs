//! SQL with Spark's functions: `DataFusion` parses and plans, and this makes Spark's meaning of the result.
//!
//! A Spark function that `DataFusion` lacks (or means differently) is planned as a placeholder of its name and then
//! replaced by what [`crate::functions::call`] makes of it; casts become Spark's; `explode` and `window` are laid out.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{DFSchema, ScalarValue, internal_err};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::planner::TypePlanner;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable as _, LogicalPlan, Operator, Projection, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::prelude::{col, lit};
use datafusion::sql::sqlparser::ast::DataType as SqlType;

use crate::functions::{call, cast, name_of};
use crate::plan::lay_out;

/// The functions that are planned as placeholders.
const PLACEHOLDERS: [&str; 27] = [
    "split",
    "from_json",
    "to_json",
    "regexp_extract",
    "to_timestamp",
    "window",
    "explode",
    "year",
    "quarter",
    "month",
    "day",
    "dayofmonth",
    "dayofweek",
    "dayofyear",
    "weekofyear",
    "hour",
    "minute",
    "second",
    "size",
    "struct",
    "named_struct",
    "rlike",
    "isnull",
    "isnotnull",
    "if",
    "length",
    "array",
];

/// The placeholders, for registration after `DataFusion`'s own functions.
pub(super) fn placeholders() -> impl Iterator<Item = Arc<ScalarUDF>> {
    PLACEHOLDERS.into_iter().map(|name| {
        let signature = Signature::variadic_any(Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(Placeholder { name, signature }))
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Placeholder {
    name: &'static str,
    signature: Signature,
}

impl ScalarUDFImpl for Placeholder {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        internal_err!("the type of {} depends on its arguments", self.name)
    }

    /// The type of what will stand here: the same call over columns of the arguments' types.
    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let names: Vec<String> = (0..args.arg_fields.len()).map(|index| format!("c{index}")).collect();
        let exprs = names.iter().zip(args.scalar_arguments).map(|(name, literal)| match literal {
            Some(value) => lit(ScalarValue::clone(value)),
            None => col(name),
        });
        let expr = call(self.name, exprs.collect(), false)?;
        let fields: Vec<_> =
            names.iter().zip(args.arg_fields).map(|(name, f)| f.as_ref().clone().with_name(name)).collect();
        let schema = DFSchema::try_from(Schema::new(fields))?;
        Ok(expr.to_field(&schema)?.1)
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("{} was not replaced", self.name)
    }
}

/// An expression with placeholders and casts replaced.
pub(super) fn spark_expr(expr: Expr) -> Result<Expr> {
    let replaced = expr.transform_up(|expr| match expr {
        Expr::ScalarFunction(function) if PLACEHOLDERS.contains(&function.name()) => {
            let implementation: &dyn std::any::Any = function.func.inner().as_ref();
            if !implementation.is::<Placeholder>() {
                return Ok(Transformed::no(Expr::ScalarFunction(function)));
            }
            let name = function.name().to_owned();
            Ok(Transformed::yes(call(&name, function.args, false)?))
        }
        Expr::Cast(inner) => Ok(Transformed::yes(cast(*inner.expr, inner.field.data_type().clone()))),
        Expr::TryCast(inner) => Ok(Transformed::yes(cast(*inner.expr, inner.field.data_type().clone()))),
        Expr::BinaryExpr(binary) if binary.op == Operator::Divide => {
            Ok(Transformed::yes(call("/", vec![*binary.left, *binary.right], false)?))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(replaced.data)
}

/// A plan of SQL with Spark's meaning and Spark's column names.
pub(super) fn spark_plan(plan: LogicalPlan) -> Result<LogicalPlan> {
    let replaced = named(plan)?.transform_up(|node| {
        let preserver = NamePreserver::new(&node);
        let node = node.map_expressions(|expr| {
            let name = preserver.save(&expr);
            Ok(Transformed::yes(name.restore(spark_expr(expr)?)))
        })?;
        let node = node.data.recompute_schema()?;
        Ok(Transformed::yes(lay_out(node).map_err(DataFusionError::from)?))
    })?;
    Ok(replaced.data)
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
            let exprs = projection.expr.into_iter().map(|expr| match &expr {
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
                    let name = name_of(other);
                    expr.alias(name)
                }
            });
            let exprs = exprs.collect();
            Ok(LogicalPlan::Projection(Projection::try_new(exprs, projection.input)?))
        }
        other => Ok(other),
    }
}

/// SQL's type names, read as Spark reads them.
#[derive(Debug)]
pub(super) struct SparkTypes;

impl TypePlanner for SparkTypes {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let kind = crate::functions::ddl::parse(&sql_type.to_string()).ok();
        Ok(kind.map(|kind| Arc::new(Field::new("", kind, true))))
    }
}
