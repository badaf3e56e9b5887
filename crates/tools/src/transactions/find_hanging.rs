//! `kafka-transactions find-hanging`: transactions that are open in a partition and known to no coordinator.

use millstream_client::{ActiveProducer, Client};

use super::failed;
use crate::clock::now_ms;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::write_tabular;

const MINUTE_MS: i64 = 60_000;

#[derive(Debug, clap::Args)]
pub(super) struct FindHanging {
    /// Only partitions that this broker holds
    #[arg(long, value_name = "ID")]
    broker_id: Option<i32>,
    /// Only transactions older than this
    #[arg(long, value_name = "MINUTES", default_value_t = 15, value_parser = clap::value_parser!(u32))]
    max_transaction_timeout: u32,
    /// Only this topic
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Only this partition of --topic
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
}

impl FindHanging {
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.topic.is_none() && self.broker_id.is_none() {
            return Err(Failure::new(
                "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search",
            ));
        }
        if self.topic.is_none() && self.partition.is_some() {
            return Err(Failure::new("The --partition argument requires --topic to be provided"));
        }
        Ok(())
    }

    pub(super) async fn run(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        const FAILED: &str = "Failed to describe 1 topics";
        let topics = match &self.topic {
            Some(topic) => vec![client.topic(topic).await.map_err(|error| failed(FAILED, &error))?],
            None => client.describe_topics(None).await?,
        };
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
