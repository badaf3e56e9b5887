//! `CREATE [OR REPLACE] TEMPORARY VIEW`, `DROP VIEW`, `USE`.

use arrow::array::RecordBatch;
use datafusion::logical_expr::Expr;
use millstream_engine as engine;
use millstream_engine::{EngineError, Options};

use super::nothing;
use super::words::Words;
use crate::error::{Kind, Result, SparkError, unsupported};
use crate::session::Session;

pub(super) async fn create(session: &Session, words: &mut Words<'_>) -> Result<RecordBatch> {
    words.next();
    let replace = words.take_all(&["OR", "REPLACE"]);
    words.take("GLOBAL");
    let temporary = words.take("TEMPORARY") || words.take("TEMP");
    if !words.take("VIEW") {
        return Err(unsupported(format!(
            "the statement CREATE {} in spark.sql (there is no catalog of tables): use CREATE TEMPORARY VIEW",
            words.first()
        )));
    }
    if !temporary {
        return Err(unsupported(
            "CREATE VIEW without TEMPORARY in spark.sql (there is no catalog of tables)",
        ));
    }
    let if_missing = words.take_all(&["IF", "NOT", "EXISTS"]);
    let name = words.name()?;
    let columns = words.bracketed();
    if if_missing && session.engine.has_table(name) {
        return nothing();
    }
    let plan = if words.take("USING") {
        let format = words.name()?;
        let options = options(words);
        session.engine.read(format, &[], &options, None).await?
    } else if words.take("AS") {
        session.engine.sql(words.rest()).await?
    } else {
        return Err(words.wrong());
    };
    let plan = match columns {
        None => plan,
        Some(names) => {
            let own = plan.schema().columns();
            if own.len() != names.len() {
                let text = format!(
                    "Cannot create view `{name}`, the reason is {}: the query has {} columns, the view {}.",
                    if own.len() < names.len() { "not enough data columns" } else { "too many data columns" },
                    own.len(),
                    names.len()
                );
                return Err(SparkError::new(
                    Kind::Analysis,
                    "CREATE_VIEW_COLUMN_ARITY_MISMATCH",
                    "21S01",
                    text,
                ));
            }
            let exprs = own.into_iter().zip(names).map(|(column, name)| Expr::Column(column).alias(name));
            let exprs = exprs.collect();
            engine::plan::select(plan, exprs)?
        }
    };
    session.engine.create_temp_view(name, plan, replace)?;
    nothing()
}

/// `OPTIONS (path 'x', header 'true')`.
fn options(words: &mut Words<'_>) -> Options {
    let mut options = Options::new();
    if words.take("OPTIONS") {
        for pair in words.bracketed().unwrap_or_default() {
            let (key, value) = pair.split_once([' ', '=']).unwrap_or((&pair, ""));
            options.set(key.trim(), value.trim().trim_start_matches('=').trim().trim_matches(['\'', '"']));
        }
    }
    options
}

pub(super) fn drop(session: &Session, words: &mut Words<'_>) -> Result<RecordBatch> {
    words.next();
    if !words.take("VIEW") && !words.take("TABLE") {
        return Err(unsupported(format!("the statement DROP {} in spark.sql", words.first())));
    }
    let if_there = words.take_all(&["IF", "EXISTS"]);
    let name = words.name()?;
    if !session.engine.drop_temp_view(name) && !if_there {
        return Err(EngineError::table_not_found(name).into());
    }
    nothing()
}

pub(super) fn use_database(words: &mut Words<'_>) -> Result<RecordBatch> {
    words.next();
    let name = words.rest().trim_matches('`');
    if matches!(name.to_ascii_lowercase().as_str(), "default" | "spark_catalog" | "spark_catalog.default") {
        return nothing();
    }
    let text = format!(
        "The schema `spark_catalog`.`{name}` cannot be found. Verify the spelling and correctness of the schema and catalog."
    );
    Err(SparkError::new(Kind::Analysis, "SCHEMA_NOT_FOUND", "42704", text))
}
