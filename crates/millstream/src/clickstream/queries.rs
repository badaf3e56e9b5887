//! The demo's two streaming queries.
//!
//! Both read the raw log lines of topic `clickstream` and take them apart with Spark's own functions, as a program
//! in PySpark would: `regexp_extract`, `to_timestamp`, `withWatermark`, `window`, `groupBy`, `agg`.

use super::sink::JsonTopic;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, col, lit};
use millstream_engine::builder::{Frame, Reader};
use millstream_engine::functions::{call, cast};
use millstream_engine::{EngineError, OutputMode, Query, QuerySpec, Session, SinkSpec, Trigger};
use std::sync::Arc;

/// The topic of raw log lines.
pub const CLICKSTREAM: &str = "clickstream";
/// The topic and name of the hourly query.
pub const CLICKS_BY_STATUS: &str = "clicks-by-status";
/// The topic and name of the sliding query.
pub const TOP_PAGES: &str = "top-pages";

/// Apache's combined log format: date, path, status and size are the groups 1 to 4.
const LINE: &str = r#"^\S+ \S+ \S+ \[([^\]]+)\] "\S+ ([^ ?"]+)[^"]*" (\d{3}) (\d+|-)"#;

/// Batches this often: quick to look at, light on the machine.
const INTERVAL: &str = "250 milliseconds";

/// Starts hits and bytes per status, in windows of an hour.
pub async fn clicks_by_status(
    session: &Arc<Session>,
    source: &Source,
    sink: Arc<JsonTopic>,
) -> Result<Arc<Query>, EngineError> {
    let hours = source
        .requests(session)?
        .group_by(vec![call("window", vec![col("time"), lit("1 hour")], false)?, col("status")])
        .agg(vec![
            call("count", vec![lit(1)], false)?.alias("hits"),
            call("sum", vec![col("bytes")], false)?.alias("bytes"),
        ])?;
    start(session, CLICKS_BY_STATUS, hours, sink).await
}

/// Starts hits per page, in windows of six hours, a new one every hour.
pub async fn top_pages(
    session: &Arc<Session>,
    source: &Source,
    sink: Arc<JsonTopic>,
) -> Result<Arc<Query>, EngineError> {
    let window = call("window", vec![col("time"), lit("6 hours"), lit("1 hour")], false)?;
    let pages = source
        .requests(session)?
        .group_by(vec![window, col("page")])
        .agg(vec![call("count", vec![lit(1)], false)?.alias("hits")])?;
    start(session, TOP_PAGES, pages, sink).await
}

/// Where the queries read.
#[derive(Debug, Clone)]
pub struct Source {
    /// `kafka.bootstrap.servers`.
    pub bootstrap: String,
    /// The offset of `clickstream-0` to begin at.
    pub from: i64,
}

impl Source {
    /// The requests as columns `time` (with a watermark of a minute), `page`, `status`, `bytes`.
    fn requests(&self, session: &Arc<Session>) -> Result<Frame, EngineError> {
        let starting = serde_json::json!({ CLICKSTREAM: { "0": self.from } }).to_string();
        let lines = Reader::new(session, "kafka")
            .option("kafka.bootstrap.servers", self.bootstrap.clone())
            .option("subscribe", CLICKSTREAM)
            .option("startingOffsets", starting)
            .load()?
            .select(vec![cast(col("value"), DataType::Utf8).alias("line")])?;
        let time = call("to_timestamp", vec![group(1)?, lit("dd/MMM/yyyy:HH:mm:ss Z")], false)?;
        lines
            .select(vec![
                time.alias("time"),
                group(2)?.alias("page"),
                group(3)?.alias("status"),
                cast(group(4)?, DataType::Int64).alias("bytes"),
            ])?
            .with_watermark("time", "1 minute")
    }
}

/// One group of the line's regular expression.
fn group(number: i32) -> Result<Expr, EngineError> {
    call("regexp_extract", vec![col("line"), lit(LINE), lit(number)], false)
}

async fn start(
    session: &Arc<Session>,
    name: &str,
    frame: Frame,
    sink: Arc<JsonTopic>,
) -> Result<Arc<Query>, EngineError> {
    let spec = QuerySpec {
        plan: frame.plan().clone(),
        name: Some(name.to_owned()),
        sink: SinkSpec::Custom(sink),
        partition_by: Vec::new(),
        output_mode: OutputMode::Update,
        trigger: Trigger::processing_time(INTERVAL)?,
        options: millstream_engine::Options::new(),
    };
    session.start(spec).await
}
