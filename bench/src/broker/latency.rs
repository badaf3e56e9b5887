//! End-to-end latency at fixed rates, acks=all, on disk and in the page cache.

use super::Options;
use super::figures::{Ack, Figure};
use super::load;
use super::produce::warm_up;
use super::running::{Place, Side};
use crate::open_loop::{OpenLoop, quantile};

/// p50, p99 and p99.9 at 1,000 and 10,000 records a second, and the broker's CPU.
pub fn measure(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    warm_up(&broker, options)?;
    let seconds = if options.quick { 6 } else { 14 };
    let kafka = broker.address.to_string();
    let own = if side.name() == "Millstream" { Ack::Disk } else { Ack::Cache };
    let mut figures = Vec::new();
    for ack in [own, Ack::Cache] {
        for (rate, linger_ms) in [(1_000, "0"), (10_000, "1")] {
            let topic = format!("latency-{rate}-{}", figures.len());
            load::topic(broker.address, &topic, 1, ack)?;
            let before = broker.cpu();
            let mut latencies = OpenLoop { kafka: &kafka, topic: &topic, rate, seconds, linger_ms }.run()?;
            let share = broker.cpu().since(before).seconds() / f64::from(seconds) * 100.0;
            for (name, at) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
                let what = format!("{rate} records/s, linger {linger_ms}: {name}");
                figures.push(Figure::new(what, ack, "ms", quantile(&mut latencies, at)));
            }
            figures.push(Figure::new(format!("{rate} records/s: CPU of a core"), ack, "%", share));
        }
    }
    Ok(figures)
}
