//! `millstream bench consume`.

use std::time::{Duration, Instant};

use millstream_client::{Consumer, OffsetAt, Start};
use serde_json::json;

use super::Target;
use crate::failure::Failure;
use crate::output::Output;
use crate::perf_test::mega;

const POLL: Duration = Duration::from_millis(500);

#[derive(Debug, clap::Args)]
pub struct Consume {
    #[command(flatten)]
    target: Target,
    /// End when nothing has come for so long
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    timeout: u64,
}

impl Consume {
    #[expect(clippy::cast_precision_loss, reason = "it is printed with few digits")]
    pub(super) async fn run(self) -> Result<(), Failure> {
        let (client, partitions) = self.target.open(1).await?;
        let all: Vec<i32> = (0..i32::try_from(partitions).unwrap_or(i32::MAX)).collect();
        let mut consumer = Consumer::new(client, OffsetAt::Earliest);
        consumer.assign(&self.target.topic, &all, Start::At(OffsetAt::Earliest)).await?;
        let (start, patience) = (Instant::now(), Duration::from_millis(self.timeout));
        let (mut records, mut bytes, mut last) = (0, 0, start);
        while records < self.target.records && last.elapsed() < patience {
            let received = consumer.poll(POLL.min(patience)).await?;
            if !received.is_empty() {
                last = Instant::now();
            }
            records += received.len() as u64;
            let size = |bytes: &Option<bytes::Bytes>| bytes.as_ref().map_or(0, bytes::Bytes::len) as u64;
            bytes += received.iter().map(|one| size(&one.record.key) + size(&one.record.value)).sum::<u64>();
        }
        let seconds = last.duration_since(start).as_secs_f64().max(f64::MIN_POSITIVE);
        let (rate, megabytes) = (records as f64 / seconds, mega(bytes) / seconds);
        let mut output = Output::new();
        if self.target.json {
            let told = json!({
                "records": records,
                "bytes": bytes,
                "seconds": seconds,
                "records_per_second": rate,
                "mb_per_second": megabytes,
            });
            output.line(told.to_string())?;
        } else {
            output.line(format!("{records} records, {rate:.0} a second, {megabytes:.1} MB/s"))?;
        }
        if records < self.target.records {
            let wanted = self.target.records;
            crate::command_line::remark(format!("nothing came any more: {records} of {wanted} were there"));
        }
        Ok(output.flush()?)
    }
}
