//! `kafka-transactions abort`: a marker into one partition, whatever the transaction's coordinator thinks.

use millstream_client::Client;

use super::failed;
use crate::failure::Failure;

/// A producer and its epoch, and the epoch of its coordinator.
type Open = ((i64, i16), i32);

#[derive(Debug, clap::Args)]
pub(super) struct Abort {
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: String,
    /// The partition
    #[arg(long, value_name = "N")]
    partition: i32,
    /// The transaction's first offset, as find-hanging shows it
    #[arg(long, value_name = "OFFSET")]
    start_offset: Option<i64>,
    /// The producer, for brokers before 3.0
    #[arg(long, value_name = "ID")]
    producer_id: Option<i64>,
    /// The producer's epoch
    #[arg(long, value_name = "N")]
    producer_epoch: Option<i16>,
    /// The epoch of its coordinator
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    coordinator_epoch: Option<i32>,
}

impl Abort {
    pub(super) async fn run(&self, client: &mut Client) -> Result<(), Failure> {
        let name = format!("{}-{}", self.topic, self.partition);
        let (producer, coordinator_epoch) = match self.start_offset {
            Some(start) => self.producer_at(start, &name, client).await?,
            None => self.producer_given()?,
        };
        // A producer that has never ended a transaction has no coordinator's epoch yet: 0 is never too young.
        let outcome =
            client.abort_transaction(&self.topic, self.partition, producer, coordinator_epoch.max(0)).await;
        outcome.map_err(|error| {
            failed(&format!("Failed to abort transaction of producer {}", producer.0), &error)
        })
    }

    /// The producer whose transaction begins at this offset, and the epoch of its coordinator.
    async fn producer_at(&self, start: i64, name: &str, client: &mut Client) -> Result<Open, Failure> {
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
        Ok(((open.id, epoch), open.coordinator_epoch))
    }

    fn producer_given(&self) -> Result<Open, Failure> {
        let id = self.producer_id.ok_or_else(|| {
            Failure::new(
                "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or \
                 above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)",
            )
        })?;
        let missing = |name: &str| Failure::new(format!("Missing required argument --{name}"));
        let epoch = self.producer_epoch.ok_or_else(|| missing("producer-epoch"))?;
        let coordinator_epoch = self.coordinator_epoch.ok_or_else(|| missing("coordinator-epoch"))?;
        Ok(((id, epoch), coordinator_epoch))
    }
}
