//! `millstream log`: the files of partitions.

mod verify;

use std::path::PathBuf;

use clap::Parser;
use serde_json::json;

use crate::dump_log::DumpLog;
use crate::dump_log::batches::{At, Segment};
use crate::failure::Failure;
use crate::output::Output;

/// The files of partitions.
#[derive(Debug, clap::Subcommand)]
pub enum Log {
    /// Show what is in segments, indexes and snapshots
    #[command(after_help = "Examples:
  millstream log dump ./data/kafka/clicks-0/*.log --records
  millstream log dump ./data/kafka/clicks-0/00000000000000000000.log --json
  millstream log dump ./data/kafka/__consumer_offsets-3/*.log --decode offsets

kafka-dump-log has all of Kafka's flags.")]
    Dump(Dump),
    /// Check segments and indexes: lengths, checksums, order of offsets, what indexes point to
    #[command(after_help = "Examples:
  millstream log verify ./data/kafka
  millstream log verify ./data/kafka/clicks-0 --json

It only reads, and works beside a running broker; what is being written just then may look torn at its end.")]
    Verify(verify::Verify),
}

#[derive(Debug, clap::Args)]
pub struct Dump {
    /// The files: .log, .index, .timeindex, .txnindex, .snapshot, .checkpoint of the metadata
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Keys and values too
    #[arg(long)]
    records: bool,
    /// How the records of Kafka's own topics are read
    #[arg(long, value_name = "TOPIC", value_parser = ["offsets", "metadata", "transactions"])]
    decode: Option<String>,
    /// Print a JSON object for each record; of .log files only
    #[arg(long, conflicts_with_all = ["records", "decode"])]
    json: bool,
}

impl Log {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Dump(dump) => dump.run(),
            Self::Verify(verify) => verify.run(),
        }
    }
}

impl Dump {
    fn run(self) -> Result<(), Failure> {
        if self.json {
            return self.print_json();
        }
        let mut words = vec!["kafka-dump-log".into(), "--files".into()];
        words.push(self.files.iter().map(|file| file.as_os_str()).collect::<Vec<_>>().join(",".as_ref()));
        if self.records {
            words.push("--print-data-log".into());
        }
        words.extend(self.decode.as_deref().map(|topic| match topic {
            "offsets" => "--offsets-decoder".into(),
            "transactions" => "--transaction-log-decoder".into(),
            _ => "--cluster-metadata-decoder".into(),
        }));
        let command = DumpLog::try_parse_from(words).map_err(|error| Failure::new(error.to_string()))?;
        command.run()
    }

    fn print_json(&self) -> Result<(), Failure> {
        let mut output = Output::new();
        for path in &self.files {
            let named = |failure: Failure| failure.after(&format!("{}: ", path.display()));
            let failed = |error: std::io::Error| named(Failure::new(error.to_string()));
            let segment = Segment::open(path, None).map_err(failed)?;
            let mut position = 0;
            while let At::Batch(header) = segment.at(position).map_err(named)? {
                for record in segment.records(position, &header).map_err(named)? {
                    let text = |bytes: &Option<bytes::Bytes>| {
                        bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                    };
                    let headers: Vec<_> = record
                        .headers
                        .iter()
                        .map(|header| json!([String::from_utf8_lossy(&header.key), text(&header.value)]))
                        .collect();
                    let told = json!({
                        "offset": record.offset,
                        "timestamp": record.timestamp,
                        "key": text(&record.key),
                        "value": text(&record.value),
                        "headers": headers,
                        "control": header.attributes.is_control(),
                    });
                    output.line(told.to_string())?;
                }
                position += header.size_in_bytes() as u64;
            }
        }
        Ok(output.flush()?)
    }
}
