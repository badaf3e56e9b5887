//! `kafka-transactions`: which transactions there are, and how to end those that hang.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use millstream_client::{ActiveProducer, Client, ClientError, TransactionFilter};

use crate::bootstrap::{Bootstrap, Settings};
use crate::clock::now_ms;
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::write_tabular;

const MINUTE_MS: i64 = 60_000;

/// Show transactions, and end those that hang
#[derive(Debug, Parser)]
#[command(
    name = "kafka-transactions",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-transactions --bootstrap-server localhost:9092 list
  kafka-transactions --bootstrap-server localhost:9092 describe --transactional-id payments
  kafka-transactions --bootstrap-server localhost:9092 find-hanging --topic clicks
  kafka-transactions --bootstrap-server localhost:9092 abort --topic clicks --partition 0 --start-offset 42"
)]
struct Transactions {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the transactional ids
    List {
        /// Only those whose transaction has been open for longer
        #[arg(long, value_name = "MS", allow_negative_numbers = true)]
        duration_filter: Option<i64>,
        /// Only ids that match
        #[arg(long, value_name = "REGEX")]
        transactional_id_pattern: Option<String>,
    },
    /// Show a transactional id and its transaction
    Describe {
        /// The id
        #[arg(long, value_name = "ID")]
        transactional_id: String,
    },
    /// Show the producers that have lately written to a partition
    DescribeProducers {
        /// As this broker knows them, not the leader
        #[arg(long, value_name = "ID")]
        broker_id: Option<i32>,
        /// The topic
        #[arg(long, value_name = "TOPIC")]
        topic: String,
        /// The partition
        #[arg(long, value_name = "N")]
        partition: i32,
    },
    /// Abort a transaction in one partition, whatever its coordinator thinks
    Abort(Abort),
    /// Find open transactions that no coordinator will end
    FindHanging(FindHanging),
    /// Abort the open transaction of an id and fence its producer
    #[command(name = "forceTerminateTransaction")]
    ForceTerminate {
        /// The id
        #[arg(long = "transactionalId", value_name = "ID")]
        transactional_id: String,
    },
}

#[derive(Debug, clap::Args)]
struct Abort {
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: String,
    /// The partition
    #[arg(long, value_name = "N")]
    partition: i32,
    /// The transaction's first offset, as find-hanging shows it
    #[arg(long, value_name = "OFFSET", required_unless_present = "producer_id")]
    start_offset: Option<i64>,
    /// The producer, for brokers before 3.0
    #[arg(long, value_name = "ID", conflicts_with = "start_offset", requires_all = ["producer_epoch", "coordinator_epoch"])]
    producer_id: Option<i64>,
    /// The producer's epoch
    #[arg(long, value_name = "N")]
    producer_epoch: Option<i16>,
    /// The epoch of its coordinator
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    coordinator_epoch: Option<i32>,
}

#[derive(Debug, clap::Args)]
struct FindHanging {
    /// Only partitions that this broker holds
    #[arg(long, value_name = "ID", required_unless_present = "topic")]
    broker_id: Option<i32>,
    /// Only transactions older than this
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32))]
    max_transaction_timeout: u32,
    /// Only this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only this partition of --topic
    #[arg(long, value_name = "N", requires = "topic")]
    partition: Option<i32>,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: Transactions = parse(arguments)?;
    let settings = Settings::read(command.command_config.as_ref(), &[], &[])?;
    let mut client = command.bootstrap.connect("adminclient-1", &settings).await?;
    let mut output = Output::new();
    match &command.command {
        Command::List { duration_filter, transactional_id_pattern } => {
            let filter = TransactionFilter {
                longer_than_ms: duration_filter.filter(|time| *time >= 0),
                pattern: transactional_id_pattern.clone(),
                ..TransactionFilter::default()
            };
            list(&mut client, &filter, &mut output).await?;
        }
        Command::Describe { transactional_id } => {
            describe(&mut client, transactional_id, &mut output).await?;
        }
        Command::DescribeProducers { broker_id, topic, partition } => {
            let found = client.describe_producers(topic, *partition, *broker_id).await;
            let on = broker_id.map_or_else(|| "leader".to_owned(), |id| format!("broker {id}"));
            let what = format!("Failed to describe producers for partition {topic}-{partition} on {on}");
            producers(&found.map_err(|error| failed(&what, &error))?, &mut output)?;
        }
        Command::Abort(abort) => abort.run(&mut client).await?,
        Command::FindHanging(find) => find.run(&mut client, &mut output).await?,
        Command::ForceTerminate { transactional_id } => {
            let what = format!("Failed to force terminate transactionalId `{transactional_id}`");
            let ended = client.terminate_transaction(transactional_id).await;
            ended.map_err(|error| failed(&what, &error))?;
        }
    }
    Ok(output.flush()?)
}

fn failed(what: &str, error: &ClientError) -> Failure {
    Failure::new(format!("{what}: {error}"))
}

async fn list(client: &mut Client, filter: &TransactionFilter, output: &mut Output) -> Result<(), Failure> {
    let found = client.list_transactions(filter).await;
    let found = found.map_err(|error| failed("Failed to list transactions", &error))?;
    let row = |one: millstream_client::TransactionListing| {
        vec![one.transactional_id, one.coordinator.to_string(), one.producer_id.to_string(), one.state]
    };
    let rows: Vec<_> = found.into_iter().map(row).collect();
    let head = ["TransactionalId", "Coordinator", "ProducerId", "TransactionState"];
    Ok(output.write(|out| write_tabular(&head, &rows, out))?)
}

