//! `millstream txn`: transactional ids and what they do.

use millstream_client::{TransactionDescription, TransactionFilter};
use serde_json::{Value, json};

use super::broker::Broker;
use crate::failure::Failure;
use crate::output::Output;

/// Transactions.
#[derive(Debug, clap::Subcommand)]
pub enum Txn {
    /// List the transactional ids, with their states
    #[command(after_help = "Examples:
  millstream txn list
  millstream txn list --longer-than 60000 --json")]
    List(List),
    /// Show transactions and the partitions that they have written to
    #[command(after_help = "Example:
  millstream txn describe payments --json")]
    Describe(Describe),
    /// Abort the open transaction of an id and fence its producer
    #[command(after_help = "Example:
  millstream txn abort payments

kafka-transactions finds and aborts transactions that hang without an id.")]
    Abort(Abort),
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those whose transaction has been open for longer
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(i64).range(0..))]
    longer_than: Option<i64>,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

#[derive(Debug, clap::Args)]
pub struct Describe {
    /// The transactional ids
    #[arg(required = true, value_name = "ID")]
    ids: Vec<String>,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

#[derive(Debug, clap::Args)]
pub struct Abort {
    /// The transactional id
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    broker: Broker,
}

impl Txn {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut output = Output::new();
        match self {
            Self::List(list) => list.run(&mut output).await?,
            Self::Describe(describe) => describe.run(&mut output).await?,
            Self::Abort(abort) => {
                abort.broker.connect().await?.terminate_transaction(&abort.id).await?;
                output.line(format!("Ended what {} had open.", abort.id))?;
            }
        }
        Ok(output.flush()?)
    }
}

impl List {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let filter = TransactionFilter { longer_than_ms: self.longer_than, ..TransactionFilter::default() };
        let found = self.broker.connect().await?.list_transactions(&filter).await?;
        if self.json {
            let told = found.iter().map(|one| {
                json!({
                    "id": one.transactional_id,
                    "state": one.state,
                    "producer_id": one.producer_id,
                    "coordinator": one.coordinator,
                })
            });
            return Ok(output.line(Value::from_iter(told).to_string())?);
        }
        Ok(found
            .iter()
            .try_for_each(|one| output.line(format!("{}  {}", one.transactional_id, one.state)))?)
    }
}

impl Describe {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut client = self.broker.connect().await?;
        let mut told = Vec::new();
        for id in &self.ids {
            let found = client.describe_transaction(id).await?;
            if self.json {
                told.push(as_json(id, &found));
                continue;
            }
            let TransactionDescription { producer_id, producer_epoch, state, timeout_ms, .. } = &found;
            output.line(format!(
                "{id}: {state}, producer {producer_id} in epoch {producer_epoch}, aborted after {timeout_ms} ms"
            ))?;
            found
                .partitions
                .iter()
                .try_for_each(|(topic, partition)| output.line(format!("  {topic}-{partition}")))?;
        }
        if self.json {
            output.line(Value::from(told).to_string())?;
        }
        Ok(())
    }
}

fn as_json(id: &str, found: &TransactionDescription) -> Value {
    let partition = |(topic, partition): &(String, i32)| json!({"topic": topic, "partition": partition});
    json!({
        "id": id,
        "state": found.state,
        "coordinator": found.coordinator,
        "producer_id": found.producer_id,
        "producer_epoch": found.producer_epoch,
        "timeout_ms": found.timeout_ms,
        "start_ms": found.start_ms,
        "partitions": Value::from_iter(found.partitions.iter().map(partition)),
    })
}
