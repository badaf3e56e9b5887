//! `UnresolvedStar`: `*`, `t.*`, `window.*`.

use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{Expr, ExprSchemable};

use super::{Scope, attribute};
use crate::error::Result;
use crate::proto::connect::expression::UnresolvedStar;

pub(super) fn expand(scope: &Scope<'_>, star: &UnresolvedStar) -> Result<Vec<Expr>> {
    match star.unparsed_target.as_deref() {
        None | Some("") => Ok(all(scope, None)),
        Some(target) => of(scope, target.strip_suffix(".*").unwrap_or(target)),
    }
}

/// The columns of a table or the fields of a struct.
pub(super) fn of(scope: &Scope<'_>, target: &str) -> Result<Vec<Expr>> {
    let parts = attribute::parts_of(target)?;
    if let [table] = parts.as_slice() {
        let columns = all(scope, Some(table));
        if !columns.is_empty() {
            return Ok(columns);
        }
    }
    let expr = attribute::resolve(scope.schema(), &parts)?;
    match expr.get_type(scope.schema())? {
        DataType::Struct(fields) => {
            let fields = fields.iter().map(|f| get_field(expr.clone(), f.name().as_str()).alias(f.name()));
            Ok(fields.collect())
        }
        _ => attribute::field_of(scope.schema(), expr, "*").map(|expr| vec![expr]),
    }
}

/// Every column, or those of one table.
pub(super) fn all(scope: &Scope<'_>, table: Option<&str>) -> Vec<Expr> {
    let columns = scope.schema().iter().filter(|(qualifier, _)| {
        table.is_none_or(|table| qualifier.is_some_and(|q| q.table().eq_ignore_ascii_case(table)))
    });
    columns.map(|field| Expr::Column(Column::from(field))).collect()
}
