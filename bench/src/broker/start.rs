//! From the start of the process to the first acknowledged record (acks=all): on an empty directory, and with a log.

use super::Options;
use super::figures::{Ack, Figure};
use super::load::{self, Produce};
use super::raw::Raw;
use super::running::{Place, Running, Side};
use crate::open_loop::quantile;

const RUNS: usize = 5;
/// Bytes of a record of the log.
const SIZE: usize = 1000;

/// On an empty directory; Kafka's is formatted before.
pub fn empty(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let runs = if options.quick { 1 } else { RUNS };
    let mut milliseconds = Vec::new();
    for _ in 0..runs {
        let place = Place::new(side)?;
        let broker = place.start(side)?;
        milliseconds.push(first_record(&broker)?);
    }
    let what = format!("empty directory, median of {runs}");
    Ok(vec![Figure::new(what, own(side), "ms", quantile(&mut milliseconds, 0.5))])
}

/// With a log of some gigabytes, after a clean stop and after a `kill -9` in the middle of writing.
pub fn with_a_log(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    fill(&broker, "log", options.log_gb)?;
    broker.stop()?;
    let broker = place.start(side)?;
    let clean = first_record(&broker)?;
    // Something to be recovered, in every partition.
    Produce { topic: "log", records: 50_000, size: SIZE, producers: 1, acks: "all", codec: "none" }
        .run(&broker)?;
    drop(broker);
    let broker = place.start(side)?;
    let killed = first_record(&broker)?;
    let what = |what: &str| format!("{} GB of logs, after {what}", options.log_gb);
    Ok(vec![
        Figure::new(what("a clean stop"), own(side), "ms", clean),
        Figure::new(what("kill -9"), own(side), "ms", killed),
    ])
}

/// Eight partitions with so many gigabytes, in the side's own default of acknowledging.
pub fn fill(broker: &Running, topic: &str, gigabytes: u64) -> Result<(), String> {
    load::topic(broker.address, topic, 8, Ack::Cache)?;
    grow(broker, topic, gigabytes * 1_000_000)
}

/// So many more records of 1,000 bytes.
pub fn grow(broker: &Running, topic: &str, records: u64) -> Result<(), String> {
    Produce { topic, records, size: SIZE, producers: 2, acks: "1", codec: "none" }.run(broker).map(|_| ())
}

/// Milliseconds from the start of the process to an acknowledgement.
pub fn first_record(broker: &Running) -> Result<f64, String> {
    Raw::connect(broker.address)?.first_record("first")?;
    Ok(broker.spawned.elapsed().as_secs_f64() * 1000.0)
}

/// What an acknowledgement means to a side that was told nothing.
pub fn own(side: &dyn Side) -> Ack {
    if side.name() == "Millstream" { Ack::Disk } else { Ack::Cache }
}
