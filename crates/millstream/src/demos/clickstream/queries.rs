//! The demo's two streaming queries.
//!
//! Both read the raw log lines and take them apart with Spark's own functions, as a program in PySpark would:
//! `regexp_extract`, `to_timestamp`, `withWatermark`, `window`, `groupBy`, `agg`.

use crate::demos::Stage;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Expr, col, lit};
use millstream_engine::EngineError;
use millstream_engine::builder::Frame;
use millstream_engine::functions::{call, cast};

/// Apache's combined log format: date, path, status and size are the groups 1 to 4.
const LINE: &str = r#"^\S+ \S+ \S+ \[([^\]]+)\] "\S+ ([^ ?"]+)[^"]*" (\d{3}) (\d+|-)"#;

/// Hits and bytes per status, in windows of an hour.
pub fn clicks_by_status(stage: &Stage) -> Result<Frame, EngineError> {
    requests(stage)?
        .group_by(vec![call("window", vec![col("time"), lit("1 hour")], false)?, col("status")])
        .agg(vec![
            call("count", vec![lit(1)], false)?.alias("hits"),
            call("sum", vec![col("bytes")], false)?.alias("bytes"),
        ])
}

/// Hits per page, in windows of six hours, a new one every hour.
pub fn top_pages(stage: &Stage) -> Result<Frame, EngineError> {
    let window = call("window", vec![col("time"), lit("6 hours"), lit("1 hour")], false)?;
    requests(stage)?
        .group_by(vec![window, col("page")])
        .agg(vec![call("count", vec![lit(1)], false)?.alias("hits")])
}

/// The requests as columns `time` (with a watermark of a minute), `page`, `status`, `bytes`.
fn requests(stage: &Stage) -> Result<Frame, EngineError> {
    let lines = stage.stream()?.select(vec![cast(col("value"), DataType::Utf8).alias("line")])?;
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

/// One group of the line's regular expression.
fn group(number: i32) -> Result<Expr, EngineError> {
    call("regexp_extract", vec![col("line"), lit(LINE), lit(number)], false)
}
