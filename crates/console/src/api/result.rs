//! `GET /api/queries/{id}/result?limit=500`: a query's current result, once. The event stream sends the same form.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    api::{App, fresh},
    error::ApiError,
    meter::json,
    model::ResultTable,
};

/// Rows that one request may ask for.
const MOST: usize = 5_000;
/// Characters of one text that are shown.
const TEXT: usize = 2_000;
/// Integers beyond this are not exact in a browser (2^53 - 1).
const EXACT: u64 = (1 << 53) - 1;

/// What can be asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Ask {
    limit: Option<usize>,
}

/// Answers the request.
pub(crate) async fn result(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Response, ApiError> {
    let limit = ask.limit.unwrap_or(500).clamp(1, MOST);
    let table = app.model.result(&id)?;
    Ok(fresh(json(&bounded(&table, limit))))
}

/// The result with at most `limit` rows, long texts cut, and integers that a browser would round as text.
pub(crate) fn bounded(table: &ResultTable, limit: usize) -> ResultTable {
    let rows = table.rows.iter().take(limit).cloned().collect();
    let mut table = ResultTable { rows, columns: table.columns.clone(), ..*table };
    for value in table.rows.iter_mut().flatten() {
        match value {
            Value::String(text) => {
                if let Some((end, _)) = text.char_indices().nth(TEXT) {
                    text.truncate(end);
                    text.push('…');
                }
            }
            Value::Number(number) => {
                let beyond = number.as_i64().map_or_else(|| number.is_u64(), |n| n.unsigned_abs() > EXACT);
                if beyond {
                    *value = Value::String(number.to_string());
                }
            }
            _ => {}
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_browser_would_round_comes_as_text() {
        let row = vec![json!(1), json!(9_007_199_254_740_991_u64), json!(9_007_199_254_740_993_u64)];
        let more = vec![json!(i64::MIN), json!(u64::MAX), json!(1.5), json!("é".repeat(3_000))];
        let table = ResultTable { rows: vec![row, more, vec![json!("cut")]], ..ResultTable::default() };
        let table = bounded(&table, 2);
        assert_eq!(table.rows.len(), 2);
        assert_eq!(
            serde_json::to_string(&table.rows[0]).unwrap(),
            r#"[1,9007199254740991,"9007199254740993"]"#
        );
        assert_eq!(table.rows[1][0], json!("-9223372036854775808"));
        assert_eq!(table.rows[1][1], json!("18446744073709551615"));
        assert_eq!(table.rows[1][2], json!(1.5));
        assert_eq!(table.rows[1][3].as_str().unwrap().chars().count(), TEXT + 1);
    }
}
