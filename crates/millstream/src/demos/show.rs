//! What a demo is made of: topics, records that are replayed, queries, and tables to look at.

use super::json_topic::JsonTopic;
use async_trait::async_trait;
use millstream_engine::builder::{Frame, Reader};
use millstream_engine::topics::TopicStore;
use millstream_engine::{EngineError, OutputMode, Query, QuerySpec, Session, SinkSpec, Trigger};
use serde_json::Value;
use std::sync::Arc;

/// Batches this often: quick to look at, light on the machine.
const INTERVAL: &str = "250 milliseconds";

/// One demo.
#[async_trait]
pub trait Show: Send + Sync {
    /// What is said about it.
    fn words(&self) -> Words;

    /// Its topics with their partitions. The first one is written by the replay.
    fn topics(&self) -> &'static [(&'static str, i32)];

    /// The `client.id` of each of its producers.
    fn producers(&self) -> &'static [&'static str];

    /// What they send, for ever.
    fn records(&self) -> Box<dyn Iterator<Item = Replayed> + Send>;

    /// Starts its queries.
    async fn start(&self, stage: &Stage) -> Result<Vec<Arc<Query>>, EngineError>;

    /// What is there to see; nothing before every table has a row.
    fn look(&self, records: u64, watermark_ms: Option<i64>) -> Option<Box<dyn Look>>;
}

/// What a demo says about itself.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    /// What a record is, in the plural.
    pub records: &'static str,
    /// What the queries made of them.
    pub done: &'static str,
    /// A topic of results worth reading in a second terminal.
    pub results: &'static str,
    /// The demo's own command.
    pub command: &'static str,
}

/// One record to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replayed {
    /// The `client.id` of the producer that sends it.
    pub producer: &'static str,
    /// Its key.
    pub key: Option<&'static str>,
    /// Its value.
    pub value: String,
    /// Whether all records before it must be acknowledged first: how far the producers may get out of step.
    pub after_all: bool,
}

/// The state of a demo at one moment.
pub trait Look: Send {
    /// As one line of JSON.
    fn json(&self) -> serde_json::Result<String>;

    /// As tables for a terminal.
    fn tables(&self) -> String;

    /// The watermark of the first query, in words.
    fn watermark(&self) -> String;

    /// Records written so far.
    fn records(&self) -> u64;
}

/// What the queries of a demo stand on.
pub struct Stage {
    /// Their session.
    pub session: Arc<Session>,
    /// Where their results go.
    pub store: Arc<dyn TopicStore>,
    /// `kafka.bootstrap.servers`.
    pub kafka: String,
    /// The topic that the replay writes.
    pub topic: &'static str,
    /// For each of its partitions the offset to begin at: what an earlier demo left in it is not counted again.
    pub from: Vec<i64>,
}

impl Stage {
    /// The replayed topic as a stream.
    pub fn stream(&self) -> Result<Frame, EngineError> {
        let offsets: serde_json::Map<String, Value> = self
            .from
            .iter()
            .enumerate()
            .map(|(index, offset)| (index.to_string(), (*offset).into()))
            .collect();
        Reader::new(&self.session, "kafka")
            .option("kafka.bootstrap.servers", self.kafka.clone())
            .option("subscribe", self.topic)
            .option("startingOffsets", serde_json::json!({ self.topic: offsets }).to_string())
            .load()
    }

    /// Starts a query whose rows go to the topic of its name, with column `key` as the record's key, and to `watch`.
    pub async fn start(
        &self,
        name: &str,
        frame: Frame,
        mode: OutputMode,
        key: &'static str,
        watch: impl Fn(&Value) + Send + Sync + 'static,
    ) -> Result<Arc<Query>, EngineError> {
        let sink = JsonTopic::new(Arc::clone(&self.store), &self.kafka, name, key, watch);
        let spec = QuerySpec {
            plan: frame.plan().clone(),
            name: Some(name.to_owned()),
            sink: SinkSpec::Custom(sink),
            partition_by: Vec::new(),
            output_mode: mode,
            trigger: Trigger::processing_time(INTERVAL)?,
            options: millstream_engine::Options::new(),
        };
        self.session.start(spec).await
    }
}
