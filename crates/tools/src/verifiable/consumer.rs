//! `kafka-verifiable-consumer`: reads as a member of a group and tells assignments, records and commits.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use millstream_client::{Assignment, GroupConsumer, OffsetAt, ReceivedRecord};
use serde_json::json;

use super::{event, object};
use crate::bootstrap::{Bootstrap, Settings};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use crate::signals::stop_requested;

const POLL: Duration = Duration::from_millis(500);

/// Read a topic, and tell what happens
#[derive(Debug, Parser)]
#[command(
    name = "kafka-verifiable-consumer",
    version,
    arg_required_else_help = true,
    after_help = "Example:
  kafka-verifiable-consumer --bootstrap-server localhost:9092 --topic t --group-id g --max-messages 1000"
)]
struct VerifiableConsumer {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: String,
    /// The group
    #[arg(long, value_name = "GROUP")]
    group_id: String,
    /// How many records to read; -1 to go on until somebody stops it
    #[arg(long, value_name = "N", default_value_t = -1, allow_negative_numbers = true)]
    max_messages: i64,
    /// A line for each record too
    #[arg(long)]
    verbose: bool,
    /// Commit, and do not tell
    #[arg(long)]
    enable_autocommit: bool,
    /// Where to start if the group has read nothing: earliest or latest
    #[arg(long, value_name = "WHERE", default_value = "earliest", value_parser = ["earliest", "latest"])]
    reset_policy: String,
    /// A file with the consumer's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "consumer.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    consumer_config: Option<PathBuf>,
    #[command(flatten)]
    tuning: Tuning,
}

/// Flags for what this command's member of a group does not choose.
#[derive(Debug, clap::Args)]
struct Tuning {
    #[arg(long, value_name = "PROTOCOL", hide = true, ignore_case = true, value_parser = ["classic"])]
    group_protocol: Option<String>,
    #[arg(long, value_name = "NAME", hide = true)]
    group_remote_assignor: Option<String>,
    #[arg(long, value_name = "ID", hide = true)]
    group_instance_id: Option<String>,
    #[arg(long, value_name = "MS", hide = true)]
    session_timeout: Option<u64>,
    #[arg(long, value_name = "CLASS", hide = true)]
    assignment_strategy: Option<String>,
}

impl Tuning {
    fn say(&self) {
        let range = "org.apache.kafka.clients.consumer.RangeAssignor";
        let given = [
            ("--group-remote-assignor", self.group_remote_assignor.is_some()),
            ("--group-instance-id", self.group_instance_id.is_some()),
            ("--session-timeout", self.session_timeout.is_some()),
            ("--assignment-strategy", self.assignment_strategy.as_deref().is_some_and(|name| name != range)),
        ];
        let given: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        if !given.is_empty() {
            remark(format!("no effect here: {}", given.join(", ")));
        }
    }
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: VerifiableConsumer = parse(arguments)?;
    command.tuning.say();
    let file = command.command_config.as_ref().or(command.consumer_config.as_ref());
    let settings = Settings::read(file, &[], &[])?;
    let mut client = command.bootstrap.connect("consumer-1", &settings).await?;
    client.topic_or_made(&command.topic).await?;
    let reset = if command.reset_policy == "latest" { OffsetAt::Latest } else { OffsetAt::Earliest };
    let mut consumer = GroupConsumer::new(client, &command.group_id, vec![command.topic.clone()], reset);
    let mut output = Output::new();
    let outcome = command.consume(&mut consumer, &mut output).await;
    let revoked = consumer.assignment().map(assigned).unwrap_or_else(|| "[]".to_owned());
    let left = if command.enable_autocommit { consumer.close().await } else { consumer.leave().await };
    output.line(event("partitions_revoked", &[("partitions", &revoked)]))?;
    output.line(event("shutdown_complete", &[]))?;
    output.flush()?;
    outcome?;
    Ok(left?)
}

