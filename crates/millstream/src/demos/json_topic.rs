//! A demo's sink: every row becomes one JSON record of a topic, and is shown to whoever draws the terminal.

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::json::LineDelimitedWriter;
use millstream_engine::EngineError;
use millstream_engine::sinks::{Sink, SinkBatch};
use millstream_engine::topics::{Cluster, NewRow, TopicStore};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;

/// Sees every row that was written.
type Watch = Box<dyn Fn(&Value) + Send + Sync>;

/// Writes rows as JSON objects to a topic. A batch that is run again after a crash writes its rows again: updates of
/// the same keys, so a reader that keeps the last one of a key sees no difference.
pub struct JsonTopic {
    store: Arc<dyn TopicStore>,
    cluster: Cluster,
    topic: String,
    key: &'static str,
    watch: Watch,
}

impl JsonTopic {
    /// A sink to `topic`, whose record keys are the rows' column `key`.
    pub fn new(
        store: Arc<dyn TopicStore>,
        bootstrap: &str,
        topic: &str,
        key: &'static str,
        watch: impl Fn(&Value) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let cluster =
            Cluster { bootstrap: bootstrap.to_owned(), properties: std::collections::BTreeMap::new() };
        Arc::new(Self { store, cluster, topic: topic.to_owned(), key, watch: Box::new(watch) })
    }
}

impl fmt::Debug for JsonTopic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "JsonTopic({})", self.topic)
    }
}

#[async_trait]
impl Sink for JsonTopic {
    fn description(&self) -> String {
        format!("JsonTopic[{}]", self.topic)
    }

    async fn add_batch(&self, batch: SinkBatch) -> Result<(), EngineError> {
        let mut rows = Vec::new();
        for line in json_lines(&batch.collect().await?)? {
            let Ok(row) = serde_json::from_slice::<Value>(&line) else { continue };
            let key =
                row.get(self.key).and_then(Value::as_str).map(|key| Bytes::copy_from_slice(key.as_bytes()));
            (self.watch)(&row);
            rows.push(NewRow { key, value: Some(line), ..NewRow::default() });
        }
        if !rows.is_empty() {
            let appended = self.store.append(&self.cluster, &self.topic, rows).await;
            appended.map_err(|error| EngineError::execution(error.to_string()))?;
        }
        Ok(())
    }
}

/// One JSON object a row.
fn json_lines(batches: &[RecordBatch]) -> Result<Vec<Bytes>, EngineError> {
    let mut writer = LineDelimitedWriter::new(Vec::new());
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()?;
    let text = Bytes::from(writer.into_inner());
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines.map(|line| text.slice_ref(line)).collect())
}
