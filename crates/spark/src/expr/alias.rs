//! `Alias`: `col.alias("name")`.

use datafusion::logical_expr::Expr;

use super::Scope;
use crate::error::{Result, unsupported};
use crate::proto::connect::expression::Alias;

pub(super) fn convert(scope: &Scope<'_>, alias: &Alias) -> Result<Expr> {
    let expr = scope.required(alias.expr.as_deref())?;
    if alias.metadata.as_deref().is_some_and(|metadata| !matches!(metadata, "" | "{}")) {
        return Err(unsupported("Column.alias with metadata"));
    }
    match alias.name.as_slice() {
        [name] => Ok(expr.unalias().alias(name.as_str())),
        _ => Err(unsupported("Column.alias with more than one name")),
    }
}
