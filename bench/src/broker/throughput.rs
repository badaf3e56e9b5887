//! Throughput: how many producers, partitions and which codec; and with every acknowledgement on disk.

use super::Options;
use super::figures::{Ack, Figure};
use super::load::{self, Cost, Produce};
use super::produce::warm_up;
use super::running::{Place, Running, Side};

const MB: f64 = 1e6;

/// Producers, partitions, codec; and reading each again.
pub fn measure(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    warm_up(&broker, options)?;
    let mut figures = Vec::new();
    for producers in [1, 4] {
        for partitions in [1, 8] {
            for codec in ["none", "lz4", "zstd"] {
                let topic = format!("t-{producers}-{partitions}-{codec}");
                let what = format!("{producers} producers, {partitions} partitions, {codec}");
                let (produced, consumed) =
                    one(&broker, &topic, (producers, partitions, codec), Ack::Cache, options)?;
                figures.push(Figure::new(format!("{what}: produce"), Ack::Cache, "MB/s", produced));
                figures.push(Figure::new(format!("{what}: consume"), Ack::None, "MB/s", consumed));
            }
        }
    }
    Ok(figures)
}

/// Every acknowledgement on disk, held against Kafka as it is by default.
pub fn durable(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    warm_up(&broker, options)?;
    let mut figures = Vec::new();
    let own = if side.name() == "Millstream" { Ack::Disk } else { Ack::Cache };
    for ack in [own, Ack::Disk] {
        for producers in [1, 4] {
            let topic = format!("durable-{ack:?}-{producers}-{}", figures.len());
            let (produced, _) = one(&broker, &topic, (producers, 8, "none"), ack, options)?;
            let what = format!("{producers} producers, 8 partitions, none: produce");
            figures.push(Figure::new(what, ack, "MB/s", produced));
        }
    }
    Ok(figures)
}

fn one(
    broker: &Running,
    topic: &str,
    (producers, partitions, codec): (u64, i32, &'static str),
    ack: Ack,
    options: &Options,
) -> Result<(f64, f64), String> {
    let records = options.scaled(400_000);
    let of_run = |run: u64| format!("{topic}-{run}");
    let produced = Cost::least(options.runs(), |run| {
        load::topic(broker.address, &of_run(run), partitions, ack)?;
        Produce { topic: &of_run(run), records, size: 1000, producers, acks: "all", codec }.run(broker)
    })?;
    let consumed =
        Cost::least(options.runs(), |run| load::consume(broker, &of_run(run), partitions, records))?;
    let megabytes = records as f64 * 1000.0 / MB;
    Ok((megabytes / produced.seconds, megabytes / consumed.seconds))
}
