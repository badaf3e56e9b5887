//! The names that Spark gives to columns that the program does not name: `sum(x)`, `count(1)`, `(a + b)`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};

/// The expression with a name: its own, or the one that Spark would give.
pub(crate) fn named(expr: Expr) -> Expr {
    match expr {
        Expr::Alias(_) | Expr::Column(_) => expr,
        other => {
            let name = name_of(&other);
            other.alias(name)
        }
    }
}

/// The name of an expression as a column of a result.
pub fn name_of(expr: &Expr) -> String {
    match expr {
        Expr::Alias(alias) => alias.name.clone(),
        Expr::Column(column) => column.name.clone(),
        Expr::Literal(value, _) => literal(value),
        Expr::ScalarFunction(function) => match function.name() {
            "window" => "window".to_owned(),
            "session_window" => "session_window".to_owned(),
            "explode" => "col".to_owned(),
            super::unmarked::NAME => function.args.first().map_or_else(String::new, name_of),
            "spark_cast" => function.args.first().map_or_else(String::new, cast_name),
            "get_field" => function.args.last().map_or_else(String::new, name_of),
            name => format!("{name}({})", list(&function.args)),
        },
        Expr::Cast(cast) => cast_name(&cast.expr),
        Expr::TryCast(cast) => cast_name(&cast.expr),
        Expr::AggregateFunction(function) => {
            let distinct = if function.params.distinct { "DISTINCT " } else { "" };
            format!("{}({distinct}{})", aggregate(function.func.name()), list(&function.params.args))
        }
        Expr::BinaryExpr(binary) => {
            let symbol = match binary.op {
                Operator::IsNotDistinctFrom => "<=>".to_owned(),
                other => other.to_string(),
            };
            format!("({} {symbol} {})", name_of(&binary.left), name_of(&binary.right))
        }
        Expr::Not(inner) => format!("(NOT {})", name_of(inner)),
        Expr::IsNull(inner) => format!("({} IS NULL)", name_of(inner)),
        Expr::IsNotNull(inner) => format!("({} IS NOT NULL)", name_of(inner)),
        Expr::Negative(inner) => format!("(- {})", name_of(inner)),
        other => other.schema_name().to_string(),
    }
}

/// Spark's names where `DataFusion` has others.
fn aggregate(name: &str) -> &str {
    match name {
        "first_value" => "first",
        "last_value" => "last",
        "array_agg" => "collect_list",
        "approx_distinct" => "approx_count_distinct",
        "var" => "var_samp",
        other => other,
    }
}

fn list(args: &[Expr]) -> String {
    args.iter().map(name_of).collect::<Vec<_>>().join(", ")
}

/// A cast of a column keeps the column's name.
fn cast_name(inner: &Expr) -> String {
    name_of(inner)
}

fn literal(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Utf8(Some(text)) => text.clone(),
        other if other.is_null() => "NULL".to_owned(),
        other => other.to_string(),
    }
}
