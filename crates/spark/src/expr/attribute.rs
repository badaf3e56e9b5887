//! `UnresolvedAttribute`: a column by name, possibly with the table before it and fields of structs after it.
//!
//! `plan_id` says from which `DataFrame` the program took the column, see [`crate::plan::Origins`].

use datafusion::logical_expr::Expr;
use millstream_engine as engine;

use super::Scope;
use crate::error::{Result, unsupported};
use crate::proto::connect::expression::UnresolvedAttribute;

/// As a part of an expression.
pub(super) fn convert(scope: &Scope<'_>, attribute: &UnresolvedAttribute) -> Result<Expr> {
    named(scope, attribute).map(Expr::unalias)
}

/// As a column of a result: a struct's field goes by its own name.
pub(super) fn named(scope: &Scope<'_>, attribute: &UnresolvedAttribute) -> Result<Expr> {
    if attribute.is_metadata_column() {
        return Err(unsupported("DataFrame.metadataColumn"));
    }
    let name = &attribute.unparsed_identifier;
    let taken = attribute.plan_id.and_then(|plan_id| scope.origins.find(scope.input, plan_id, name));
    match taken {
        Some(column) => Ok(column),
        None => Ok(engine::plan::column(scope.input, name)?),
    }
}
