//! A select list whose names are told apart: Spark lets columns share a name until somebody refers to it.
//!
//! In a plan each column needs a name of its own. One that shares its name gets a table that no program can write, and
//! [`super::column`] finds a name that several columns have to be ambiguous. A column that is taken twice as it is
//! stays one column, as in Spark: its repetitions are marked and step back when the name is looked up.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::common::TableReference;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use crate::EngineError;

/// The tables of columns that share a name, and of the repetitions of one.
const NAMESAKE: &str = "__namesake_";
const REPETITION: &str = "__again_";

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Whether a column repeats another one.
pub(super) fn repeats(table: Option<&TableReference>) -> bool {
    table.is_some_and(|table| table.schema().unwrap_or(table.table()).starts_with(REPETITION))
}

/// Whether a table's name is one of the program's, and not one that tells columns apart.
pub(super) fn is_written(table: &TableReference) -> bool {
    !table.table().starts_with("__") && table.table() != "?table?"
}

/// `df.alias(name)`: the plan as a table of that name.
///
/// # Errors
/// None that a plan gives.
pub fn alias(input: LogicalPlan, name: &str) -> Result<LogicalPlan, EngineError> {
    let columns = input.schema().columns();
    let different: HashSet<&String> = columns.iter().map(|column| &column.name).collect();
    if different.len() == columns.len() {
        return Ok(LogicalPlanBuilder::from(input).alias(TableReference::bare(name))?.build()?);
    }
    let exprs = columns.into_iter().map(|column| {
        let own = column.name.clone();
        Expr::Column(column).alias_qualified(Some(TableReference::bare(name)), own)
    });
    let exprs = exprs.collect();
    project(input, exprs)
}

/// The projection of expressions of any names.
///
/// # Errors
/// Unresolved columns, wrong types.
pub(super) fn project(input: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan, EngineError> {
    Ok(LogicalPlanBuilder::from(input).project(told_apart(exprs))?.build()?)
}

/// The expressions, each with a name of its own.
pub(crate) fn told_apart(exprs: Vec<Expr>) -> Vec<Expr> {
    let names: Vec<_> = exprs.iter().map(Expr::qualified_name).collect();
    let different: HashSet<&String> = names.iter().map(|(_, name)| name).collect();
    if different.len() == names.len() {
        return exprs;
    }
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut taken: Vec<Expr> = Vec::with_capacity(exprs.len());
    let mut apart = Vec::with_capacity(exprs.len());
    for (place, (expr, (table, name))) in exprs.into_iter().zip(&names).enumerate() {
        // Of two with one table and name, the first may keep them.
        let clashes = names.iter().enumerate().any(|(other, (its_table, its_name))| {
            let same_table = match (table, its_table) {
                (Some(one), Some(other_one)) => one == other_one && other < place,
                _ => true,
            };
            other != place && its_name == name && same_table
        });
        let kind = if is_repetition(&expr, &taken) { REPETITION } else { NAMESAKE };
        taken.push(expr.clone());
        let mark = format!("{kind}{number}_{place}");
        // Behind the mark, it is still found by the table that it had.
        let own = match table {
            Some(table) => TableReference::partial(mark, table.table()),
            None => TableReference::bare(mark),
        };
        apart.push(if clashes { of_table(expr, own, name) } else { expr });
    }
    apart
}

/// The same column as one before, or one that was that below a new table name.
fn is_repetition(expr: &Expr, before: &[Expr]) -> bool {
    match expr {
        Expr::Column(_) => before.contains(expr),
        Expr::Alias(alias) => match alias.expr.as_ref() {
            Expr::Column(column) => alias.relation.is_some() && repeats(column.relation.as_ref()),
            _ => false,
        },
        _ => false,
    }
}

fn of_table(expr: Expr, table: TableReference, name: &str) -> Expr {
    let table = Some(table);
    match expr {
        Expr::Alias(mut alias) => {
            alias.relation = table;
            Expr::Alias(alias)
        }
        other => other.alias_qualified(table, name),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::Column;
    use datafusion::logical_expr::{col, lit};

    use super::*;

    #[test]
    fn columns_of_one_name_get_tables() {
        let of = |table: &str| Expr::Column(Column::new(Some(table), "a"));
        let cases: [(Vec<Expr>, &[&str]); 5] = [
            (vec![col("a"), col("b")], &["-", "-"]),
            (vec![col("a"), col("a")], &[NAMESAKE, REPETITION]),
            (vec![col("a"), lit(1).alias("a"), col("b")], &[NAMESAKE, NAMESAKE, "-"]),
            (vec![of("t"), of("u")], &["t", "u"]),
            (vec![of("t"), of("t"), lit(1).alias("a")], &[NAMESAKE, REPETITION, NAMESAKE]),
        ];
        for (exprs, tables) in cases {
            let apart = told_apart(exprs.clone());
            let names: Vec<_> = apart.iter().map(Expr::qualified_name).collect();
            assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len(), "{exprs:?}");
            for ((table, name), (wanted, expr)) in names.iter().zip(tables.iter().zip(&exprs)) {
                let table = table.as_ref().map_or("-", |table| table.schema().unwrap_or(table.table()));
                assert!(table.starts_with(wanted), "{exprs:?}: {table}");
                assert_eq!(*name, expr.qualified_name().1);
            }
        }
    }
}
