//! `millstream bench latency`: from the moment a record is made to the moment a consumer has it.
//!
//! A producer sends each record at once, and a consumer of this same process, with a connection of its own, waits for
//! it with long polls: one clock for both ends.

use std::time::Duration;

use millstream_client::{Acks, Consumer, OffsetAt, Pipeline, PipelineOptions, Start};
use millstream_wire::records::{BatchBuilder, Codec};
use serde_json::json;
use tokio::time::{Instant, sleep_until, timeout};

use super::Target;
use crate::clock::now_ms;
use crate::failure::Failure;
use crate::output::Output;

/// How long the last records may take.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(500);
/// The bytes of a time in front of a record's value.
const STAMP: usize = 8;

#[derive(Debug, clap::Args)]
pub struct Latency {
    #[command(flatten)]
    target: Target,
    /// Records each second
    #[arg(short, long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Bytes of a record's value
    #[arg(short, long, value_name = "BYTES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(STAMP as i64..=1 << 20))]
    size: u32,
    /// What the broker does before it answers: 0, 1 or all
    #[arg(short, long, value_name = "ACKS", default_value = "all", allow_hyphen_values = true)]
    acks: Acks,
}

impl Latency {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (client, _) = self.target.open(1).await?;
        let mut consumer = Consumer::new(self.target.open(1).await?.0, OffsetAt::Latest);
        consumer.assign(&self.target.topic, &[0], Start::At(OffsetAt::Latest)).await?;
        let records = self.target.records;
        let start = Instant::now();
        let reader = tokio::spawn(read(consumer, records, start));
        let options = PipelineOptions { acks: self.acks, in_flight: 5 };
        let (mut pipeline, mut answers) = Pipeline::open(client, &self.target.topic, options).await?;
        let pace = Duration::from_secs(1) / self.rate;
        let mut value = vec![b'.'; usize::try_from(self.size).unwrap_or(STAMP)];
        let mut sent: u64 = 0;
        while sent < records {
            let turn = start + pace.mul_f64(f64::from(u32::try_from(sent).unwrap_or(u32::MAX)));
            sleep_until(turn).await;
            // Whatever is due by now goes in one batch: timers are good for a millisecond.
            let due = u64::try_from(start.elapsed().as_nanos() / pace.as_nanos().max(1)).unwrap_or(u64::MAX);
            let mut batch = BatchBuilder::new(Codec::None);
            let upto = due.saturating_add(1).min(records);
            while sent < upto {
                let stamp = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX).to_be_bytes();
                value.iter_mut().zip(stamp).for_each(|(place, byte)| *place = byte);
                let appended = batch.append(now_ms(), None, Some(&value), &[]);
                appended.map_err(|error| Failure::new(format!("a record does not fit a batch: {error}")))?;
                sent += 1;
            }
            let batch = batch.finish().map_err(|error| Failure::new(format!("a batch: {error}")))?;
            pipeline.send(0, batch.freeze(), ()).await?;
            while let Ok(answer) = answers.try_recv() {
                answer.outcome?;
            }
        }
        let times = timeout(PATIENCE, reader).await;
        let times =
            times.map_err(|_| Failure::new(format!("not all records have come back after {PATIENCE:?}")))?;
        let times = times.map_err(|error| Failure::new(error.to_string()))??;
        self.tell(times)
    }

    fn tell(&self, mut nanoseconds: Vec<u64>) -> Result<(), Failure> {
        nanoseconds.sort_unstable();
        let at = |part: usize, of: usize| {
            let index = (nanoseconds.len() * part / of).min(nanoseconds.len().saturating_sub(1));
            Duration::from_nanos(nanoseconds.get(index).copied().unwrap_or(0)).as_secs_f64() * 1000.0
        };
        let (half, nearly, all, most) = (at(1, 2), at(99, 100), at(999, 1000), at(1, 1));
        let mut output = Output::new();
        let count = nanoseconds.len();
        if self.target.json {
            let told = json!({
                "records": count,
                "rate": self.rate,
                "latency_ms": { "p50": half, "p99": nearly, "p99.9": all, "max": most },
            });
            output.line(told.to_string())?;
        } else {
            output.line(format!(
                "{count} records at {} a second: p50 {half:.2} ms, p99 {nearly:.2} ms, p99.9 {all:.2} ms, at most \
                 {most:.2} ms",
                self.rate
            ))?;
        }
        Ok(output.flush()?)
    }
}

/// How long each record was on its way, in nanoseconds.
async fn read(mut consumer: Consumer, records: u64, start: Instant) -> Result<Vec<u64>, Failure> {
    let mut times = Vec::new();
    while (times.len() as u64) < records {
        let received = consumer.poll(POLL).await?;
        let now = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let values = received.iter().filter_map(|one| one.record.value.as_ref());
        let stamps = values.filter_map(|value| value.first_chunk().map(|stamp| u64::from_be_bytes(*stamp)));
        times.extend(stamps.map(|stamp| now.saturating_sub(stamp)));
    }
    Ok(times)
}
