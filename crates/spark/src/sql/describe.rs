//! `DESCRIBE t`, `EXPLAIN query`.

use arrow::array::RecordBatch;
use millstream_engine::ExplainMode;
use millstream_engine::functions::ddl;

use super::words::Words;
use crate::error::Result;
use crate::plan::rows::{Cells, batch};
use crate::session::Session;

pub(super) async fn run(session: &Session, words: &mut Words<'_>) -> Result<RecordBatch> {
    words.next();
    let query = words.take("QUERY") || matches!(words.first().as_str(), "SELECT" | "WITH" | "VALUES");
    let plan = if query {
        session.engine.sql(words.rest()).await?
    } else {
        words.take("TABLE");
        words.take("EXTENDED");
        words.take("FORMATTED");
        let table = words.name()?;
        words.end()?;
        session.engine.table(table).await?
    };
    let schema = session.engine.schema(&plan)?;
    let fields = schema.fields();
    batch(vec![
        ("col_name", Cells::texts(fields.iter().map(|field| field.name().as_str()))),
        ("data_type", Cells::texts(fields.iter().map(|field| ddl::name(field.data_type())))),
        ("comment", Cells::Texts(vec![None; fields.len()])),
    ])
}

pub(super) async fn explain(session: &Session, words: &mut Words<'_>) -> Result<RecordBatch> {
    words.next();
    let extended = words.take("EXTENDED");
    for mode in ["FORMATTED", "CODEGEN", "COST"] {
        words.take(mode);
    }
    let plan = session.engine.sql(words.rest()).await?;
    let mode = if extended { ExplainMode::Extended } else { ExplainMode::Simple };
    batch(vec![("plan", Cells::texts([session.engine.explain(&plan, mode).await?]))])
}
