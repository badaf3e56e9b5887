//! Memory and CPU of a broker to which nothing happens.

use std::thread::sleep;
use std::time::Duration;

use super::Options;
use super::figures::{Ack, Figure};
use super::running::{Place, Side};

const SETTLE: Duration = Duration::from_secs(5);

/// Right after the start, with nobody connected.
pub fn measure(side: &dyn Side, options: &Options) -> Result<Vec<Figure>, String> {
    let watch = Duration::from_secs(if options.quick { 5 } else { 20 });
    let place = Place::new(side)?;
    let broker = place.start(side)?;
    sleep(SETTLE);
    let before = broker.cpu();
    sleep(watch);
    let share = broker.cpu().since(before).seconds() / watch.as_secs_f64() * 100.0;
    Ok(vec![
        Figure::new("memory", Ack::None, "MiB", broker.memory_mib()),
        Figure::new(format!("CPU of a core over {} s", watch.as_secs()), Ack::None, "%", share),
    ])
}
