//! End to end in an open loop: records at a fixed rate from `produce` to the consumer's hand.
//!
//! Every record carries the moment it was meant to be sent, so that a stall counts against all records behind it.

use std::time::{Duration, Instant};

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

/// The first seconds warm the connections up and are left out.
const WARM_UP: u32 = 2;

/// A load.
#[derive(Debug, Clone, Copy)]
pub struct OpenLoop<'a> {
    /// `bootstrap.servers`.
    pub kafka: &'a str,
    /// The topic; it is made when it is written to, unless it exists.
    pub topic: &'a str,
    /// Records a second.
    pub rate: u32,
    /// For how long, warm-up included.
    pub seconds: u32,
    /// `linger.ms`.
    pub linger_ms: &'static str,
}

impl OpenLoop<'_> {
    /// Latencies in milliseconds of all records behind the warm-up.
    pub fn run(&self) -> Result<Vec<f64>, String> {
        let origin = Instant::now();
        let producer = self.producer()?;
        let warm: BaseRecord<'_, (), str> = BaseRecord::to(self.topic).partition(0).payload("0");
        producer.send(warm).map_err(|(error, _)| error.to_string())?;
        producer.flush(Duration::from_secs(20)).map_err(|error| error.to_string())?;
        let reader = self.consumer()?;
        let (all, rate) = (self.rate * self.seconds, self.rate);
        let reading = std::thread::spawn(move || read(&reader, origin, all, rate * WARM_UP));
        let began = Instant::now();
        for number in 0..all {
            let due = began + Duration::from_secs(1) * number / rate;
            while let Some(wait) = due.checked_duration_since(Instant::now()).filter(|wait| !wait.is_zero()) {
                producer.poll(wait.min(Duration::from_millis(1)));
            }
            let sent = due.duration_since(origin).as_nanos().to_string();
            let record: BaseRecord<'_, (), str> = BaseRecord::to(self.topic).partition(0).payload(&sent);
            producer.send(record).map_err(|(error, _)| error.to_string())?;
        }
        producer.flush(Duration::from_secs(20)).map_err(|error| error.to_string())?;
        reading.join().map_err(|_| "the consumer broke".to_owned())
    }

    fn producer(&self) -> Result<BaseProducer, String> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.kafka).set("acks", "all").set("linger.ms", self.linger_ms);
        config.create().map_err(|error| error.to_string())
    }

    fn consumer(&self) -> Result<BaseConsumer, String> {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.kafka)
            .set("group.id", "bench")
            .set("enable.auto.commit", "false");
        let consumer: BaseConsumer =
            config.set("fetch.wait.max.ms", "500").create().map_err(|error| error.to_string())?;
        let mut partitions = TopicPartitionList::new();
        partitions
            .add_partition_offset(self.topic, 0, Offset::Offset(1))
            .map_err(|error| error.to_string())?;
        consumer.assign(&partitions).map_err(|error| error.to_string())?;
        Ok(consumer)
    }
}

fn read(consumer: &BaseConsumer, origin: Instant, all: u32, left_out: u32) -> Vec<f64> {
    let mut latencies = Vec::new();
    for number in 0..all {
        let Some(Ok(message)) = consumer.poll(Duration::from_secs(10)) else { break };
        let now = origin.elapsed().as_nanos();
        let sent =
            message.payload_view::<str>().and_then(Result::ok).and_then(|text| text.parse::<u128>().ok());
        if let Some(sent) = sent.filter(|_| number >= left_out) {
            latencies.push(now.saturating_sub(sent) as f64 / 1e6);
        }
    }
    latencies
}

/// The value at `share` (0 to 1) of `values`, which are sorted.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values.get(((last as f64) * share).round() as usize).copied().unwrap_or(f64::NAN)
}
