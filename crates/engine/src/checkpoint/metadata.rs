//! `metadata`: the id that a query keeps over restarts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{damaged, durable};
use crate::EngineError;

/// What the file holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryMetadata {
    /// The query's id.
    pub(crate) id: Uuid,
}

#[derive(Serialize, Deserialize)]
struct Json {
    id: String,
}

impl QueryMetadata {
    /// Reads the file, or writes it with a new id if it is not there.
    pub(super) fn open(path: Option<PathBuf>) -> Result<Self, EngineError> {
        let Some(path) = path else { return Ok(Self { id: Uuid::new_v4() }) };
        if let Some(text) = durable::read(&path)? {
            let json: Json =
                serde_json::from_str(&text).map_err(|error| damaged(&path, &error.to_string()))?;
            let id = json.id.parse().map_err(|_| damaged(&path, "the id is no UUID"))?;
            return Ok(Self { id });
        }
        let id = Uuid::new_v4();
        durable::write(&path, format!("{{\"id\":\"{id}\"}}").as_bytes())?;
        Ok(Self { id })
    }
}
