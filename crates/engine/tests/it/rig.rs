//! What the tests share: an engine over topics in memory, and ears for the console.

use std::sync::{Arc, Mutex};

use arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{col, lit};
use millstream_engine::builder::{Frame, Reader};
use millstream_engine::functions::{call, cast};
use millstream_engine::topics::{MemoryTopics, NewRow};
use millstream_engine::{Connectors, ConsoleOut, Engine, EngineConfig, Session, plan};

/// An engine with one session in UTC.
pub(crate) struct Rig {
    pub(crate) topics: Arc<MemoryTopics>,
    _engine: Arc<Engine>,
    pub(crate) session: Arc<Session>,
    console: Arc<Mutex<String>>,
    _directory: Option<tempfile::TempDir>,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let rig = Self::at(directory.path(), Arc::new(MemoryTopics::default()));
        Self { _directory: Some(directory), ..rig }
    }

    /// An engine on a directory that outlives it, as after a restart of the process.
    pub(crate) fn at(directory: &std::path::Path, topics: Arc<MemoryTopics>) -> Self {
        let console = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&console);
        let config = EngineConfig {
            directory: directory.to_owned(),
            topics: Arc::clone(&topics) as _,
            console: ConsoleOut::new(move |text| heard.lock().unwrap().push_str(text)),
            connectors: Connectors::default(),
        };
        let engine = Engine::new(config).unwrap();
        let session = engine.open_session("s", None).unwrap();
        session.set_conf("spark.sql.session.timeZone", "UTC").unwrap();
        Self { topics, _engine: engine, session, console, _directory: None }
    }

    /// What the console heard since the last call.
    pub(crate) fn heard(&self) -> String {
        std::mem::take(&mut *self.console.lock().unwrap())
    }

    /// Appends values to partition 0 of a topic.
    pub(crate) fn push(&self, topic: &str, values: &[&str]) {
        self.topics.create(topic, 1);
        let row =
            |value: &&str| NewRow { value: Some(value.as_bytes().to_vec().into()), ..NewRow::default() };
        self.topics.push(topic, 0, values.iter().map(row).collect(), 1_700_000_000_000).unwrap();
    }
}

/// A topic read from its beginning, values as text in column `value`.
pub(crate) fn topic(rig: &Rig, name: &str) -> Frame {
    Reader::new(&rig.session, "kafka")
        .option("kafka.bootstrap.servers", "localhost:9092")
        .option("subscribe", name)
        .option("startingOffsets", "earliest")
        .load()
        .unwrap()
        .with_column("value", cast(col("value"), DataType::Utf8))
        .unwrap()
}

/// Calls a Spark function.
pub(crate) fn f(name: &str, args: Vec<Expr>) -> Expr {
    call(name, args, false).unwrap()
}

/// The columns of a click: `Clicks`, `Impressions`, `ts`.
pub(crate) fn clicks(rig: &Rig, name: &str) -> Frame {
    let parsed = f("from_json", vec![col("value"), lit("Clicks INT, Impressions INT, ts TIMESTAMP")]);
    let frame = topic(rig, name).select(vec![parsed.alias("p")]).unwrap();
    let fields = plan::star(frame.plan(), Some("p")).unwrap();
    frame.select(fields).unwrap()
}

/// A click as JSON, `seconds` after the base time of the recorded runs of Apache Spark.
pub(crate) fn click(seconds: i64, impressions: i64) -> String {
    format!(
        r#"{{"Clicks":{},"Impressions":{impressions},"ts":{}}}"#,
        impressions / 10,
        1_700_000_000 + seconds
    )
}
