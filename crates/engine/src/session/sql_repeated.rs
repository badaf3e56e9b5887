//! `SELECT a, a` and `SELECT x AS n, y AS n`: what the parser's planner refuses and Spark allows. The later ones get
//! names of their own on the way through it, and their own again in the result (see [`crate::plan`]).

use std::collections::HashSet;

use datafusion::logical_expr::Expr as Planned;
use datafusion::logical_expr::expr::Alias;
use datafusion::sql::sqlparser::ast::{Expr, Ident, SelectItem, SetExpr, Statement};

use crate::functions::name_of;

const MARK: &str = "__repeated_";

/// Marks the items of a query's select list whose names others have before them.
pub(super) fn mark(statement: &mut Statement) {
    let Statement::Query(query) = statement else { return };
    let SetExpr::Select(select) = query.body.as_mut() else { return };
    let mut seen = HashSet::new();
    for (place, item) in select.projection.iter_mut().enumerate() {
        let (key, name) = match &*item {
            SelectItem::ExprWithAlias { alias, .. } => (alias.value.to_lowercase(), alias.value.clone()),
            SelectItem::UnnamedExpr(Expr::Identifier(name)) => {
                (name.value.to_lowercase(), name.value.clone())
            }
            SelectItem::UnnamedExpr(expr) => (expr.to_string().to_lowercase(), String::new()),
            _ => continue,
        };
        if seen.insert(key) {
            continue;
        }
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            let alias = Ident::with_quote('`', format!("{MARK}{place}:{name}"));
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias };
        }
    }
}

/// The expression with the name that it has in the result.
pub(super) fn unmarked(expr: Planned) -> Planned {
    let Planned::Alias(Alias { expr: inner, name, .. }) = &expr else { return expr };
    let Some((_, name)) = name.strip_prefix(MARK).and_then(|rest| rest.split_once(':')) else { return expr };
    match inner.as_ref() {
        Planned::Column(column) if name.is_empty() || column.name == name => Planned::Column(column.clone()),
        other if name.is_empty() => other.clone().alias(name_of(other)),
        other => other.clone().alias(name),
    }
}
