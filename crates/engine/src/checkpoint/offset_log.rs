//! `offsets/N`: what batch N will read, written before it runs. Spark's text: `v1`, a line of metadata, and a line per
//! source (`-` for a source without an offset).

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{RETAINED, damaged, durable, numbered};
use crate::EngineError;

/// One entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OffsetSeq {
    /// The watermark that batch N works with, in milliseconds since 1970.
    pub(crate) watermark_ms: i64,
    /// When batch N was made, in milliseconds since 1970.
    pub(crate) timestamp_ms: i64,
    /// The session's settings that must not change between runs.
    pub(crate) conf: BTreeMap<String, String>,
    /// Where batch N ends, per source.
    pub(crate) offsets: Vec<Option<String>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    batch_watermark_ms: i64,
    batch_timestamp_ms: i64,
    #[serde(default)]
    conf: BTreeMap<String, String>,
}

impl OffsetSeq {
    fn text(&self) -> String {
        let metadata = Metadata {
            batch_watermark_ms: self.watermark_ms,
            batch_timestamp_ms: self.timestamp_ms,
            conf: self.conf.clone(),
        };
        let mut text = format!("v1\n{}", serde_json::to_string(&metadata).unwrap_or_default());
        for offset in &self.offsets {
            text.push('\n');
            text.push_str(offset.as_deref().unwrap_or("-"));
        }
        text
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != "v1" {
            return None;
        }
        let metadata: Metadata = serde_json::from_str(lines.next()?).ok()?;
        Some(Self {
            watermark_ms: metadata.batch_watermark_ms,
            timestamp_ms: metadata.batch_timestamp_ms,
            conf: metadata.conf,
            offsets: lines.map(|line| (line != "-").then(|| line.to_owned())).collect(),
        })
    }
}

/// The log. Without a directory it keeps nothing.
#[derive(Debug)]
pub(crate) struct OffsetLog {
    directory: Option<PathBuf>,
}

impl OffsetLog {
    pub(super) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    /// The last entry and its number.
    pub(crate) fn latest(&self) -> Result<Option<(u64, OffsetSeq)>, EngineError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let Some(last) = numbered(directory, "")?.pop() else { return Ok(None) };
        Ok(self.get(last)?.map(|entry| (last, entry)))
    }

    /// An entry by its number.
    pub(crate) fn get(&self, batch: u64) -> Result<Option<OffsetSeq>, EngineError> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let path = directory.join(batch.to_string());
        let Some(text) = durable::read(&path)? else { return Ok(None) };
        OffsetSeq::parse(&text).map(Some).ok_or_else(|| damaged(&path, "it is not in the form of version 1"))
    }

    /// Writes an entry durably.
    pub(crate) fn add(&self, batch: u64, entry: &OffsetSeq) -> Result<(), EngineError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        durable::write(&directory.join(batch.to_string()), entry.text().as_bytes())?;
        durable::purge(directory, "", batch.saturating_sub(RETAINED));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_sparks() {
        let entry = OffsetSeq {
            watermark_ms: 5,
            timestamp_ms: 7,
            conf: BTreeMap::from([("spark.sql.shuffle.partitions".to_owned(), "1".to_owned())]),
            offsets: vec![Some("{\"t\":{\"0\":4}}".to_owned()), None],
        };
        expect_test::expect![[r#"
            v1
            {"batchWatermarkMs":5,"batchTimestampMs":7,"conf":{"spark.sql.shuffle.partitions":"1"}}
            {"t":{"0":4}}
            -"#]]
        .assert_eq(&entry.text());
        assert_eq!(OffsetSeq::parse(&entry.text()), Some(entry));
        for bad in ["", "v1", "v2\n{}", "v1\nnot json"] {
            assert_eq!(OffsetSeq::parse(bad), None, "{bad}");
        }
    }
}
