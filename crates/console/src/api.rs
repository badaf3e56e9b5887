//! The paths of the server; one file each for those that do more than pass on.
//!
//! `web/API.md` describes them for a reader.

pub(crate) mod configs;
pub(crate) mod files;
pub(crate) mod group;
pub(crate) mod list;
pub(crate) mod metrics;
pub(crate) mod partitions;
pub(crate) mod result;
pub(crate) mod stop;
pub(crate) mod tail;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, Method, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::{
    assets::Assets,
    error::ApiError,
    events,
    guard::{Names, guard},
    meter::{Frames, json},
    model::Model,
};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) model: Arc<dyn Model>,
    pub(crate) frames: Frames,
    pub(crate) assets: Arc<Assets>,
    /// Places for event streams.
    pub(crate) streams: Arc<Semaphore>,
}

/// All paths, behind the guard.
pub(crate) fn router(model: Arc<dyn Model>, frames: Frames, names: Names) -> Router {
    let streams = Arc::new(Semaphore::new(events::STREAMS));
    let app = App { model, frames, assets: Arc::default(), streams };
    Router::new()
        .route("/", get(page))
        .route("/metrics", get(metrics::metrics))
        .route("/api/events", get(events::events))
        .route("/api/view", get(view))
        .route("/api/overview", get(overview))
        .route("/api/topics", get(topics))
        .route("/api/topics/{name}/tail", get(tail::tail))
        .route("/api/topics/{name}/partitions", get(partitions::partitions))
        .route("/api/topics/{name}/partitions/{index}/files", get(files::files))
        .route("/api/topics/{name}/configs", get(configs::topic))
        .route("/api/groups", get(list::groups))
        .route("/api/groups/{id}", get(group::group))
        .route("/api/groups/{id}/configs", get(configs::group))
        .route("/api/transactions", get(list::transactions))
        .route("/api/connections", get(list::connections))
        .route("/api/configs", get(configs::broker))
        .route("/api/queries", get(queries))
        .route("/api/queries/{id}/result", get(result::result))
        .route("/api/queries/{id}/progress", get(progress))
        .route("/api/queries/{id}/stop", post(stop::stop))
        .fallback(asset)
        .layer(middleware::from_fn_with_state(names, guard))
        .with_state(app)
}

/// JSON that is never to be kept.
pub(crate) fn fresh(body: Bytes) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

async fn page(State(mut app): State<App>) -> Response {
    let frame = app.frames.next().await;
    app.assets.page(&frame.whole)
}

async fn view(State(mut app): State<App>) -> Response {
    fresh(app.frames.next().await.whole.clone())
}

async fn overview(State(mut app): State<App>) -> Response {
    let frame = app.frames.next().await;
    let view = &frame.view;
    fresh(json(&json!({
        "now_ms": view.now_ms,
        "cluster": view.cluster,
        "totals": view.totals,
        "history": view.history,
        "topics": view.topics_total,
        "clients": view.clients.len(),
        "groups": view.groups.len(),
        "queries": view.queries.len(),
    })))
}

async fn topics(State(mut app): State<App>) -> Response {
    let frame = app.frames.next().await;
    fresh(json(&frame.view.topics))
}

async fn queries(State(mut app): State<App>) -> Response {
    let frame = app.frames.next().await;
    fresh(json(&frame.view.queries))
}

async fn progress(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    Ok(fresh(json(&app.model.progress(&id)?)))
}

async fn asset(
    State(app): State<App>,
    method: Method,
    uri: axum::http::Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if method != Method::GET && method != Method::HEAD {
        return Err(ApiError::NoSuchPath);
    }
    Ok(app.assets.get(uri.path().trim_start_matches('/'), &headers))
}
