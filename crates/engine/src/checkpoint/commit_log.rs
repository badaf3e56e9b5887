//! `commits/N`: batch N is done, and the watermark that the next one works with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{RETAINED, damaged, durable, numbered};
use crate::EngineError;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    next_batch_watermark_ms: i64,
}

/// The log. Without a directory it keeps nothing.
#[derive(Debug)]
pub(crate) struct CommitLog {
    directory: Option<PathBuf>,
}

impl CommitLog {
    pub(super) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// The last batch done, and the watermark in milliseconds for the next.
    pub(crate) fn latest(&self) -> Result<Option<(u64, i64)>, EngineError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let Some(last) = numbered(directory, "")?.pop() else { return Ok(None) };
        let path = directory.join(last.to_string());
        let text = durable::read(&path)?.ok_or_else(|| damaged(&path, "it has gone"))?;
        let json = text.strip_prefix("v1\n").ok_or_else(|| damaged(&path, "it does not begin with v1"))?;
        let json: Json = serde_json::from_str(json).map_err(|error| damaged(&path, &error.to_string()))?;
        Ok(Some((last, json.next_batch_watermark_ms)))
    }

    /// Marks a batch as done, durably.
    pub(crate) fn add(&self, batch: u64, next_watermark_ms: i64) -> Result<(), EngineError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let json = format!("v1\n{{\"nextBatchWatermarkMs\":{next_watermark_ms}}}");
        durable::write(&directory.join(batch.to_string()), json.as_bytes())?;
        durable::purge(directory, "", batch.saturating_sub(RETAINED));
        Ok(())
    }
}
