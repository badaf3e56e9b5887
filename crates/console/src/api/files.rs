//! `GET /api/topics/{name}/partitions/{index}/files`: what lies in a partition's directory. It asks the disk, so the
//! event stream does not send it.

use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    api::{App, fresh},
    error::ApiError,
    meter::json,
};

/// Answers the request.
pub(crate) async fn files(
    State(app): State<App>,
    Path((topic, partition)): Path<(String, i32)>,
) -> Result<Response, ApiError> {
    Ok(fresh(json(&app.model.files(&topic, partition).await?)))
}
