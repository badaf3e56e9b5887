//! Refusals as HTTP: a status and `{"error": "one sentence"}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::model::ModelError;

/// Why a request gets no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The model has none.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A DNS name that is not ours in `Host`, or a page of another site asking.
    #[error("{0}")]
    Forbidden(String),
    /// No such path.
    #[error("there is nothing at this path; the API is described in web/API.md, its paths begin with /api/")]
    NoSuchPath,
    /// Too many pages are open.
    #[error("{0} event streams are open already; close a page that shows this server")]
    TooManyStreams(usize),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Model(ModelError::Unavailable(_)) | Self::TooManyStreams(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Model(_) | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status(), Json(serde_json::json!({ "error": self.to_string() }))).into_response()
    }
}
