//! `kafka-dump-log`: what is in the files of a partition, as text.
//!
//! It reads the files and nothing else, so it works beside a running broker and on a copy. Files are read piece by
//! piece: memory is that of the largest batch or index.

pub(crate) mod batches;
pub(crate) mod decoder;
pub(crate) mod indexes;
mod producers;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::bounded_file::read_bytes;
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use decoder::Decoder;

/// Show what is in segments, indexes and snapshots
#[derive(Debug, Parser)]
#[command(
    name = "kafka-dump-log",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-dump-log --files clicks-0/00000000000000000000.log --print-data-log
  kafka-dump-log --files __consumer_offsets-3/00000000000000000000.log --offsets-decoder
  kafka-dump-log --files __cluster_metadata-0/00000000000000000000.log --cluster-metadata-decoder
  kafka-dump-log --files clicks-0/00000000000000000000.index,clicks-0/00000000000000000000.timeindex"
)]
pub(crate) struct DumpLog {
    /// The files, separated by commas: .log, .index, .timeindex, .txnindex, .snapshot, .checkpoint of the metadata
    #[arg(long, value_name = "FILE,...", value_delimiter = ',', required = true)]
    files: Vec<PathBuf>,
    /// Keys and values too
    #[arg(long)]
    print_data_log: bool,
    /// The records of each batch too, not only the batch
    #[arg(long)]
    deep_iteration: bool,
    /// Leave out what is not key or value
    #[arg(long)]
    skip_record_metadata: bool,
    /// Stop after so many bytes of each .log
    #[arg(long, value_name = "BYTES")]
    max_bytes: Option<u64>,
    /// The largest batch that an index may point to
    #[arg(long, value_name = "BYTES", default_value_t = 5 << 20)]
    max_message_size: u64,
    /// Check indexes against their .log and print nothing else
    #[arg(long)]
    verify_index_only: bool,
    /// Look at indexes as a broker does when it starts
    #[arg(long)]
    index_sanity_check: bool,
    #[command(flatten)]
    decoders: decoder::Flags,
}

/// What is wrong in files; told when all are read.
#[derive(Debug, Default)]
pub(crate) struct Complaints(Vec<(String, Vec<String>)>);

impl Complaints {
    /// Notes one under its title.
    fn note(&mut self, title: String, line: String) {
        match self.0.iter_mut().find(|(known, _)| *known == title) {
            Some((_, lines)) => lines.push(line),
            None => self.0.push((title, vec![line])),
        }
    }

    /// All of them, each behind its title.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0
            .iter()
            .flat_map(|(title, lines)| lines.iter().map(move |line| format!("{title}: {}", line.trim())))
    }

    fn tell(&self) {
        for (title, lines) in &self.0 {
            remark(title);
            lines.iter().for_each(remark);
        }
    }
}

pub(crate) fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: DumpLog = parse(arguments)?;
    command.run()
}
impl DumpLog {
    /// Dumps all files, then tells what is wrong with them.
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let decoder = self.decoders.decoder()?;
        let mut output = Output::new();
        let mut complaints = Complaints::default();
        for path in &self.files {
            output.line(format!("Dumping {}", path.display()))?;
            let outcome = self.dump(path, decoder, &mut complaints, &mut output);
            output.flush()?;
            outcome?;
        }
        complaints.tell();
        Ok(())
    }

    fn dump(
        &self,
        path: &Path,
        decoder: Option<Decoder>,
        complaints: &mut Complaints,
        output: &mut Output,
    ) -> Result<(), Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("log" | "checkpoint") => {
                let decoder = decoder.or(self.print_data_log.then_some(Decoder::TEXT));
                batches::dump(self, path, decoder, complaints, output)
            }
            Some("index") => indexes::offsets(self, path, complaints, output),
            Some("timeindex") => indexes::times(self, path, complaints, output),
            Some("txnindex") => producers::aborted(path, output),
            Some("snapshot") => producers::snapshot(path, output),
            _ => {
                remark(format!("Ignoring unknown file {}", path.display()));
                Ok(())
            }
        }
    }
}

/// A failure that names the file.
fn failed(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::new(format!("{path}: {error}"))
}

/// The whole of an index or a snapshot.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    /// Indexes are 10 MiB unless told otherwise.
    const MOST: u64 = 1 << 30;
    read_bytes(path, MOST).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// The offset that a file of a segment is named after.
fn base_offset(path: &Path) -> Result<i64, Failure> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let digits = name.split('.').next().unwrap_or_default();
    digits.parse().map_err(|_| {
        Failure::new(format!("{}: the name of a segment's file begins with an offset", path.display()))
    })
}
