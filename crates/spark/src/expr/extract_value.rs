//! `UnresolvedExtractValue`: `col["field"]`, `col[0]`, `col.getItem("key")`.

use arrow::datatypes::DataType;
use datafusion::functions_nested::extract::array_element;
use datafusion::logical_expr::{Expr, ExprSchemable, lit};
use datafusion::scalar::ScalarValue;

use super::{Scope, attribute};
use crate::error::{Kind, Result, SparkError};
use crate::proto::connect::expression::UnresolvedExtractValue;

pub(super) fn convert(scope: &Scope<'_>, extract: &UnresolvedExtractValue) -> Result<Expr> {
    let child = scope.required(extract.child.as_deref())?;
    let key = scope.required(extract.extraction.as_deref())?;
    if let DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) =
        child.get_type(scope.schema())?
    {
        // Spark counts from 0, DataFusion from 1 and, below it, from the end: a negative index is null.
        let null = Expr::Literal(ScalarValue::Int64(None), None);
        let index = datafusion::logical_expr::when(key.clone().gt_eq(lit(0_i64)), key + lit(1_i64))
            .otherwise(null)?;
        return Ok(array_element(child, index));
    }
    match &key {
        Expr::Literal(ScalarValue::Utf8(Some(name)), _) => attribute::field_of(scope.schema(), child, name),
        other => {
            let text = format!("Field name should be a non-null string literal, but it's \"{other}\".");
            Err(SparkError::new(Kind::Analysis, "INVALID_EXTRACT_FIELD_TYPE", "42000", text)
                .with("extraction", format!("\"{other}\"")))
        }
    }
}
