//! `SHOW TABLES`, `SHOW COLUMNS IN t` and the like.

use arrow::array::RecordBatch;

use super::words::Words;
use crate::error::{Result, unsupported};
use crate::plan::catalog::{fits, matching};
use crate::plan::rows::{Cells, batch};
use crate::session::Session;

pub(super) async fn run(session: &Session, words: &mut Words<'_>) -> Result<RecordBatch> {
    words.next();
    let what = words.next().to_uppercase();
    match what.as_str() {
        "TABLES" | "VIEWS" => {
            let names = matching(session, pattern(words)?);
            let flags = vec![true; names.len()];
            let none = Cells::texts(names.iter().map(|_| ""));
            let second = if what == "TABLES" { "tableName" } else { "viewName" };
            batch(vec![
                ("namespace", none),
                (second, Cells::texts(names)),
                ("isTemporary", Cells::Flags(flags)),
            ])
        }
        "DATABASES" | "SCHEMAS" | "NAMESPACES" => batch(vec![("namespace", Cells::texts(["default"]))]),
        "CATALOGS" => batch(vec![("catalog", Cells::texts(["spark_catalog"]))]),
        "FUNCTIONS" | "USER" | "SYSTEM" | "ALL" => {
            words.take("FUNCTIONS");
            let pattern = pattern(words)?;
            let names = millstream_engine::functions::all().into_iter();
            batch(vec![(
                "function",
                Cells::texts(names.filter(|name| pattern.is_none_or(|p| fits(name, p)))),
            )])
        }
        "COLUMNS" => {
            if !words.take("IN") && !words.take("FROM") {
                return Err(words.wrong());
            }
            let table = words.name()?;
            words.end()?;
            let plan = session.engine.table(table).await?;
            let names = plan.schema().fields().iter().map(|field| field.name().clone());
            batch(vec![("col_name", Cells::texts(names))])
        }
        other => Err(unsupported(format!("the statement SHOW {other} in spark.sql"))),
    }
}

/// `[IN database] [LIKE] 'pattern'`.
fn pattern<'a>(words: &mut Words<'a>) -> Result<Option<&'a str>> {
    if words.take("IN") || words.take("FROM") {
        words.name()?;
    }
    words.take("LIKE");
    let pattern = words.text();
    words.end()?;
    Ok(Some(pattern).filter(|pattern| !pattern.is_empty()))
}
