//! `millstream produce`: a record for each line of standard input.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use bytes::Bytes;
use millstream_client::{Acks, NewRecord, Producer, ProducerOptions};
use millstream_tools::read_lines;
use millstream_wire::records::{Codec, Header};

use super::bootstrap::Bootstrap;
use super::ended::Ended;
use crate::error::CommandError;
use crate::signals::stop_requested;

/// How often progress is shown, and when first.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Send lines from standard input to a topic, each as a record
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  echo hello | millstream produce clicks
  millstream produce clicks --key-separator : < keyed-lines.txt
  millstream produce clicks -H source=lab -z zstd < access.log

The topic is created if it is not there. On a terminal, Ctrl-D ends the input.")]
pub(crate) struct Produce {
    /// The topic
    topic: String,
    /// Split each line at the first SEPARATOR: the key is before it, the value behind
    #[arg(short = 'K', long, value_name = "SEPARATOR")]
    key_separator: Option<String>,
    /// Give every record this key
    #[arg(short, long, conflicts_with = "key_separator")]
    key: Option<String>,
    /// A header for every record; may be given more than once
    #[arg(short = 'H', long = "header", value_name = "NAME=VALUE", value_parser = header)]
    headers: Vec<Header>,
    /// Send to this partition, whatever the key
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    partition: Option<i32>,
    /// Compress batches: none, gzip, snappy, lz4 or zstd
    #[arg(short = 'z', long, value_name = "CODEC", default_value = "none", value_parser = codec)]
    compression: Codec,
    /// What the broker does before a record counts as sent: 0 nothing, 1 the leader writes it, all every
    /// in-sync replica does
    #[arg(long, value_name = "0|1|all", default_value = "all")]
    acks: Acks,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

impl Produce {
    /// Runs until the end of the input or Ctrl-C.
    pub(crate) async fn run(self) -> Result<(), CommandError> {
        Ended::settle(self.try_run().await)
    }

    async fn try_run(self) -> Result<(), Ended> {
        if self.key_separator.as_deref() == Some("") {
            let message = "--key-separator is empty: give the text between key and value, for example ':'";
            return Err(CommandError::usage(message).into());
        }
        let options = ProducerOptions {
            acks: self.acks,
            codec: self.compression,
            create_topic: true,
            ..ProducerOptions::default()
        };
        let client = self.bootstrap.connect().await?;
        let mut producer = Producer::new(client, &self.topic, options).await?;
        if io::stdin().is_terminal() {
            note("One record a line; Ctrl-D ends.");
        }
        let mut lines = read_lines();
        let mut progress = Progress::new();
        let interrupt = stop_requested();
        tokio::pin!(interrupt);
        loop {
            let piece = tokio::select! {
                piece = lines.recv() => piece,
                () = &mut interrupt => None,
            };
            let Some(piece) = piece else { break };
            for line in piece.map_err(|error| Ended::io("standard input", &error))? {
                self.send(&mut producer, &line, progress.records + 1).await?;
                progress.count(line.len());
            }
            // Nothing more has come yet: do not keep what has.
            if lines.is_empty() {
                producer.flush().await?;
            }
            progress.show();
        }
        producer.flush().await?;
        progress.finish();
        Ok(())
    }

    async fn send(&self, producer: &mut Producer, line: &[u8], number: u64) -> Result<(), Ended> {
        let (key, value) = match &self.key_separator {
            None => (self.key.as_deref().map(str::as_bytes), line),
            Some(separator) => {
                let (key, value) = split(line, separator.as_bytes()).ok_or_else(|| {
                    CommandError::failed(format!("line {number} has no key separator '{separator}'"))
                })?;
                (Some(key), value)
            }
        };
        let record = NewRecord { key, value: Some(value), headers: &self.headers, timestamp: None };
        Ok(producer.send(self.partition, record).await?)
    }
}

/// How far it is, told on a terminal once it takes longer than a second.
struct Progress {
    records: u64,
    bytes: u64,
    started: Instant,
    shown: Option<Instant>,
    is_wanted: bool,
}

impl Progress {
    fn new() -> Self {
        let is_wanted = io::stderr().is_terminal() && !io::stdin().is_terminal();
        Self { records: 0, bytes: 0, started: Instant::now(), shown: None, is_wanted }
    }

    fn count(&mut self, bytes: usize) {
        self.records += 1;
        self.bytes += bytes as u64;
    }

    fn show(&mut self) {
        if self.is_wanted && self.shown.unwrap_or(self.started).elapsed() >= PROGRESS_EVERY {
            self.shown = Some(Instant::now());
            let rate = u128::from(self.bytes) * 1000 / self.started.elapsed().as_millis().max(1);
            let (records, mib) = (self.records, self.bytes >> 20);
            let _ = io::Write::write_fmt(
                &mut io::stderr(),
                format_args!("\r{records} records, {mib} MiB, {:.1} MiB/s   ", rate as f64 / 1_048_576.0),
            );
        }
    }

    fn finish(&self) {
        if self.shown.is_some() {
            note("");
        }
    }
}

/// Tells the user something that is no result.
fn note(text: &str) {
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("{text}\n"));
}

fn split<'a>(line: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = line.windows(separator.len()).position(|window| window == separator)?;
    Some((line.get(..at)?, line.get(at + separator.len()..)?))
}

fn header(text: &str) -> Result<Header, String> {
    match text.split_once(['=', ':']) {
        Some((name, value)) if !name.is_empty() => {
            let copy = |text: &str| Bytes::copy_from_slice(text.as_bytes());
            Ok(Header { key: copy(name), value: Some(copy(value)) })
        }
        _ => Err("write it as NAME=VALUE".into()),
    }
}

fn codec(text: &str) -> Result<Codec, String> {
    Codec::named(text).ok_or_else(|| "one of none, gzip, snappy, lz4 and zstd is wanted".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_at_the_first_separator() {
        assert_eq!(split(b"k:v:w", b":"), Some((&b"k"[..], &b"v:w"[..])));
        assert_eq!(split(b"k=>v", b"=>"), Some((&b"k"[..], &b"v"[..])));
        assert_eq!(split(b":v", b":"), Some((&b""[..], &b"v"[..])));
        assert_eq!(split(b"kv", b":"), None);
        assert_eq!(split(b"", b"long"), None);
    }
}
