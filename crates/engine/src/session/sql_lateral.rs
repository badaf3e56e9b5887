//! `LATERAL VIEW explode(list) v AS item`, laid out as a query within the query: `FROM (SELECT *, explode(list) AS item
//! FROM t) AS t`. What the text calls `v.item` is `item` then.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, LateralView, ObjectNamePart, Select, SetExpr, Statement, TableFactor, TableWithJoins,
    VisitMut, VisitorMut,
};

use crate::EngineError;

/// How a text is parsed.
type Parse<'a> = &'a dyn Fn(&str) -> Result<Parsed, EngineError>;

/// Lays the views of a statement out.
///
/// # Errors
/// A view that is not done; the text says which.
pub(super) fn lay_out(statement: &mut Statement, parse: Parse<'_>) -> Result<(), EngineError> {
    match statement.visit(&mut Views(parse)) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

struct Views<'a>(Parse<'a>);

impl VisitorMut for Views<'_> {
    type Break = EngineError;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<EngineError> {
        if select.lateral_views.is_empty() {
            return ControlFlow::Continue(());
        }
        match self.nested(select) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

impl Views<'_> {
    fn nested(&self, select: &mut Select) -> Result<(), EngineError> {
        let mut views = std::mem::take(&mut select.lateral_views);
        let mut plain = Unqualified(views.iter().flat_map(columns).collect());
        let _ = select.visit(&mut plain);
        let from: Vec<String> = select.from.iter().map(ToString::to_string).collect();
        let name = name_of(&select.from);
        let mut nested = if from.is_empty() { String::new() } else { format!(" FROM {}", from.join(", ")) };
        for view in &mut views {
            let _ = view.lateral_view.visit(&mut plain);
            let (true, [column]) = (!view.outer, view.lateral_col_alias.as_slice()) else {
                return Err(EngineError::unsupported(format!(
                    "LATERAL VIEW OUTER, and of more or fewer than one column, is not supported by Millstream:{view}"
                )));
            };
            nested = format!(" FROM (SELECT *, {} AS {column}{nested}) AS {name}", view.lateral_view);
        }
        let parsed = (self.0)(&format!("SELECT 1{nested}"))?;
        select.from = from_of(parsed).ok_or_else(|| EngineError::parse_syntax("'LATERAL'", &nested))?;
        Ok(())
    }
}

/// The columns of a view, behind its name.
fn columns(view: &LateralView) -> Vec<(String, String)> {
    let name = view.lateral_view_name.0.last().map(ToString::to_string).unwrap_or_default();
    view.lateral_col_alias.iter().map(|column| (name.clone(), column.value.clone())).collect()
}

/// What the table below the views is called: as before, if it is one.
fn name_of(from: &[TableWithJoins]) -> String {
    let [TableWithJoins { relation, joins }] = from else { return "__lateral".to_owned() };
    let (name, alias) = match relation {
        TableFactor::Table { name, alias, .. } => (name.0.last(), alias),
        TableFactor::Derived { alias, .. } => (None, alias),
        _ => (None, &None),
    };
    let own = match (alias, name) {
        (Some(alias), _) => Some(alias.name.clone()),
        (None, Some(ObjectNamePart::Identifier(name))) => Some(name.clone()),
        _ => None,
    };
    own.filter(|_| joins.is_empty()).map_or_else(|| "__lateral".to_owned(), |own| own.to_string())
}

fn from_of(parsed: Parsed) -> Option<Vec<TableWithJoins>> {
    let Parsed::Statement(statement) = parsed else { return None };
    let Statement::Query(query) = *statement else { return None };
    match *query.body {
        SetExpr::Select(select) => Some(select.from),
        _ => None,
    }
}

/// Takes the names of views off their columns.
struct Unqualified(Vec<(String, String)>);

impl VisitorMut for Unqualified {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [view, column, rest @ ..] = parts.as_slice()
            && self.0.iter().any(|(v, c)| same(v, view) && same(c, column))
        {
            *expr = match rest {
                [] => Expr::Identifier(column.clone()),
                rest => Expr::CompoundIdentifier(std::iter::once(column).chain(rest).cloned().collect()),
            };
        }
        ControlFlow::Continue(())
    }
}

fn same(name: &str, ident: &Ident) -> bool {
    name.trim_matches('`').eq_ignore_ascii_case(&ident.value)
}
