//! The small static table of the demo: what the sensors are called, and what is slow for whom.

use datafusion::common::{JoinType, TableReference};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, col, lit};
use millstream_engine::EngineError;

/// One line a sensor: see `examples/traffic/`.
const TABLE: &str = include_str!("../../../../../examples/traffic/sensors.csv");

/// A road sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sensor {
    /// What its readings are keyed by.
    pub sensor: &'static str,
    /// What to call it.
    pub name: &'static str,
    /// Below this speed in miles an hour, traffic is slow here.
    pub slow_below: i64,
}

/// All of them.
pub fn all() -> impl Iterator<Item = Sensor> {
    TABLE.lines().skip(1).filter_map(|line| {
        let mut cells = line.split(',');
        let (sensor, name, _usual, slow_below) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        Some(Sensor { sensor, name, slow_below: slow_below.parse().ok()? })
    })
}

/// `stream` (with a column `sensor`) joined with the table: columns `name` and `slow_below` beside its own.
pub fn join(stream: LogicalPlan) -> Result<LogicalPlan, EngineError> {
    let rows = all().map(|one| vec![lit(one.sensor), lit(one.name), lit(one.slow_below)]).collect();
    let table = LogicalPlanBuilder::values(rows)?
        .project([
            col("column1").alias("id"),
            col("column2").alias("name"),
            col("column3").alias("slow_below"),
        ])?
        .alias(TableReference::bare("sensors"))?
        .build()?;
    Ok(LogicalPlanBuilder::from(stream)
        .join(table, JoinType::Inner, (vec!["sensor"], vec!["id"]), None)?
        .build()?)
}

#[cfg(test)]
mod tests {
    use super::{Sensor, all};

    #[test]
    fn the_table_has_three_sensors() {
        let table: Vec<Sensor> = all().collect();
        assert_eq!(table.len(), 3);
        assert_eq!(table[0], Sensor { sensor: "6005", name: "Detector 6005", slow_below: 60 });
    }
}
