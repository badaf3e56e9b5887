//! `kafka-consumer-perf-test`: reads records as fast as they come, as a member of a group.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chrono::{Local, TimeZone};
use clap::Parser;
use millstream_client::{Client, GroupConsumer, OffsetAt};
use millstream_cluster::random_id;

use super::mega;
use crate::bootstrap::{Bootstrap, Settings};
use crate::clock::now_ms;
use crate::command_line::{key_value, parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use crate::pattern::Pattern;

const POLL: Duration = Duration::from_millis(100);

/// Measure how fast records can be consumed
#[derive(Debug, Parser)]
#[command(
    name = "kafka-consumer-perf-test",
    version,
    arg_required_else_help = true,
    after_help = "Example:
  kafka-consumer-perf-test --bootstrap-server localhost:9092 --topic perf --num-records 1000000"
)]
struct ConsumerPerfTest {
    #[command(flatten)]
    bootstrap: Bootstrap,
    #[command(flatten)]
    topics: Topics,
    #[command(flatten)]
    count: Count,
    /// The group [default: perf-consumer- and a number]
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// A consumer's setting by Kafka's name
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    command_property: Vec<(String, String)>,
    /// A file with the consumer's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "consumer.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    consumer_config: Option<PathBuf>,
    /// Start at the end where the group has read nothing yet
    #[arg(long)]
    from_latest: bool,
    /// End when nothing has come for so long
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    timeout: u64,
    /// A line for each interval instead of one at the end
    #[arg(long)]
    show_detailed_stats: bool,
    /// The interval
    #[arg(long, value_name = "MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..))]
    reporting_interval: u64,
    /// Leave out the names of the columns
    #[arg(long)]
    hide_header: bool,
    #[command(flatten)]
    tuning: Tuning,
}

/// What is read.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Topics {
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// All topics whose names match
    #[arg(long, value_name = "REGEX")]
    include: Option<String>,
}

/// How much is read.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Count {
    /// How many records to read
    #[arg(long, value_name = "N")]
    num_records: Option<u64>,
    /// What --num-records was called before Kafka 4.2
    #[arg(long, value_name = "N", hide = true)]
    messages: Option<u64>,
}

/// Flags that tune the Java client.
#[derive(Debug, clap::Args)]
struct Tuning {
    #[arg(long, value_name = "BYTES", hide = true)]
    fetch_size: Option<u64>,
    #[arg(long, value_name = "BYTES", hide = true)]
    socket_buffer_size: Option<u64>,
    #[arg(long, hide = true)]
    print_metrics: bool,
    #[arg(long, value_name = "FORMAT", hide = true)]
    date_format: Option<String>,
}

impl Tuning {
    fn say(&self) {
        let given = [
            ("--fetch-size", self.fetch_size.is_some()),
            ("--socket-buffer-size", self.socket_buffer_size.is_some()),
            ("--print-metrics", self.print_metrics),
            ("--date-format", self.date_format.is_some()),
        ];
        let given: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        if !given.is_empty() {
            remark(format!("no effect here: {}", given.join(", ")));
        }
    }
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ConsumerPerfTest = parse(arguments)?;
    command.tuning.say();
    let file = command.command_config.as_ref().or(command.consumer_config.as_ref());
    let settings = Settings::read(file, &command.command_property, &[])?;
    let mut client = command.bootstrap.connect("perf-consumer-client", &settings).await?;
    let topics = command.topics(&mut client).await?;
    let group = command.group.clone().unwrap_or_else(own_group);
    let reset = if command.from_latest { OffsetAt::Latest } else { OffsetAt::Earliest };
    let mut consumer = GroupConsumer::new(client, &group, topics, reset);
    let mut output = Output::new();
    if !command.hide_header {
        output.line(header(command.show_detailed_stats))?;
        output.flush()?;
    }
    let outcome = command.consume(&mut consumer, &mut output).await;
    output.flush()?;
    let left = consumer.close().await;
    outcome?;
    Ok(left?)
}

impl ConsumerPerfTest {
    async fn topics(&self, client: &mut Client) -> Result<Vec<String>, Failure> {
        if let Some(topic) = &self.topics.topic {
            client.topic(topic).await?;
            return Ok(vec![topic.clone()]);
        }
        let pattern = Pattern::of(self.topics.include.as_deref().unwrap_or_default())?;
        let found = client.describe_topics(None).await?;
        let names: Vec<_> =
            found.into_iter().map(|topic| topic.name).filter(|name| pattern.matches(name)).collect();
        if names.is_empty() { Err(Failure::new("no topic's name matches --include")) } else { Ok(names) }
    }

