//! `kafka-verifiable-producer`: sends numbers and tells, for each, where it was written or why not.

use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use millstream_client::{Acks, Pipeline, PipelineOptions, Sent, partition_for_key};
use millstream_wire::records::{BatchBuilder, Codec};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use super::event;
use crate::bootstrap::{Bootstrap, Settings};
use crate::clock::now_ms;
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use crate::signals::stop_requested;

/// Records that are sent in one batch, at most: those that are due at the same moment.
const MOST: usize = 100;

/// Send numbers, and tell what became of each
#[derive(Debug, Parser)]
#[command(
    name = "kafka-verifiable-producer",
    version,
    arg_required_else_help = true,
    after_help = "Example:
  kafka-verifiable-producer --bootstrap-server localhost:9092 --topic t --max-messages 1000"
)]
struct VerifiableProducer {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: String,
    /// How many records to send; -1 to go on until somebody stops it
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    max_messages: i64,
    /// About so many records each second; -1 for as many as go
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    throughput: i64,
    /// What the broker does before a record counts as sent: 0, 1 or -1 for all
    #[arg(long, value_name = "ACKS", default_value_t = -1, allow_negative_numbers = true, value_parser = clap::value_parser!(i8).range(-1..=1))]
    acks: i8,
    /// A file with the producer's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "producer.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    producer_config: Option<PathBuf>,
    /// The first record's time in ms since 1970 [default: now]
    #[arg(long, value_name = "MS", default_value_t = -1, allow_negative_numbers = true)]
    message_create_time: i64,
    /// Values are this number, a dot and the record's number
    #[arg(long, value_name = "N")]
    value_prefix: Option<i32>,
    /// Keys count from 0 to below this, again and again [default: no keys]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    repeating_keys: Option<u32>,
}

/// Key and value of a record that is under way.
type Texts = Vec<(Option<String>, String)>;

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: VerifiableProducer = parse(arguments)?;
    let file = command.command_config.as_ref().or(command.producer_config.as_ref());
    let settings = Settings::read(file, &[], &[])?;
    let mut client = command.bootstrap.connect("producer-1", &settings).await?;
    let partitions = client.topic_or_made(&command.topic).await?.partitions.len().max(1);
    let acks = match command.acks {
        0 => Acks::None,
        1 => Acks::Leader,
        _ => Acks::All,
    };
    let options = PipelineOptions { acks, ..PipelineOptions::default() };
    let (pipeline, answers) = Pipeline::open(client, &command.topic, options).await?;
    let mut run = Run {
        command,
        pipeline,
        answers,
        partitions,
        unanswered: 0,
        sent: 0,
        acked: 0,
        start: Instant::now(),
        output: Output::new(),
    };
    let outcome = run.send_all().await;
    run.end()?;
    outcome
}

struct Run {
    command: VerifiableProducer,
    pipeline: Pipeline<Texts>,
    answers: UnboundedReceiver<Sent<Texts>>,
    partitions: usize,
    unanswered: u64,
    sent: u64,
    acked: u64,
    start: Instant,
    output: Output,
}

impl Run {
    async fn send_all(&mut self) -> Result<(), Failure> {
        self.say(&event("startup_complete", &[]))?;
        let most = u64::try_from(self.command.max_messages).unwrap_or(u64::MAX);
        let pace = u32::try_from(self.command.throughput).ok().filter(|rate| *rate > 0);
        let pace = pace.map(|rate| Duration::from_secs(1) / rate);
        let stop = stop_requested();
        tokio::pin!(stop);
        while self.sent < most {
            let due = pace.map_or(self.start, |pace| self.start + pace.mul_f64(as_f64(self.sent)));
            tokio::select! {
                biased;
                () = &mut stop => break,
                () = sleep_until(due) => self.send_due(pace, most).await?,
            }
            while let Ok(sent) = self.answers.try_recv() {
                self.note(sent)?;
            }
        }
        while self.unanswered > 0 {
            let Some(sent) = self.answers.recv().await else { break };
            self.note(sent)?;
        }
        Ok(())
    }

