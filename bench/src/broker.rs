//! `millstream-bench broker`: Millstream's broker beside Apache Kafka, in turn and in one run, as ratios.
//!
//! A row measures one thing on a fresh broker of each side, Millstream first. Its figures say whether the
//! acknowledgement meant the disk (`flush.messages` 1) or the page cache (Kafka's default). Ratios compare; absolute
//! figures belong to the machine and the hour.

mod disk;
mod figures;
mod growth;
mod idle;
mod latency;
mod load;
mod partitions;
mod produce;
pub mod raw;
mod running;
mod start;
mod throughput;

use std::path::PathBuf;

use figures::{Figure, Sheet};
use running::{Kafka, Millstream, Side};

/// How the rows are measured.
pub struct Options {
    /// The binary under measurement.
    pub binary: PathBuf,
    /// The binary is the broker alone (the `serve` example).
    pub alone: bool,
    /// A tenth of the records, one run instead of several.
    pub quick: bool,
    /// Gigabytes of the log for start-up and growth.
    pub log_gb: u64,
    /// The folder of Kafka's jars; none leaves Kafka out.
    pub kafka: Option<PathBuf>,
    /// The rows wanted; none means all.
    pub rows: Vec<String>,
}

impl Options {
    /// `all`, or a tenth of it in a quick run.
    fn scaled(&self, all: u64) -> u64 {
        if self.quick { all / 10 } else { all }
    }

    /// Runs of which the least disturbed counts.
    fn runs(&self) -> u64 {
        if self.quick { 1 } else { 5 }
    }
}

type Measure = fn(&dyn Side, &Options) -> Result<Vec<Figure>, String>;

/// Every row by the name that selects it.
const ROWS: [(&str, Measure); 12] = [
    ("produce-100", produce::small),
    ("produce-1k", produce::large),
    ("consume", produce::consume),
    ("throughput", throughput::measure),
    ("durable", throughput::durable),
    ("disk", disk::measure),
    ("latency", latency::measure),
    ("start", start::empty),
    ("restart", start::with_a_log),
    ("idle", idle::measure),
    ("growth", growth::measure),
    ("partitions", partitions::measure),
];

/// Prints the table; an error names the first row and side that did not reach its end.
pub fn run(options: &Options) -> Result<(), String> {
    if let Some(unknown) = options.rows.iter().find(|row| ROWS.iter().all(|(name, _)| name != row)) {
        let names = ROWS.map(|(name, _)| name).join(", ");
        return Err(format!("'{unknown}' is no row: {names}"));
    }
    let ours = Millstream { binary: options.binary.clone(), alone: options.alone };
    let theirs = options.kafka.clone().map(|jars| Kafka { jars });
    let mut failed = None;
    Sheet::head();
    let wanted = |name: &str| options.rows.is_empty() || options.rows.iter().any(|row| row == name);
    for (name, measure) in ROWS.into_iter().filter(|(name, _)| wanted(name)) {
        let measured = |side: &dyn Side| {
            measure(side, options).unwrap_or_else(|error| {
                eprintln!("{name}, {}: {error}", side.name());
                Vec::new()
            })
        };
        let sheet = Sheet {
            row: name,
            ours: measured(&ours),
            theirs: theirs.as_ref().map(|kafka| measured(kafka)).unwrap_or_default(),
        };
        if sheet.ours.is_empty() || (sheet.theirs.is_empty() && theirs.is_some()) {
            failed.get_or_insert(name);
        }
        sheet.print();
    }
    failed.map_or(Ok(()), |row| Err(format!("row {row} did not reach its end on both sides")))
}
