//! `millstream bench`: throughput and latency of a broker, seen by a client.

mod consume;
mod latency;
mod produce;

use millstream_client::{Client, NewTopic};
use millstream_wire::ErrorCode;
use millstream_wire::records::Codec;

use super::broker::Broker;
use crate::failure::Failure;

/// Throughput and latency.
#[derive(Debug, clap::Subcommand)]
pub enum Bench {
    /// Send records as fast as they go, or at a rate
    #[command(after_help = "Examples:
  millstream bench produce
  millstream bench produce --records 5000000 --size 100 --acks 1 --codec lz4
  millstream bench produce --rate 10000 --records 100000 --json")]
    Produce(produce::Produce),
    /// Read what `bench produce` has sent
    #[command(after_help = "Example:
  millstream bench consume --records 1000000 --json")]
    Consume(consume::Consume),
    /// From the moment a record is made to the moment a consumer has it
    #[command(after_help = "Examples:
  millstream bench latency
  millstream bench latency --rate 10000 --records 100000 --acks all --json")]
    Latency(latency::Latency),
}

impl Bench {
    pub(super) async fn run(self) -> Result<(), Failure> {
        match self {
            Self::Produce(produce) => produce.run().await,
            Self::Consume(consume) => consume.run().await,
            Self::Latency(latency) => latency.run().await,
        }
    }
}

/// What all of them take.
#[derive(Debug, clap::Args)]
struct Target {
    /// The topic; it is made if it is not there
    #[arg(short, long, value_name = "TOPIC", default_value = "bench")]
    topic: String,
    /// How many records
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    records: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

impl Target {
    /// A client, and how many partitions the topic has; without a topic it is made with so many.
    async fn open(&self, partitions: i32) -> Result<(Client, usize), Failure> {
        let mut client = self.broker.connect().await?;
        let count = match client.topic(&self.topic).await {
            Err(error) if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {
                let topic = NewTopic {
                    name: self.topic.clone(),
                    partitions: Some(partitions),
                    ..NewTopic::default()
                };
                client.create_topic(&topic).await?;
                client.topic(&self.topic).await?.partitions.len()
            }
            topic => topic?.partitions.len(),
        };
        Ok((client, count))
    }
}

fn codec(text: &str) -> Result<Codec, String> {
    Codec::named(text).ok_or_else(|| "none, gzip, snappy, lz4 or zstd is wanted".into())
}
