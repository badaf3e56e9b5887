//! Where `DataFusion`'s planning of SQL asks what an operator means: Spark's `a[0]`, `date + 1`, `10 DIV 3`, types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::DFSchema;
use datafusion::error::Result;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr, TypePlanner,
};
use datafusion::logical_expr::{Expr, ExprSchemable as _, GetFieldAccess};
use datafusion::sql::sqlparser::ast::{ArrayElemTypeDef, BinaryOperator, DataType as SqlType};

use super::placeholder;

/// Asked before `DataFusion`'s own planners.
#[derive(Debug)]
pub(super) struct SparkOperators;

impl ExprPlanner for SparkOperators {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        let function = match expr.op {
            BinaryOperator::MyIntegerDivide => "div",
            BinaryOperator::StringConcat => "concat",
            BinaryOperator::Plus => "date_add",
            BinaryOperator::Minus => "date_sub",
            _ => return Ok(PlannerResult::Original(expr)),
        };
        if matches!(expr.op, BinaryOperator::Plus | BinaryOperator::Minus) {
            let days = |kind: Result<DataType>| kind.is_ok_and(|kind| kind.is_integer());
            let date = matches!(expr.left.get_type(schema), Ok(DataType::Date32));
            if !date || !days(expr.right.get_type(schema)) {
                return Ok(PlannerResult::Original(expr));
            }
        }
        Ok(PlannerResult::Planned(placeholder::call(function, vec![expr.left, expr.right])?))
    }

    fn plan_field_access(
        &self,
        expr: RawFieldAccessExpr,
        _schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        match expr.field_access {
            GetFieldAccess::ListIndex { key } => {
                Ok(PlannerResult::Planned(placeholder::call("get_item", vec![expr.expr, *key])?))
            }
            _ => Ok(PlannerResult::Original(expr)),
        }
    }

    fn plan_struct_literal(
        &self,
        args: Vec<Expr>,
        is_named_struct: bool,
    ) -> Result<PlannerResult<Vec<Expr>>> {
        let name = if is_named_struct { "named_struct" } else { "struct" };
        Ok(PlannerResult::Planned(placeholder::call(name, args)?))
    }
}

/// A type as Spark writes it: the parser writes those of maps in another way.
fn text_of(sql_type: &SqlType) -> String {
    match sql_type {
        SqlType::Map(key, value) => format!("map<{}, {}>", text_of(key), text_of(value)),
        SqlType::Array(ArrayElemTypeDef::AngleBracket(item) | ArrayElemTypeDef::Parenthesis(item)) => {
            format!("array<{}>", text_of(item))
        }
        SqlType::Struct(fields, _) => {
            let fields = fields.iter().map(|field| match &field.field_name {
                Some(name) => format!("`{}`: {}", name.value, text_of(&field.field_type)),
                None => text_of(&field.field_type),
            });
            format!("struct<{}>", fields.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// SQL's type names, read as Spark reads them.
#[derive(Debug)]
pub(super) struct SparkTypes;

impl TypePlanner for SparkTypes {
    fn plan_type_field(&self, sql_type: &SqlType) -> Result<Option<FieldRef>> {
        let kind = crate::functions::ddl::parse(&text_of(sql_type)).ok();
        Ok(kind.map(|kind| Arc::new(Field::new("", kind, true))))
    }
}
