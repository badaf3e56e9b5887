//! The demo's two streaming queries, over readings that are joined with the table of sensors.

use super::sensors;
use crate::demos::Stage;
use datafusion::arrow::datatypes::DataType;
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::{col, lit};
use millstream_engine::EngineError;
use millstream_engine::builder::Frame;
use millstream_engine::functions::{call, cast};

/// Mean, least and greatest speed of each hour and sensor, and of how many readings. The mean comes first: it is what
/// the page draws.
pub fn speeds_by_sensor(stage: &Stage) -> Result<Frame, EngineError> {
    let speed = |function: &str| call(function, vec![col("speed")], false);
    known(stage)?
        .group_by(vec![call("window", vec![col("time"), lit("1 hour")], false)?, col("sensor"), col("name")])
        .agg(vec![
            speed("avg")?.alias("mean"),
            speed("min")?.alias("least"),
            speed("max")?.alias("greatest"),
            call("count", vec![lit(1)], false)?.alias("readings"),
        ])
}

/// Readings below what is slow for their sensor.
pub fn slow_traffic(stage: &Stage) -> Result<Frame, EngineError> {
    known(stage)?.filter(col("speed").lt(col("slow_below")))
}

/// The readings as columns `sensor`, `time` (with a watermark of an hour), `speed`, `name`, `slow_below`.
fn known(stage: &Stage) -> Result<Frame, EngineError> {
    let value = cast(col("value"), DataType::Utf8);
    let reading = call("from_json", vec![value, lit("time TIMESTAMP, speed BIGINT")], false)?;
    let readings = stage
        .stream()?
        .select(vec![cast(col("key"), DataType::Utf8).alias("sensor"), reading.alias("reading")])?
        .select(vec![
            col("sensor"),
            get_field(col("reading"), "time").alias("time"),
            get_field(col("reading"), "speed").alias("speed"),
        ])?
        .with_watermark("time", "1 hour")?;
    let known = Frame::new(&stage.session, sensors::join(readings.plan().clone())?);
    known.select(["sensor", "time", "speed", "name", "slow_below"].map(col).to_vec())
}
