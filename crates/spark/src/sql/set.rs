//! `SET key=value`, `SET key`, `SET`, `RESET`.

use arrow::array::RecordBatch;

use super::words::Words;
use crate::error::Result;
use crate::plan::rows::{Cells, batch};
use crate::session::Session;

pub(super) fn run(session: &Session, words: &mut Words<'_>) -> Result<RecordBatch> {
    if words.next().eq_ignore_ascii_case("reset") {
        return reset(session, words.rest());
    }
    if words.take_all(&["time", "zone"]) {
        return set(session, "spark.sql.session.timeZone", words.text());
    }
    match words.rest().split_once('=') {
        Some((key, value)) => set(session, key.trim(), value.trim().trim_matches(['\'', '"'])),
        None if matches!(words.rest(), "" | "-v") => {
            let (keys, values): (Vec<_>, Vec<_>) = session.conf().all("").into_iter().unzip();
            pairs(keys, values)
        }
        None => {
            let key = words.rest();
            let value = session.conf().get(key).unwrap_or("<undefined>").to_owned();
            pairs(vec![key.to_owned()], vec![value])
        }
    }
}

fn set(session: &Session, key: &str, value: &str) -> Result<RecordBatch> {
    session.conf().set(key, value)?;
    session.engine.set_conf(key, value)?;
    pairs(vec![key.to_owned()], vec![value.to_owned()])
}

fn reset(session: &Session, key: &str) -> Result<RecordBatch> {
    let keys = if key.is_empty() {
        session.engine.all_conf().into_iter().map(|(key, _)| key).collect()
    } else {
        vec![key.to_owned()]
    };
    for key in keys {
        session.conf().unset(&key)?;
        session.engine.unset_conf(&key);
    }
    super::nothing()
}

fn pairs(keys: Vec<String>, values: Vec<String>) -> Result<RecordBatch> {
    batch(vec![("key", Cells::texts(keys)), ("value", Cells::texts(values))])
}
