//! Statements of SQL that are no queries: what they do takes effect at once, and what they show is a small table.
//!
//! A query is the engine's to parse. A statement is known by its first words; a statement of Spark's that is not done
//! here is refused by those words.

mod describe;
mod set;
mod show;
mod view;
mod words;

use arrow::array::RecordBatch;

use crate::error::{Result, unsupported};
use crate::plan::rows::{Cells, batch};
use crate::session::Session;
use words::Words;

/// Statements that change or show what is not there: tables of a catalog, jars, roles.
const REFUSED: [&str; 16] = [
    "ALTER", "ANALYZE", "MSCK", "LOAD", "INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COMMENT",
    "GRANT", "REVOKE", "ADD", "LIST", "REPAIR", "COPY",
];

/// Does a statement; `None` if the text is a query.
pub(crate) async fn statement(session: &Session, text: &str) -> Result<Option<RecordBatch>> {
    let mut words = Words::of(text);
    let done = match words.first().as_str() {
        "SHOW" => show::run(session, &mut words).await?,
        "DESCRIBE" | "DESC" => describe::run(session, &mut words).await?,
        "EXPLAIN" => describe::explain(session, &mut words).await?,
        "SET" | "RESET" => set::run(session, &mut words)?,
        "CREATE" => view::create(session, &mut words).await?,
        "DROP" => view::drop(session, &mut words)?,
        "USE" => view::use_database(&mut words)?,
        // Nothing is cached, which never changes a result.
        "CACHE" | "UNCACHE" | "REFRESH" | "CLEAR" => nothing()?,
        refused if REFUSED.contains(&refused) => {
            return Err(unsupported(format!("the statement {refused} in spark.sql")));
        }
        _ => return Ok(None),
    };
    Ok(Some(done))
}

/// The answer of a statement that shows nothing.
fn nothing() -> Result<RecordBatch> {
    batch(vec![("", Cells::Texts(vec![]))]).map(|batch| batch.project(&[]).unwrap_or(batch))
}