    /// Sends a batch of those records whose turn has come.
    async fn send_due(&mut self, pace: Option<Duration>, most: u64) -> Result<(), Failure> {
        let due = pace.map_or(u64::MAX, |pace| {
            let due = self.start.elapsed().as_nanos() / pace.as_nanos().max(1) + 1;
            u64::try_from(due).unwrap_or(u64::MAX)
        });
        let mut batches: Vec<(i32, BatchBuilder, Texts)> = Vec::new();
        for _ in 0..MOST {
            if self.sent >= most.min(due) {
                break;
            }
            let (key, value, partition) = self.next();
            self.sent += 1;
            let at = match batches.iter().position(|(known, ..)| *known == partition) {
                Some(at) => at,
                None => {
                    batches.push((partition, BatchBuilder::new(Codec::None), Texts::new()));
                    batches.len() - 1
                }
            };
            let Some((_, batch, texts)) = batches.get_mut(at) else { break };
            let time = self.command.message_create_time;
            let time = if time >= 0 { time + elapsed_ms(self.start) } else { now_ms() };
            batch
                .append(time, key.as_deref().map(str::as_bytes), Some(value.as_bytes()), &[])
                .map_err(|error| Failure::new(format!("a record does not fit a batch: {error}")))?;
            texts.push((key, value));
        }
        for (partition, batch, texts) in batches {
            let batch = batch.finish().map_err(|error| Failure::new(format!("a batch: {error}")))?;
            self.pipeline.send(partition, batch.freeze(), texts).await?;
            self.unanswered += 1;
        }
        Ok(())
    }

    fn next(&self) -> (Option<String>, String, i32) {
        let number = self.sent;
        let value = match self.command.value_prefix {
            Some(prefix) => format!("{prefix}.{number}"),
            None => number.to_string(),
        };
        match self.command.repeating_keys {
            Some(keys) => {
                let key = (number % u64::from(keys)).to_string();
                let partition = partition_for_key(key.as_bytes(), self.partitions);
                (Some(key), value, partition)
            }
            None => {
                let turn = (number / MOST as u64) % self.partitions as u64;
                (None, value, i32::try_from(turn).unwrap_or(0))
            }
        }
    }

    fn note(&mut self, sent: Sent<Texts>) -> Result<(), Failure> {
        self.unanswered = self.unanswered.saturating_sub(1);
        let topic = self.command.topic.clone();
        for ((key, value), delta) in sent.tag.into_iter().zip(0_i64..) {
            let line = match &sent.outcome {
                Ok(first) => {
                    self.acked += 1;
                    let offset = if *first < 0 { -1 } else { first + delta };
                    let fields: [(&str, &dyn Display); 5] = [
                        ("key", &json!(key)),
                        ("value", &json!(value)),
                        ("offset", &json!(offset)),
                        ("topic", &json!(topic)),
                        ("partition", &json!(sent.partition)),
                    ];
                    event("producer_send_success", &fields)
                }
                Err(error) => {
                    let name = error.code().map_or(Value::Null, |code| json!(code.name()));
                    let fields: [(&str, &dyn Display); 5] = [
                        ("key", &json!(key)),
                        ("value", &json!(value)),
                        ("exception", &name),
                        ("message", &json!(error.to_string())),
                        ("topic", &json!(topic)),
                    ];
                    event("producer_send_error", &fields)
                }
            };
            self.output.line(line)?;
        }
        Ok(self.output.flush()?)
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.say(&event("shutdown_complete", &[]))?;
        let seconds = self.start.elapsed().as_secs_f64().max(f64::MIN_POSITIVE);
        let fields: [(&str, &dyn Display); 4] = [
            ("sent", &json!(self.sent)),
            ("acked", &json!(self.acked)),
            ("target_throughput", &json!(self.command.throughput)),
            ("avg_throughput", &json!(as_f64(self.acked) / seconds)),
        ];
        self.say(&event("tool_data", &fields))?;
        if self.acked < self.sent {
            remark(format!("{} records were not written", self.sent - self.acked));
        }
        Ok(())
    }

    fn say(&mut self, line: &str) -> Result<(), Failure> {
        self.output.line(line)?;
        Ok(self.output.flush()?)
    }
}

fn elapsed_ms(start: Instant) -> i64 {
    i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a run of 2^53 records does not end")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
