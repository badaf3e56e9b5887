//! `POST /api/queries/{id}/stop`: the only request that changes anything. The guard lets it come from our own page only.

use axum::{
    extract::{Path, State},
    response::Response,
};
use serde_json::json;
use tracing::info;

use crate::{
    api::{App, fresh},
    error::ApiError,
    meter::json,
};

/// Stops the query and answers when it no longer runs.
pub(crate) async fn stop(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    app.model.stop_query(&id).await?;
    info!(query = ?id, "stopped from the page");
    Ok(fresh(json(&json!({ "stopped": id }))))
}
