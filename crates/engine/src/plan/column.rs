//! Column names as Spark reads them: any case, dots into structs, backquotes, `*`.

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{Column, ExprSchema as _};
use datafusion::functions::core::expr_ext::FieldAccessor as _;
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::project::{is_written, repeats};
use crate::EngineError;

/// The names of a plan's columns.
pub(super) fn names(input: &LogicalPlan) -> Vec<String> {
    input.schema().fields().iter().map(|field| field.name().clone()).collect()
}

/// The parts of a dotted name; backquotes keep dots within a part.
fn parts(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in name.chars() {
        match c {
            '`' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            other => {
                if let Some(part) = parts.last_mut() {
                    part.push(other);
                }
            }
        }
    }
    parts
}

/// The column of that name alone, of any table or of this one; an exact match wins over one in another case.
fn find(input: &LogicalPlan, table: Option<&String>, name: &str) -> Result<Option<Column>, EngineError> {
    let of_table = |column: &Column| match (table, &column.relation) {
        (None, _) => true,
        (Some(wanted), Some(table)) => table.table().eq_ignore_ascii_case(wanted),
        (Some(_), None) => false,
    };
    let columns: Vec<Column> = input.schema().columns().into_iter().filter(of_table).collect();
    let exact: Vec<Column> = columns.iter().filter(|column| column.name == name).cloned().collect();
    let found = if exact.is_empty() {
        columns.into_iter().filter(|c| c.name.eq_ignore_ascii_case(name)).collect()
    } else {
        exact
    };
    let (again, once): (Vec<_>, Vec<_>) = found.into_iter().partition(|c| repeats(c.relation.as_ref()));
    match once.as_slice() {
        [] => Ok(again.into_iter().next()),
        [one] => Ok(Some(one.clone())),
        _ => {
            let candidates: Vec<String> = once.iter().map(shown).collect();
            let name = table.map_or_else(|| name.to_owned(), |table| format!("{table}`.`{name}"));
            Err(EngineError::ambiguous_reference(&name, &candidates))
        }
    }
}

/// A column as messages write it.
fn shown(column: &Column) -> String {
    match &column.relation {
        Some(table) if is_written(table) => format!("`{}`.`{}`", table.table(), column.name),
        _ => format!("`{}`", column.name),
    }
}

/// The field `name` of a struct type, as it is written there.
fn field_of(kind: &DataType, name: &str) -> Option<(String, DataType)> {
    let DataType::Struct(fields) = kind else { return None };
    let field = fields
        .iter()
        .find(|field| field.name() == name)
        .or_else(|| fields.iter().find(|field| field.name().eq_ignore_ascii_case(name)))?;
    Some((field.name().clone(), field.data_type().clone()))
}

/// A column, or a field within one, by the name that a program wrote.
///
/// # Errors
/// There is none, or more than one.
pub fn column(input: &LogicalPlan, name: &str) -> Result<Expr, EngineError> {
    let missing = || EngineError::unresolved_column(&name.replace('.', "`.`"), &names(input));
    if let Some(column) = find(input, None, name)? {
        return Ok(Expr::Column(column));
    }
    let parts = parts(name);
    // A first part may be the name of the table, as in `t.value`.
    for skip in [1, 0] {
        let mut rest = parts.iter().skip(skip);
        let Some(first) = rest.next() else { continue };
        let table = parts.first().filter(|_| skip == 1);
        let Some(column) = find(input, table, first)? else { continue };
        let mut kind = input.schema().data_type(&column)?.clone();
        let mut expr = Expr::Column(column);
        for part in rest {
            let (field, next) = field_of(&kind, part).ok_or_else(missing)?;
            expr = expr.field(field.as_str());
            kind = next;
        }
        return Ok(if parts.len() - skip > 1 {
            let last = parts.last().cloned().unwrap_or_default();
            expr.alias(last)
        } else {
            expr
        });
    }
    Err(missing())
}

/// `*`, or with a target (`p.*`) the fields of a struct column or the columns of a table.
///
/// # Errors
/// The target is neither.
pub fn star(input: &LogicalPlan, target: Option<&str>) -> Result<Vec<Expr>, EngineError> {
    let Some(target) = target else {
        return Ok(input.schema().columns().into_iter().map(Expr::Column).collect());
    };
    if let Ok(expr) = column(input, target) {
        use datafusion::logical_expr::ExprSchemable as _;
        let expr = expr.unalias();
        if let DataType::Struct(fields) = expr.get_type(input.schema())? {
            return Ok(fields
                .iter()
                .map(|field| expr.clone().field(field.name().as_str()).alias(field.name()))
                .collect());
        }
    }
    let columns: Vec<Expr> = input
        .schema()
        .iter()
        .filter(|(table, _)| table.is_some_and(|table| table.table().eq_ignore_ascii_case(target)))
        .map(|(table, field)| Expr::Column(Column::from((table, field))))
        .collect();
    if columns.is_empty() {
        return Err(EngineError::analysis(format!(
            "[CANNOT_RESOLVE_STAR_EXPAND] Cannot resolve `{target}`.* given input columns {}. Please check that the \
             specified table or struct exists and is accessible in the input columns. SQLSTATE: 42704",
            names(input).iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
        )));
    }
    Ok(columns)
}

/// An expression with its unqualified columns found in `input`.
///
/// # Errors
/// A column that is not there.
pub(super) fn resolve(input: &LogicalPlan, expr: Expr) -> Result<Expr, EngineError> {
    let resolved = expr.transform_up(|expr| match expr {
        Expr::Column(unresolved) if unresolved.relation.is_none() => {
            Ok(Transformed::yes(column(input, &unresolved.name)?.unalias()))
        }
        Expr::Column(qualified) if !input.schema().has_column(&qualified) => {
            Ok(Transformed::yes(column(input, &qualified.flat_name())?.unalias()))
        }
        other => Ok(Transformed::no(other)),
    })?;
    Ok(crate::functions::lambdas::resolved(resolved.data, input.schema())?)
}
