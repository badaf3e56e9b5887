//! `millstream bench produce`.

use std::time::Duration;

use millstream_client::{Acks, PipelineOptions};
use millstream_wire::records::Codec;
use serde_json::json;

use super::{Target, codec};
use crate::failure::Failure;
use crate::output::Output;
use crate::perf_test::latencies::Figures;
use crate::perf_test::payload::Payload;
use crate::perf_test::producer::{Batching, Lane, Load, Run};

#[derive(Debug, clap::Args)]
pub struct Produce {
    #[command(flatten)]
    target: Target,
    /// Bytes of a record's value
    #[arg(short, long, value_name = "BYTES", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1 << 30))]
    size: u32,
    /// Records each second [default: as many as go]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// What the broker does before it answers: 0, 1 or all
    #[arg(short, long, value_name = "ACKS", default_value = "all", allow_hyphen_values = true)]
    acks: Acks,
    /// Compress batches: none, gzip, snappy, lz4 or zstd
    #[arg(short, long, value_name = "CODEC", default_value = "none", value_parser = codec)]
    codec: Codec,
    /// Bytes of a batch
    #[arg(long, value_name = "BYTES", default_value_t = 16384)]
    batch_size: usize,
    /// How long a batch that is not full waits for more records
    #[arg(long, value_name = "MS", default_value_t = 5)]
    linger: u64,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    in_flight: u16,
    /// Partitions of a topic that is made
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
    partitions: i32,
}

impl Produce {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (client, partitions) = self.target.open(self.partitions).await?;
        let lane = Lane {
            topic: &self.target.topic,
            partitions,
            options: PipelineOptions { acks: self.acks, in_flight: self.in_flight },
            batching: Batching {
                codec: self.codec,
                bytes: self.batch_size,
                linger: Duration::from_millis(self.linger),
            },
        };
        let every = if self.target.json { Duration::MAX } else { Duration::from_secs(5) };
        let rate = self.rate.map_or(-1.0, f64::from);
        let load = Load { records: self.target.records, warmup: 0, throughput: rate, every };
        let mut run = Run::open(client, &lane, load, Output::new()).await?;
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        run.send_all(Payload::letters(size)).await?;
        let (figures, mut output) = run.finish()?;
        let Figures { records, records_per_second, megabytes_per_second, average_ms, max_ms, percentiles_ms } =
            figures;
        let [half, most, nearly, all] = percentiles_ms;
        if self.target.json {
            let told = json!({
                "records": records,
                "records_per_second": records_per_second,
                "mb_per_second": megabytes_per_second,
                "latency_ms": {
                    "mean": average_ms, "p50": half, "p95": most, "p99": nearly, "p99.9": all, "max": max_ms,
                },
            });
            output.line(told.to_string())?;
        } else {
            output.line(format!(
                "{records} records, {records_per_second:.0} a second, {megabytes_per_second:.1} MB/s\n\
                 answered after {average_ms:.1} ms on average, p50 {half} ms, p95 {most} ms, p99 {nearly} ms, \
                 p99.9 {all} ms, at most {max_ms} ms"
            ))?;
        }
        Ok(output.flush()?)
    }
}
