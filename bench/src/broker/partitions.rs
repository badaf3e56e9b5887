//! What ten thousand empty partitions cost.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Options;
use super::figures::{Ack, Figure};
use super::load;
use super::running::{Place, Side};
use super::start::first_record;

const TOPICS: u64 = 10;
const SETTLE: Duration = Duration::from_secs(5);

/// Memory more than before, time to make them, time to start with them.
pub fn measure(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let each = i32::try_from(options.scaled(1_000)).unwrap_or(i32::MAX);
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    sleep(SETTLE);
    let before = broker.memory_mib();
    let began = Instant::now();
    for number in 0..TOPICS {
        load::topic(broker.address, &format!("many-{number}"), each, Ack::Cache)?;
    }
    let made = began.elapsed().as_secs_f64();
    sleep(SETTLE);
    let memory = broker.memory_mib() - before;
    broker.stop()?;
    let broker = place.start(side)?;
    let started = first_record(&broker)?;
    sleep(SETTLE);
    let what = |what: &str| format!("{} partitions: {what}", u64::try_from(each).unwrap_or(0) * TOPICS);
    Ok(vec![
        Figure::new(what("memory for them"), Ack::None, "MiB", memory),
        Figure::new(what("memory after a new start"), Ack::None, "MiB", broker.memory_mib()),
        Figure::new(what("time to make them"), Ack::None, "s", made),
        Figure::new(what("start to first record"), Ack::None, "ms", started),
    ])
}
