//! `SortOrder`: `col.desc()`, `col.asc_nulls_last()`. Without a word about nulls they come first when ascending.

use datafusion::logical_expr::SortExpr;

use super::Scope;
use crate::error::Result;
use crate::proto::connect::expression::SortOrder;
use crate::proto::connect::expression::sort_order::{NullOrdering, SortDirection};

pub(crate) fn convert(scope: &Scope<'_>, order: &SortOrder) -> Result<SortExpr> {
    let ascending = order.direction() != SortDirection::Descending;
    let nulls_first = match order.null_ordering() {
        NullOrdering::SortNullsFirst => true,
        NullOrdering::SortNullsLast => false,
        NullOrdering::SortNullsUnspecified => ascending,
    };
    Ok(scope.required(order.child.as_deref())?.sort(ascending, nulls_first))
}
