//! Writes what a demo replays to its topic through the Kafka protocol, on the real socket, at an even pace.

use super::show::{Replayed, Show};
use crate::error::CommandError;
use millstream_client::{Client, ClientError, ClientOptions, NewRecord, Producer, ProducerOptions};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Records that are due are sent this often: at 48 a second, one record at a time.
const TICK: Duration = Duration::from_millis(20);

/// Most records of one tick; what is due beyond that waits for the next one.
const RECORDS_MAX: usize = 5_000;

/// The producers by their `client.id`.
type Producers = BTreeMap<&'static str, Producer>;

/// Records that the broker has acknowledged.
#[derive(Debug, Clone, Default)]
pub struct Written(Arc<AtomicU64>);

impl Written {
    /// How many.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Replays for ever; returns only when the broker does not take the records any more.
pub async fn replay(show: &dyn Show, kafka: &str, rate: f64, written: &Written) -> Result<(), CommandError> {
    let topic = show.topics().first().map_or("", |(topic, _)| *topic);
    let refused =
        |error: ClientError| CommandError::failed(format!("topic {topic} cannot be written: {error}"));
    let mut producers = Producers::new();
    for name in show.producers() {
        let producer = producer(kafka, topic, name).await.map_err(refused)?;
        producers.insert(*name, producer);
    }
    let mut records = show.records();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let began = Instant::now();
    loop {
        ticks.tick().await;
        let due = records_due(began.elapsed(), rate).saturating_sub(written.count());
        let count = usize::try_from(due).unwrap_or(RECORDS_MAX).min(RECORDS_MAX);
        for record in records.by_ref().take(count) {
            if record.after_all {
                flush(&mut producers).await.map_err(refused)?;
            }
            send(&mut producers, &record).await.map_err(refused)?;
        }
        flush(&mut producers).await.map_err(refused)?;
        written.0.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
    }
}

async fn send(producers: &mut Producers, replayed: &Replayed) -> Result<(), ClientError> {
    let Some(producer) = producers.get_mut(replayed.producer) else { return Ok(()) };
    let (key, value) = (replayed.key.map(str::as_bytes), Some(replayed.value.as_bytes()));
    producer.send(None, NewRecord { key, value, ..NewRecord::default() }).await
}

/// Done when the broker has acknowledged everything.
async fn flush(producers: &mut Producers) -> Result<(), ClientError> {
    for producer in producers.values_mut() {
        producer.flush().await?;
    }
    Ok(())
}

async fn producer(kafka: &str, topic: &str, name: &str) -> Result<Producer, ClientError> {
    let options = ClientOptions { client_id: name.to_owned(), ..ClientOptions::default() };
    Producer::new(Client::connect_with(kafka, options).await?, topic, ProducerOptions::default()).await
}

/// Records that should have been sent after `elapsed`; the first one at once.
fn records_due(elapsed: Duration, rate: f64) -> u64 {
    let records = elapsed.as_secs_f64() * rate + 1.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole records; never negative"
    )]
    let records = records as u64;
    records
}

#[cfg(test)]
mod tests {
    use super::records_due;
    use std::time::Duration;

    #[test]
    fn records_come_at_an_even_pace_from_the_first_moment_on() {
        let table = [(0, 1), (20, 1), (21, 2), (1_000, 49), (2_500, 121)];
        for (millis, records) in table {
            assert_eq!(records_due(Duration::from_millis(millis), 48.0), records, "{millis} ms");
        }
    }
}
