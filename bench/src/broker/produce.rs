//! CPU of the broker for producing and consuming: seconds per million small records, seconds per gigabyte of large ones.

use super::Options;
use super::figures::{Ack, Figure};
use super::load::{self, Cost, Produce};
use super::running::{Place, Running, Side};

const MILLION: f64 = 1e6;
const GB: f64 = 1e9;

/// Records of 100 bytes to one partition.
pub fn small(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    warm_up(&broker, options)?;
    let mut figures = Vec::new();
    for (ack, acks, records) in [
        (Ack::Cache, "1", 3_000_000),
        (Ack::Cache, "all", 3_000_000),
        (Ack::Disk, "1", 2_000_000),
        (Ack::Disk, "all", 2_000_000),
    ] {
        let records = options.scaled(records);
        let cost = Cost::least(options.runs(), |run| {
            let topic = format!("small-{acks}-{ack:?}-{run}");
            load::topic(broker.address, &topic, 1, ack)?;
            Produce { topic: &topic, records, size: 100, producers: 1, acks, codec: "none" }.run(&broker)
        })?;
        let millions = records as f64 / MILLION;
        let what = |what: &str| format!("produce 100 B, acks={acks}: {what}");
        figures.push(Figure::new(what("CPU"), ack, "s/M", cost.cpu.seconds() / millions));
        figures.push(Figure::new(what("in user space"), ack, "s/M", cost.cpu.user.as_secs_f64() / millions));
        figures.push(Figure::new(what("rate"), ack, "M/s", millions / cost.seconds));
    }
    Ok(figures)
}

/// Records of 1,000 bytes to eight partitions, and the memory after them.
pub fn large(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    warm_up(&broker, options)?;
    let mut figures = Vec::new();
    for (ack, codec) in [(Ack::Cache, "none"), (Ack::Cache, "lz4"), (Ack::Disk, "none")] {
        let cost = Cost::least(options.runs(), |run| {
            let topic = format!("large-{codec}-{ack:?}-{run}");
            load::topic(broker.address, &topic, 8, ack)?;
            large_load(&topic, codec, options).run(&broker)
        })?;
        let what = format!("produce 1,000 B, {codec}, acks=all");
        per_gb(&mut figures, &what, ack, cost, large_load("", codec, options).bytes());
    }
    figures.push(Figure::new("memory after it", Ack::None, "MiB", broker.memory_mib()));
    Ok(figures)
}

/// Reading what was produced, in small records and in large ones.
pub fn consume(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    warm_up(&broker, options)?;
    let mut figures = Vec::new();
    load::topic(broker.address, "small", 1, Ack::Cache)?;
    let records = options.scaled(4_000_000);
    Produce { topic: "small", records, size: 100, producers: 1, acks: "1", codec: "none" }.run(&broker)?;
    let cost = Cost::least(options.runs(), |_| load::consume(&broker, "small", 1, records))?;
    let millions = records as f64 / MILLION;
    figures.push(Figure::new("consume 100 B: CPU", Ack::None, "s/M", cost.cpu.seconds() / millions));
    figures.push(Figure::new("consume 100 B: rate", Ack::None, "M/s", millions / cost.seconds));
    for codec in ["none", "lz4"] {
        let topic = format!("large-{codec}");
        load::topic(broker.address, &topic, 8, Ack::Cache)?;
        let produce = large_load(&topic, codec, options);
        produce.run(&broker)?;
        let cost = Cost::least(options.runs(), |_| load::consume(&broker, &topic, 8, produce.records))?;
        per_gb(&mut figures, &format!("consume 1,000 B, {codec}"), Ack::None, cost, produce.bytes());
    }
    figures.push(Figure::new("memory after it", Ack::None, "MiB", broker.memory_mib()));
    Ok(figures)
}

fn large_load<'a>(topic: &'a str, codec: &'static str, options: &Options) -> Produce<'a> {
    Produce { topic, records: options.scaled(1_000_000), size: 1000, producers: 1, acks: "all", codec }
}

fn per_gb(figures: &mut Vec<Figure>, what: &str, ack: Ack, cost: Cost, bytes: f64) {
    let gigabytes = bytes / GB;
    figures.push(Figure::new(format!("{what}: CPU"), ack, "s/GB", cost.cpu.seconds() / gigabytes));
    let user = cost.cpu.user.as_secs_f64() / gigabytes;
    figures.push(Figure::new(format!("{what}: in user space"), ack, "s/GB", user));
    figures.push(Figure::new(format!("{what}: rate"), ack, "MB/s", gigabytes * 1000.0 / cost.seconds));
}

/// Enough of both for a compiler that compiles what is used.
pub fn warm_up(broker: &Running, options: &Options) -> Result<(), String> {
    load::topic(broker.address, "warm-up", 8, Ack::Cache)?;
    let records = options.scaled(2_000_000);
    for acks in ["1", "all"] {
        let records = records / 2;
        Produce { topic: "warm-up", records, size: 200, producers: 1, acks, codec: "none" }.run(broker)?;
    }
    load::consume(broker, "warm-up", 8, records).map(|_| ())
}
