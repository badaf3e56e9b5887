//! `UnresolvedExtractValue`: `col["field"]`, `col[0]`, `col.getItem("key")`.

use arrow::datatypes::DataType;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::functions_nested::extract::array_element;
use datafusion::logical_expr::{Expr, ExprSchemable, lit, when};
use datafusion::scalar::ScalarValue;
use millstream_engine as engine;

use super::Scope;
use crate::error::{Kind, Result, SparkError, field_not_found};
use crate::proto::connect::expression::UnresolvedExtractValue;

pub(super) fn convert(scope: &Scope<'_>, extract: &UnresolvedExtractValue) -> Result<Expr> {
    let child = scope.required(extract.child.as_deref())?;
    let key = scope.required(extract.extraction.as_deref())?;
    match child.get_type(scope.input.schema())? {
        DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
            // Spark counts from 0, DataFusion from 1 and, below it, from the end: a negative index is null.
            let null = Expr::Literal(ScalarValue::Int64(None), None);
            let index = match &key {
                Expr::Literal(ScalarValue::Int32(Some(at)), _) if *at >= 0 => lit(i64::from(*at) + 1),
                _ => when(key.clone().gt_eq(lit(0_i64)), key + lit(1_i64)).otherwise(null)?,
            };
            Ok(array_element(child, index))
        }
        DataType::Struct(fields) => {
            let name = text(&key)?;
            let field = fields.iter().find(|field| field.name().eq_ignore_ascii_case(name));
            let names = || fields.iter().map(|field| field.name().clone()).collect::<Vec<_>>();
            let field = field.ok_or_else(|| field_not_found(name, &names()))?;
            Ok(get_field(child, field.name().as_str()))
        }
        DataType::Map(..) => Ok(get_field(child, text(&key)?)),
        other => {
            let text = format!(
                "Can't extract a value from \"{child}\". Need a complex type [STRUCT, ARRAY, MAP] but got \"{other}\"."
            );
            Err(SparkError::new(Kind::Analysis, "INVALID_EXTRACT_BASE_FIELD_TYPE", "42000", text)
                .with("base", child.to_string())
                .with("other", other.to_string()))
        }
    }
}

/// As a column of a result: `list[0]`, `struct.field`, `map[key]`, as Spark names it.
pub(super) fn named(scope: &Scope<'_>, extract: &UnresolvedExtractValue) -> Result<Expr> {
    let child = scope.required(extract.child.as_deref())?;
    let is_struct = matches!(child.get_type(scope.input.schema())?, DataType::Struct(_));
    let key = scope.required(extract.extraction.as_deref())?;
    let (child, key) = (engine::functions::name_of(&child), engine::functions::name_of(&key));
    let name = if is_struct { format!("{child}.{key}") } else { format!("{child}[{key}]") };
    Ok(convert(scope, extract)?.alias(name))
}

fn text(key: &Expr) -> Result<&str> {
    match key {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Ok(text),
        other => {
            let text = format!("Field name should be a non-null string literal, but it's \"{other}\".");
            Err(SparkError::new(Kind::Analysis, "INVALID_EXTRACT_FIELD_TYPE", "42000", text)
                .with("extraction", format!("\"{other}\"")))
        }
    }
}