async fn describe(client: &mut Client, id: &str, output: &mut Output) -> Result<(), Failure> {
    let found = client.describe_transaction(id).await;
    let what = format!("Failed to describe transaction state of transactional-id `{id}`");
    let found = found.map_err(|error| failed(&what, &error))?;
    let none = || "None".to_owned();
    let partitions: Vec<_> =
        found.partitions.iter().map(|(topic, partition)| format!("{topic}-{partition}")).collect();
    let row = vec![
        found.coordinator.to_string(),
        id.to_owned(),
        found.producer_id.to_string(),
        found.producer_epoch.to_string(),
        found.state,
        found.timeout_ms.to_string(),
        found.start_ms.map_or_else(none, |start| start.to_string()),
        found.start_ms.map_or_else(none, |start| now_ms().saturating_sub(start).to_string()),
        partitions.join(","),
    ];
    let head = [
        "CoordinatorId",
        "TransactionalId",
        "ProducerId",
        "ProducerEpoch",
        "TransactionState",
        "TransactionTimeoutMs",
        "CurrentTransactionStartTimeMs",
        "TransactionDurationMs",
        "TopicPartitions",
    ];
    Ok(output.write(|out| write_tabular(&head, &[row], out))?)
}

fn producers(found: &[ActiveProducer], output: &mut Output) -> Result<(), Failure> {
    let row = |producer: &ActiveProducer| {
        vec![
            producer.id.to_string(),
            producer.epoch.to_string(),
            producer.coordinator_epoch.to_string(),
            producer.last_sequence.to_string(),
            producer.last_timestamp.to_string(),
            producer.transaction_start.map_or_else(|| "None".to_owned(), |offset| offset.to_string()),
        ]
    };
    let rows: Vec<_> = found.iter().map(row).collect();
    let head = [
        "ProducerId",
        "ProducerEpoch",
        "LatestCoordinatorEpoch",
        "LastSequence",
        "LastTimestamp",
        "CurrentTransactionStartOffset",
    ];
    Ok(output.write(|out| write_tabular(&head, &rows, out))?)
}

impl Abort {
    async fn run(&self, client: &mut Client) -> Result<(), Failure> {
        let name = format!("{}-{}", self.topic, self.partition);
        let (producer, coordinator_epoch) = match (self.start_offset, self.producer_id) {
            (Some(start), _) => {
                let found = client.describe_producers(&self.topic, self.partition, None).await;
                let what = format!("Failed to validate producer state for partition {name}");
                let found = found.map_err(|error| failed(&what, &error))?;
                let open = found.iter().find(|producer| producer.transaction_start == Some(start));
                let open = open.ok_or_else(|| {
                    Failure::new(format!(
                        "Could not find any open transactions starting at offset {start} on partition {name}"
                    ))
                })?;
                let epoch = i16::try_from(open.epoch).unwrap_or(i16::MAX);
                ((open.id, epoch), open.coordinator_epoch)
            }
            (None, Some(id)) => ((id, self.producer_epoch.unwrap_or(0)), self.coordinator_epoch.unwrap_or(0)),
            (None, None) => return Err(Failure::new("--start-offset says which transaction")),
        };
        // A producer that has never ended a transaction has no coordinator's epoch yet: 0 is never too young.
        let outcome =
            client.abort_transaction(&self.topic, self.partition, producer, coordinator_epoch.max(0)).await;
        outcome.map_err(|error| {
            failed(&format!("Failed to abort transaction of producer {}", producer.0), &error)
        })
    }
}

impl FindHanging {
    async fn run(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        let names = self.topic.as_deref().map(|topic| vec![topic]);
        let topics = client.describe_topics(names.as_deref()).await?;
        let mut partitions = Vec::new();
        for topic in &topics {
            let wanted = topic.partitions.iter().filter(|one| {
                self.partition.is_none_or(|index| one.index == index)
                    && self.broker_id.is_none_or(|broker| one.replicas.contains(&broker))
            });
            partitions.extend(wanted.map(|one| (topic.name.clone(), one.index)));
        }
        let now = now_ms();
        let oldest = now.saturating_sub(i64::from(self.max_transaction_timeout).saturating_mul(MINUTE_MS));
        let found = client.find_hanging_transactions(&partitions, self.broker_id, oldest).await?;
        let row = |(topic, partition, producer): &(String, i32, ActiveProducer)| {
            vec![
                topic.clone(),
                partition.to_string(),
                producer.id.to_string(),
                producer.epoch.to_string(),
                producer.coordinator_epoch.to_string(),
                producer.transaction_start.unwrap_or(-1).to_string(),
                producer.last_timestamp.to_string(),
                (now.saturating_sub(producer.last_timestamp) / MINUTE_MS).to_string(),
            ]
        };
        let rows: Vec<_> = found.iter().map(row).collect();
        let head = [
            "Topic",
            "Partition",
            "ProducerId",
            "ProducerEpoch",
            "CoordinatorEpoch",
            "StartOffset",
            "LastTimestamp",
            "Duration(min)",
        ];
        Ok(output.write(|out| write_tabular(&head, &rows, out))?)
    }
}
