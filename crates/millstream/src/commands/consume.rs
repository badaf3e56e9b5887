//! `millstream consume`: the records of a topic on standard output.

use std::io::{self, Write};
use std::time::Duration;

use millstream_client::{Consumer, GroupConsumer, OffsetAt, ReceivedRecord, Start};
use millstream_tools::Output;
use tokio::time::Instant;

use super::bootstrap::Bootstrap;
use super::ended::Ended;
use super::record_format::{Column, as_json, write_columns};
use crate::error::CommandError;
use crate::signals::stop_requested;

/// How long one poll waits for records.
const POLL: Duration = Duration::from_millis(500);

/// Print the records of a topic as they come
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  millstream consume clicks
  millstream consume clicks --from-beginning --max-messages 10
  millstream consume clicks --offset -5 --print key,value,offset
  millstream consume clicks --group lab --json

Without --from-beginning, --offset or --group it shows what arrives from now on. Ctrl-C ends it.")]
pub(crate) struct Consume {
    /// The topic
    topic: String,
    /// Start at the first record that is there; with --group, where the group has read nothing yet
    #[arg(long)]
    from_beginning: bool,
    /// Start here: earliest, latest, an offset, or -N for the last N records of each partition
    #[arg(short, long, value_name = "OFFSET", value_parser = start, allow_hyphen_values = true,
          conflicts_with = "from_beginning")]
    offset: Option<Start>,
    /// Read only these partitions
    #[arg(short, long = "partition", value_name = "N", value_delimiter = ',',
          value_parser = clap::value_parser!(i32).range(0..))]
    partitions: Vec<i32>,
    /// End after N records
    #[arg(short = 'n', long, value_name = "N")]
    max_messages: Option<u64>,
    /// End when nothing has come for so long
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    timeout_ms: Option<u64>,
    /// Share the topic with the other members of this group, which remembers how far it has read
    #[arg(short, long, conflicts_with_all = ["offset", "partitions"])]
    group: Option<String>,
    /// Print each record as a JSON object
    #[arg(long)]
    json: bool,
    /// Print these columns, separated by tabs: topic, partition, offset, timestamp, key, headers, value
    #[arg(long, value_name = "COLUMNS", value_enum, value_delimiter = ',', conflicts_with = "json")]
    print: Vec<Column>,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

impl Consume {
    /// Runs until what it was asked for has been printed, or Ctrl-C.
    pub(crate) async fn run(self) -> Result<(), CommandError> {
        Ended::settle(self.try_run().await)
    }

    async fn try_run(self) -> Result<(), Ended> {
        let mut client = self.bootstrap.connect().await?;
        let topic = client.topic(&self.topic).await?;
        let at = if self.from_beginning { OffsetAt::Earliest } else { OffsetAt::Latest };
        let source = match &self.group {
            Some(group) => Source::Group(GroupConsumer::new(client, group, vec![topic.name], at)),
            None => {
                let all: Vec<_> = topic.partitions.iter().map(|partition| partition.index).collect();
                let partitions = if self.partitions.is_empty() { all } else { self.partitions.clone() };
                let reset = if self.offset.is_some() { OffsetAt::Earliest } else { at };
                let mut consumer = Consumer::new(client, reset);
                consumer.assign(&topic.name, &partitions, self.offset.unwrap_or(Start::At(at))).await?;
                Source::Partitions(consumer)
            }
        };
        self.print_all(source).await
    }

    async fn print_all(&self, mut source: Source) -> Result<(), Ended> {
        let mut left = self.max_messages.unwrap_or(u64::MAX);
        let patience = self.timeout_ms.map(Duration::from_millis);
        let mut last = Instant::now();
        let mut output = Output::new();
        let interrupt = stop_requested();
        tokio::pin!(interrupt);
        while left > 0 {
            let wait = patience.map_or(POLL, |patience| patience.saturating_sub(last.elapsed()).min(POLL));
            let records = tokio::select! {
                records = source.poll(wait) => records?,
                () = &mut interrupt => break,
            };
            if records.is_empty() && patience.is_some_and(|patience| last.elapsed() >= patience) {
                break;
            }
            if records.is_empty() {
                continue;
            }
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(records.len());
            let (printed, unread) = records.split_at(count);
            left -= printed.len() as u64;
            printed.iter().try_for_each(|record| output.write(|out| self.print_one(record, out)))?;
            output.flush()?;
            source.printed(unread).await?;
            last = Instant::now();
        }
        source.close().await
    }

    fn print_one(&self, record: &ReceivedRecord, out: &mut dyn Write) -> io::Result<()> {
        if self.json {
            writeln!(out, "{}", as_json(record))
        } else if self.print.is_empty() {
            write_columns(record, &[Column::Value], out)
        } else {
            write_columns(record, &self.print, out)
        }
    }
}

/// Where records come from: partitions that were chosen, or a group's.
enum Source {
    Partitions(Consumer),
    Group(GroupConsumer),
}

impl Source {
    async fn poll(&mut self, wait: Duration) -> Result<Vec<ReceivedRecord>, Ended> {
        Ok(match self {
            Self::Partitions(consumer) => consumer.poll(wait).await?,
            Self::Group(consumer) => consumer.poll(wait).await?,
        })
    }

    /// Everything but `unread` is on the output: a group takes note.
    async fn printed(&mut self, unread: &[ReceivedRecord]) -> Result<(), Ended> {
        if let Self::Group(consumer) = self {
            unread.iter().rev().for_each(|one| consumer.seek(&one.topic, one.partition, one.record.offset));
            consumer.commit().await?;
        }
        Ok(())
    }

    async fn close(self) -> Result<(), Ended> {
        match self {
            Self::Partitions(_) => Ok(()),
            Self::Group(consumer) => Ok(consumer.close().await?),
        }
    }
}

fn start(text: &str) -> Result<Start, String> {
    match (text, text.parse::<i64>()) {
        ("earliest" | "beginning" | "start", _) => Ok(Start::At(OffsetAt::Earliest)),
        ("latest" | "end", _) => Ok(Start::At(OffsetAt::Latest)),
        (_, Ok(offset)) if offset >= 0 => Ok(Start::Offset(offset)),
        (_, Ok(offset)) => Ok(Start::BeforeEnd(offset.saturating_neg())),
        _ => Err("earliest, latest, an offset or -N is wanted".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_a_word_or_a_number() {
        let cases = [
            ("earliest", Ok(Start::At(OffsetAt::Earliest))),
            ("latest", Ok(Start::At(OffsetAt::Latest))),
            ("0", Ok(Start::Offset(0))),
            ("42", Ok(Start::Offset(42))),
            ("-5", Ok(Start::BeforeEnd(5))),
        ];
        for (text, expected) in cases {
            assert_eq!(start(text), expected, "{text}");
        }
        assert!(start("tomorrow").is_err());
    }
}