    async fn consume(&self, consumer: &mut GroupConsumer, output: &mut Output) -> Result<(), Failure> {
        let wanted = self.count.num_records.or(self.count.messages).unwrap_or_default();
        let patience = Duration::from_millis(self.timeout);
        let every = Duration::from_millis(self.reporting_interval);
        let start = Progress::now(0, 0, Duration::ZERO);
        let mut here = start;
        let mut reported = start;
        let mut last = Instant::now();
        while here.records < wanted && last.elapsed() <= patience {
            let is_joining = consumer.assignment().is_none();
            // A poll that does not wait does no more than join.
            let wait = if is_joining { Duration::ZERO } else { POLL };
            let before = Instant::now();
            let records = consumer.poll(wait).await?;
            if is_joining {
                here.joining += before.elapsed();
            }
            if !records.is_empty() {
                last = Instant::now();
            }
            here.records += records.len() as u64;
            here.bytes += records
                .iter()
                .map(|one| {
                    let size = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len);
                    (size(&one.record.key) + size(&one.record.value)) as u64
                })
                .sum::<u64>();
            if reported.at.elapsed() >= every && !records.is_empty() {
                here = Progress::now(here.records, here.bytes, here.joining);
                if self.show_detailed_stats {
                    output.line(detailed(&reported, &here))?;
                    output.flush()?;
                }
                reported = here;
            }
        }
        if here.records < wanted {
            output.line(format!(
                "WARNING: Exiting before consuming the expected number of records: timeout ({} ms) exceeded. You can use \
                 the --timeout option to increase the timeout.",
                self.timeout
            ))?;
        }
        if !self.show_detailed_stats {
            output.line(total(&start, &Progress::now(here.records, here.bytes, here.joining)))?;
        }
        Ok(())
    }
}

/// How far it is at a moment.
#[derive(Debug, Clone, Copy)]
struct Progress {
    at: Instant,
    time_ms: i64,
    records: u64,
    bytes: u64,
    /// How long joining the group took.
    joining: Duration,
}

impl Progress {
    fn now(records: u64, bytes: u64, joining: Duration) -> Self {
        Self { at: Instant::now(), time_ms: now_ms(), records, bytes, joining }
    }

    /// As Kafka's command writes it unless told otherwise.
    fn time(&self) -> String {
        let local = Local.timestamp_millis_opt(self.time_ms).single();
        local.map_or_else(String::new, |time| time.format("%Y-%m-%d %H:%M:%S:%3f").to_string())
    }
}

fn header(is_detailed: bool) -> String {
    let head = if is_detailed { "time, threadId" } else { "start.time, end.time" };
    format!(
        "{head}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, \
         fetch.MB.sec, fetch.nMsg.sec"
    )
}

fn total(start: &Progress, end: &Progress) -> String {
    let figures = Figures::between(start, end);
    let Figures { megabytes, records, joining_ms, fetching_ms, .. } = figures;
    let (mb_rate, rate) = figures.rates(figures.elapsed);
    let (mb_fetch_rate, fetch_rate) = figures.rates(figures.fetching);
    format!(
        "{}, {}, {megabytes:.4}, {mb_rate:.4}, {records}, {rate:.4}, {joining_ms}, {fetching_ms}, {mb_fetch_rate:.4}, \
         {fetch_rate:.4}",
        start.time(),
        end.time(),
    )
}

fn detailed(last: &Progress, here: &Progress) -> String {
    let figures = Figures::between(last, here);
    let (mb_rate, rate) = figures.rates(figures.elapsed);
    let (mb_fetch_rate, fetch_rate) = figures.rates(figures.fetching);
    format!(
        "{}, 0, {:.4}, {mb_rate:.4}, {}, {rate:.4}, {}, {}, {mb_fetch_rate:.4}, {fetch_rate:.4}",
        here.time(),
        mega(here.bytes),
        here.records,
        figures.joining_ms,
        figures.fetching_ms,
    )
}

/// What happened between two moments.
struct Figures {
    megabytes: f64,
    records: u64,
    elapsed: Duration,
    fetching: Duration,
    joining_ms: u128,
    fetching_ms: u128,
}

impl Figures {
    fn between(from: &Progress, to: &Progress) -> Self {
        let elapsed = to.at.saturating_duration_since(from.at);
        let joining = to.joining.saturating_sub(from.joining);
        let fetching = elapsed.saturating_sub(joining);
        Self {
            megabytes: mega(to.bytes - from.bytes),
            records: to.records - from.records,
            elapsed,
            fetching,
            joining_ms: joining.as_millis(),
            fetching_ms: fetching.as_millis(),
        }
    }

    /// MB and records each second.
    #[expect(clippy::cast_precision_loss, reason = "it is printed with few digits")]
    fn rates(&self, time: Duration) -> (f64, f64) {
        let seconds = time.as_secs_f64();
        if seconds > 0.0 { (self.megabytes / seconds, self.records as f64 / seconds) } else { (0.0, 0.0) }
    }
}

fn own_group() -> String {
    let id = random_id().unwrap_or_default();
    let [a, b, c, d, ..] = *id.as_bytes();
    format!("perf-consumer-{}", u32::from_be_bytes([a, b, c, d]) % 100_000)
}
