//! `kafka-transactions`: which transactions there are, and how to end those that hang.

mod abort;
mod find_hanging;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use millstream_client::{ActiveProducer, Client, ClientError, TransactionFilter};
use millstream_wire::ErrorCode;

use crate::bootstrap::{Bootstrap, Settings};
use crate::clock::now_ms;
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::write_tabular;
use abort::Abort;
use find_hanging::FindHanging;

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

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: Transactions = parse(arguments)?;
    if let Command::FindHanging(find) = &command.command {
        find.check()?;
    }
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

/// The command's own words, and why in the words of Kafka's client.
fn failed(what: &str, error: &ClientError) -> Failure {
    Failure::new(format!("{what}: {}", reason(error)))
}

fn reason(error: &ClientError) -> String {
    match error {
        ClientError::Refused { code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, .. } => {
            "This server does not host this topic-partition.".to_owned()
        }
        ClientError::Refused { message: Some(message), .. } => message.clone(),
        other => other.to_string(),
    }
}

async fn list(client: &mut Client, filter: &TransactionFilter, output: &mut Output) -> Result<(), Failure> {
    let found = client.list_transactions(filter).await;
    let found = found.map_err(|error| match (&error, &filter.pattern) {
        (ClientError::Refused { code: ErrorCode::INVALID_REGULAR_EXPRESSION, .. }, Some(pattern)) => {
            Failure::new(format!("Failed to list transactions: '{pattern}' is no regular expression"))
        }
        _ => failed("Failed to list transactions", &error),
    })?;
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
    let found = found.map_err(|error| match error.code() {
        Some(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND) => Failure::new(format!(
            "{what}: DescribeTransactions request for transactionalId `{id}` failed because the ID could not be found"
        )),
        _ => failed(&what, &error),
    })?;
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
