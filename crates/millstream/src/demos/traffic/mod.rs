//! Road sensors: readings keyed by sensor, hourly speeds of each, and alerts where traffic is slow.

mod alerts;
mod queries;
mod readings;
mod sensors;
mod view;

use super::show::{Look, Replayed, Show, Stage, Words};
use super::window_table::{WindowTable, number, text};
use alerts::Alerts;
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat};
use millstream_engine::{EngineError, OutputMode, Query};
use readings::{Reading, Readings};
use serde_json::{Value, json};
use std::sync::Arc;
use view::{SpeedRow, View};

/// The topic of readings.
const TRAFFIC: &str = "traffic";
/// The topic and name of the hourly query.
const SPEEDS_BY_SENSOR: &str = "speeds-by-sensor";
/// The topic and name of the alerts.
const SLOW_TRAFFIC: &str = "slow-traffic";
/// A producer a sensor.
const PRODUCERS: [(&str, &str); 3] =
    [("6005", "sensor-6005"), ("7578", "sensor-7578"), ("t4013", "sensor-t4013")];

/// What a sensor measured in an hour.
#[derive(Debug, Clone)]
struct Speeds {
    name: String,
    readings: i64,
    mean: f64,
    least: i64,
    greatest: i64,
}

/// The demo and what its queries have said so far.
#[derive(Debug, Default)]
pub struct Traffic {
    speeds: Arc<WindowTable<Speeds>>,
    alerts: Arc<Alerts>,
}

#[async_trait]
impl Show for Traffic {
    fn words(&self) -> Words {
        Words {
            records: "readings",
            done: "one query counted them by hour and sensor, one wrote an alert for each that was slow",
            results: SLOW_TRAFFIC,
            command: "millstream demo traffic",
        }
    }

    fn topics(&self) -> &'static [(&'static str, i32)] {
        &[(TRAFFIC, 3), (SPEEDS_BY_SENSOR, 1), (SLOW_TRAFFIC, 1)]
    }

    fn producers(&self) -> &'static [&'static str] {
        const NAMES: [&str; 3] = [PRODUCERS[0].1, PRODUCERS[1].1, PRODUCERS[2].1];
        &NAMES
    }

    fn records(&self) -> Box<dyn Iterator<Item = Replayed> + Send> {
        let mut hour = None;
        Box::new(Readings::new().map(move |reading| {
            let began = hour.replace(reading.hour()).is_some_and(|before| before != reading.hour());
            replayed(reading, began)
        }))
    }

    async fn start(&self, stage: &Stage) -> Result<Vec<Arc<Query>>, EngineError> {
        let (speeds, alerts) = (Arc::clone(&self.speeds), Arc::clone(&self.alerts));
        let hourly = stage.start(
            SPEEDS_BY_SENSOR,
            queries::speeds_by_sensor(stage)?,
            OutputMode::Update,
            "sensor",
            move |row| speeds.put(row, "sensor", measured(row)),
        );
        let hourly = hourly.await?;
        let slow = stage.start(
            SLOW_TRAFFIC,
            queries::slow_traffic(stage)?,
            OutputMode::Append,
            "sensor",
            move |row| alerts.put(row),
        );
        Ok(vec![hourly, slow.await?])
    }

    fn look(&self, records: u64, watermark_ms: Option<i64>) -> Option<Box<dyn Look>> {
        if self.speeds.is_empty() {
            return None;
        }
        let speeds_by_sensor = self.speeds.newest_first(|window_start, sensor, speeds| SpeedRow {
            window_start,
            sensor: sensor.to_owned(),
            name: speeds.name.clone(),
            readings: speeds.readings,
            mean: speeds.mean,
            least: speeds.least,
            greatest: speeds.greatest,
        });
        let watermark = watermark_ms.and_then(DateTime::from_timestamp_millis);
        let (alerts, slow_traffic) = self.alerts.newest_first();
        Some(Box::new(View { records, watermark, speeds_by_sensor, alerts, slow_traffic }))
    }
}

/// A reading as its sensor's producer sends it. The sensors stay in step by the hour, which the watermark allows.
fn replayed(reading: Reading, after_all: bool) -> Replayed {
    let producer =
        PRODUCERS.iter().find(|(sensor, _)| *sensor == reading.sensor).map_or("", |(_, name)| name);
    let time = reading.time.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true);
    let value = json!({ "time": time, "speed": reading.speed }).to_string();
    Replayed { producer, key: Some(reading.sensor), value, after_all }
}

fn measured(row: &Value) -> Speeds {
    Speeds {
        name: text(row, "name").unwrap_or_default(),
        readings: number(row, "readings"),
        mean: row.get("mean").and_then(Value::as_f64).unwrap_or(0.0),
        least: number(row, "least"),
        greatest: number(row, "greatest"),
    }
}
