//! End to end, open loop: 1,000 records a second, linger 0, acks=all, from `produce` to the consumer's hand.
//!
//! Every record carries the moment it was meant to be sent, so that a stall counts against all records behind it.

use crate::server::{Server, quantile};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use std::path::Path;
use std::time::{Duration, Instant};

const RATE: u32 = 1_000;
const SECONDS: u32 = 12;
/// The first seconds warm the connections up and are left out.
const WARM_UP: u32 = 2;

/// Prints p50, p99, p99.9 and the broker's CPU time.
pub fn measure(binary: &Path) -> Result<(), String> {
    let server = Server::start(binary, "start")?;
    let origin = Instant::now();
    let producer = producer(&server.kafka)?;
    let warm: BaseRecord<'_, (), str> = BaseRecord::to("latency").payload("0");
    producer.send(warm).map_err(|(error, _)| error.to_string())?;
    producer.flush(Duration::from_secs(20)).map_err(|error| error.to_string())?;
    let reader = consumer(&server.kafka)?;
    let reading = std::thread::spawn(move || read(&reader, origin));
    let cpu = server.cpu();
    let began = Instant::now();
    for number in 0..RATE * SECONDS {
        let due = began + Duration::from_secs(1) * number / RATE;
        while let Some(wait) = due.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
            producer.poll(wait.min(Duration::from_millis(1)));
        }
        let sent = due.duration_since(origin).as_nanos().to_string();
        let record: BaseRecord<'_, (), str> = BaseRecord::to("latency").payload(&sent);
        producer.send(record).map_err(|(error, _)| error.to_string())?;
    }
    producer.flush(Duration::from_secs(20)).map_err(|error| error.to_string())?;
    let mut latencies = reading.join().map_err(|_| "the consumer broke")?;
    let cpu = (server.cpu() - cpu).as_secs_f64();
    let mut at = |share| quantile(&mut latencies, share);
    println!(
        "| end to end at {RATE} records/s, linger 0, acks=all on disk: p50 / p99 / p99.9 | {:.2} / {:.2} / {:.2} ms |",
        at(0.5),
        at(0.99),
        at(0.999)
    );
    println!("| the server's CPU time for those {SECONDS} s | {cpu:.2} s |");
    Ok(())
}

fn producer(kafka: &str) -> Result<BaseProducer, String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka).set("acks", "all").set("linger.ms", "0");
    config.create().map_err(|error| error.to_string())
}

fn consumer(kafka: &str) -> Result<BaseConsumer, String> {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", kafka).set("group.id", "bench").set("enable.auto.commit", "false");
    let consumer: BaseConsumer =
        config.set("fetch.wait.max.ms", "500").create().map_err(|error| error.to_string())?;
    let mut partitions = TopicPartitionList::new();
    partitions.add_partition_offset("latency", 0, Offset::Offset(1)).map_err(|error| error.to_string())?;
    consumer.assign(&partitions).map_err(|error| error.to_string())?;
    Ok(consumer)
}

/// Latencies in milliseconds of all records behind the warm-up.
fn read(consumer: &BaseConsumer, origin: Instant) -> Vec<f64> {
    let mut latencies = Vec::new();
    for number in 0..RATE * SECONDS {
        let Some(Ok(message)) = consumer.poll(Duration::from_secs(10)) else { break };
        let now = origin.elapsed().as_nanos();
        let sent =
            message.payload_view::<str>().and_then(Result::ok).and_then(|text| text.parse::<u128>().ok());
        if let Some(sent) = sent.filter(|_| number >= RATE * WARM_UP) {
            latencies.push(now.saturating_sub(sent) as f64 / 1e6);
        }
    }
    latencies
}
