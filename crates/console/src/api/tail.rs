//! `GET /api/topics/{name}/tail?limit=100`: the newest records of a topic, once. The event stream sends the same form.

use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::{Deserialize, Serialize};

use crate::{
    api::{App, fresh},
    cell::{Row, rows},
    error::ApiError,
    meter::json,
    model::Tail,
};

/// Records that one request may ask for.
const MOST: usize = 500;

/// What can be asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Ask {
    limit: Option<usize>,
}

/// A piece of a tail.
#[derive(Debug, Serialize)]
pub(crate) struct TailView<'a> {
    topic: &'a str,
    /// Whether these are the newest records that were there already; otherwise they came since the last piece.
    first: bool,
    /// How many came; more than there are rows when the tail is sampled.
    arrived: u64,
    /// Newest first.
    records: Vec<Row>,
}

impl<'a> TailView<'a> {
    pub(crate) fn new(topic: &'a str, first: bool, tail: &Tail) -> Self {
        Self { topic, first, arrived: tail.arrived, records: rows(&tail.records) }
    }
}

/// Answers the request.
pub(crate) async fn tail(
    State(app): State<App>,
    Path(topic): Path<String>,
    Query(ask): Query<Ask>,
) -> Result<Response, ApiError> {
    let limit = ask.limit.unwrap_or(100).clamp(1, MOST);
    let tail = app.model.tail(&topic, None, limit).await?;
    Ok(fresh(json(&TailView::new(&topic, true, &tail))))
}
