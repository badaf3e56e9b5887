//! What a log costs as it grows: append, random fetch, start-up, at a tenth, a half and all of its size.

use super::Options;
use super::figures::{Ack, Figure};
use super::load::{self, Produce};
use super::raw::Raw;
use super::running::{Place, Side};
use super::start::{first_record, grow};
use crate::open_loop::quantile;

const TOPIC: &str = "log";
const PARTITIONS: i32 = 8;
const FETCHES: u64 = 1_000;
/// Bytes of a random fetch.
const FETCH_BYTES: i32 = 64 * 1024;

/// Three sizes up to the one that was asked for.
pub fn measure(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let mut broker = place.start(side)?;
    load::topic(broker.address, TOPIC, PARTITIONS, Ack::Cache)?;
    let mut figures = Vec::new();
    let mut records = 0;
    for share in [10, 2, 1] {
        let target = options.log_gb * 1_000_000 / share;
        // The last tenth of a gigabyte is what is measured.
        grow(&broker, TOPIC, target.saturating_sub(records + 100_000))?;
        let appended =
            Produce { topic: TOPIC, records: 100_000, size: 1000, producers: 1, acks: "all", codec: "none" };
        let cost = appended.run(&broker)?;
        records = target;
        let size = target as f64 / 1e6;
        let what = |what: &str| format!("{size} GB: {what}");
        figures.push(Figure::new(what("append, CPU"), Ack::Cache, "s/GB", cost.cpu.seconds() * 10.0));
        figures.push(Figure::new(what("random fetch, p99"), Ack::None, "ms", random_fetch(&broker)?));
        broker.stop()?;
        broker = place.start(side)?;
        figures.push(Figure::new(what("start to first record"), Ack::Disk, "ms", first_record(&broker)?));
    }
    Ok(figures)
}

/// p99 of fetches all over the log, in milliseconds.
fn random_fetch(broker: &super::running::Running) -> Result<f64, String> {
    let mut client = Raw::connect(broker.address)?;
    let ends: Vec<i64> =
        (0..PARTITIONS).map(|partition| client.end(TOPIC, partition)).collect::<Result<_, _>>()?;
    let mut milliseconds = Vec::new();
    let mut state = 88_172_645_463_325_252_u64;
    for number in 0..FETCHES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let partition = usize::try_from(number).unwrap_or(0) % ends.len();
        let end = ends.get(partition).copied().unwrap_or(0).max(1);
        let offset = i64::try_from(state % end.unsigned_abs()).unwrap_or(0);
        let took = client.fetch(TOPIC, i32::try_from(partition).unwrap_or(0), offset, FETCH_BYTES)?;
        milliseconds.push(took.as_secs_f64() * 1000.0);
    }
    Ok(quantile(&mut milliseconds, 0.99))
}
