//! Writes the log to its topic through the Kafka protocol, on the real socket, at an even pace.

use super::access_log::AccessLog;
use super::queries::CLICKSTREAM;
use super::tables::Tables;
use crate::error::CommandError;
use millstream_client::{Client, ClientError, NewRecord, Producer, ProducerOptions};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};

/// Lines that are due are sent this often: at 48 a second, one line at a time.
const TICK: Duration = Duration::from_millis(20);

/// Most lines of one request; what is due beyond that waits for the next one.
const LINES_MAX: usize = 5_000;

/// Replays for ever; returns only when the broker does not take the lines any more.
pub async fn run(kafka: &str, rate: f64, tables: &Tables) -> Result<(), CommandError> {
    let refused = |error: ClientError| {
        CommandError::failed(format!("the log cannot be written to {CLICKSTREAM}: {error}"))
    };
    let client = Client::connect(kafka).await.map_err(refused)?;
    let options = ProducerOptions::default();
    let mut producer = Producer::new(client, CLICKSTREAM, options).await.map_err(refused)?;
    let mut lines = AccessLog::new();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let began = Instant::now();
    let mut sent: u64 = 0;
    loop {
        ticks.tick().await;
        let due = lines_due(began.elapsed(), rate).saturating_sub(sent);
        let count = usize::try_from(due).unwrap_or(LINES_MAX).min(LINES_MAX);
        if count == 0 {
            continue;
        }
        for line in lines.by_ref().take(count) {
            let record = NewRecord { value: Some(line.as_bytes()), ..NewRecord::default() };
            producer.send(Some(0), record).await.map_err(refused)?;
        }
        producer.flush().await.map_err(refused)?;
        let count = u64::try_from(count).unwrap_or(0);
        sent += count;
        tables.wrote(count);
    }
}

/// Lines that should have been sent after `elapsed`; the first one at once.
fn lines_due(elapsed: Duration, rate: f64) -> u64 {
    let lines = elapsed.as_secs_f64() * rate + 1.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole lines; never negative"
    )]
    let lines = lines as u64;
    lines
}

#[cfg(test)]
mod tests {
    use super::lines_due;
    use std::time::Duration;

    #[test]
    fn lines_come_at_an_even_pace_from_the_first_moment_on() {
        let table = [(0, 1), (20, 1), (21, 2), (1_000, 49), (2_500, 121)];
        for (millis, lines) in table {
            assert_eq!(lines_due(Duration::from_millis(millis), 48.0), lines, "{millis} ms");
        }
    }
}
