//! `GET /api/configs`, `/api/topics/{name}/configs`, `/api/groups/{id}/configs`: settings and where their values come
//! from, once. The event stream sends the same form when they change.

use axum::{
    extract::{Path, State},
    response::Response,
};
use bytes::Bytes;
use serde::Serialize;

use crate::{
    api::{App, fresh},
    error::ApiError,
    meter::json,
    model::{Config, ConfigOwner, Model, ModelError},
};

/// Characters of a value that are shown.
const VALUE: usize = 2_000;

/// The settings of one.
#[derive(Debug, Serialize)]
struct ConfigsView<'a> {
    /// `topic`, `group` or `broker`.
    kind: &'static str,
    /// Whose they are; empty for the broker.
    name: &'a str,
    configs: Vec<Config>,
}

/// The settings as JSON.
pub(crate) fn of(model: &dyn Model, owner: &ConfigOwner) -> Result<Bytes, ModelError> {
    let mut configs = model.configs(owner)?;
    for value in configs.iter_mut().filter_map(|config| config.value.as_mut()) {
        if let Some((end, _)) = value.char_indices().nth(VALUE) {
            value.truncate(end);
            value.push('…');
        }
    }
    let (kind, name) = match owner {
        ConfigOwner::Topic(name) => ("topic", name.as_str()),
        ConfigOwner::Group(name) => ("group", name.as_str()),
        ConfigOwner::Broker => ("broker", ""),
    };
    Ok(json(&ConfigsView { kind, name, configs }))
}

/// Answers `GET /api/configs`.
pub(crate) async fn broker(State(app): State<App>) -> Result<Response, ApiError> {
    Ok(fresh(of(&*app.model, &ConfigOwner::Broker)?))
}

/// Answers `GET /api/topics/{name}/configs`.
pub(crate) async fn topic(State(app): State<App>, Path(name): Path<String>) -> Result<Response, ApiError> {
    Ok(fresh(of(&*app.model, &ConfigOwner::Topic(name))?))
}

/// Answers `GET /api/groups/{id}/configs`.
pub(crate) async fn group(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    Ok(fresh(of(&*app.model, &ConfigOwner::Group(id))?))
}
