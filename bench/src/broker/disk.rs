//! What the disk itself takes: an append of a record's size and its `fdatasync`, one after the other, with no broker
//! about. No acknowledgement from the disk can be faster, and whoever comes during a sync waits for two.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use super::Options;
use super::figures::{Ack, Figure};
use super::running::{Place, Side};
use crate::open_loop::quantile;

const SYNCS: u64 = 2_000;
const RECORD: [u8; 1_000] = [b'r'; 1_000];

/// p50, p99 and p99.9, where the side's directory would be.
pub fn measure(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let place = Place::new(side)?;
    let failed = |error: std::io::Error| error.to_string();
    let mut file = File::create(place.path().join("syncs")).map_err(failed)?;
    let mut milliseconds = Vec::new();
    for _ in 0..options.scaled(SYNCS) {
        let began = Instant::now();
        file.write_all(&RECORD).and_then(|()| file.sync_data()).map_err(failed)?;
        milliseconds.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let quantiles = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];
    let figure = |(name, at)| {
        let what = format!("an append of 1,000 B and its fdatasync, no broker: {name}");
        Figure::new(what, Ack::Disk, "ms", quantile(&mut milliseconds, at))
    };
    Ok(quantiles.map(figure).to_vec())
}