impl VerifiableConsumer {
    async fn consume(&self, consumer: &mut GroupConsumer, output: &mut Output) -> Result<(), Failure> {
        output.line(event("startup_complete", &[]))?;
        output.flush()?;
        let mut left = u64::try_from(self.max_messages).unwrap_or(u64::MAX);
        let mut known: Option<Assignment> = None;
        let stop = stop_requested();
        tokio::pin!(stop);
        while left > 0 {
            let records = tokio::select! {
                records = consumer.poll(POLL) => records?,
                () = &mut stop => {
                    output.line(event("shutdown_requested", &[]))?;
                    break;
                }
            };
            if known.as_ref() != consumer.assignment() {
                if let Some(old) = &known {
                    output.line(event("partitions_revoked", &[("partitions", &assigned(old))]))?;
                }
                known = consumer.assignment().cloned();
                let new = known.as_ref().map(assigned).unwrap_or_else(|| "[]".to_owned());
                output.line(event("partitions_assigned", &[("partitions", &new)]))?;
            }
            if !records.is_empty() {
                let count = usize::try_from(left).unwrap_or(usize::MAX).min(records.len());
                let (wanted, unread) = records.split_at(count);
                unread
                    .iter()
                    .rev()
                    .for_each(|one| consumer.seek(&one.topic, one.partition, one.record.offset));
                left -= wanted.len() as u64;
                self.tell(wanted, records.len(), output)?;
                consumer.commit().await?;
                if !self.enable_autocommit {
                    let fields: [(&str, &dyn Display); 2] =
                        [("offsets", &committed(wanted)), ("success", &true)];
                    output.line(event("offsets_committed", &fields))?;
                }
            }
            output.flush()?;
        }
        Ok(())
    }

    fn tell(&self, records: &[ReceivedRecord], count: usize, output: &mut Output) -> Result<(), Failure> {
        if self.verbose {
            for one in records {
                let text = |bytes: &Option<bytes::Bytes>| {
                    bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
                };
                let fields: [(&str, &dyn Display); 5] = [
                    ("key", &json!(text(&one.record.key))),
                    ("value", &json!(text(&one.record.value))),
                    ("topic", &json!(one.topic)),
                    ("partition", &json!(one.partition)),
                    ("offset", &json!(one.record.offset)),
                ];
                output.line(event("record_data", &fields))?;
            }
        }
        let part = |((topic, partition), (count, first, last)): (&(&str, i32), &(u64, i64, i64))| {
            object(&[
                ("topic", &json!(topic)),
                ("partition", partition),
                ("count", count),
                ("minOffset", first),
                ("maxOffset", last),
            ])
        };
        let parts = list(ranges(records).iter().map(part));
        Ok(output.line(event("records_consumed", &[("count", &count), ("partitions", &parts)]))?)
    }
}

/// A list of JSON values.
fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}

type Ranges<'a> = BTreeMap<(&'a str, i32), (u64, i64, i64)>;

/// How many records of each partition, and the first and last offset.
fn ranges(records: &[ReceivedRecord]) -> Ranges<'_> {
    let mut ranges = Ranges::new();
    for one in records {
        let offset = one.record.offset;
        let range = ranges.entry((&one.topic, one.partition)).or_insert((0, offset, offset));
        range.0 += 1;
        range.2 = offset;
    }
    ranges
}

fn assigned(assignment: &Assignment) -> String {
    let all = assignment.iter().flat_map(|(topic, indexes)| indexes.iter().map(move |index| (topic, index)));
    list(all.map(|(topic, index)| object(&[("topic", &json!(topic)), ("partition", index)])))
}

fn committed(records: &[ReceivedRecord]) -> String {
    let offset = |((topic, partition), (_, _, last)): (&(&str, i32), &(u64, i64, i64))| {
        object(&[("topic", &json!(topic)), ("partition", partition), ("offset", &(last + 1))])
    };
    list(ranges(records).iter().map(offset))
}
