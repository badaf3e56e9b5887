//! What is done to a broker: topics made, records produced and consumed with librdkafka, the same for both sides.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::figures::Ack;
use super::running::Running;
use crate::process::Cpu;

/// How long a load may stand still.
const PATIENCE: Duration = Duration::from_secs(120);
/// Different values that the records take in turn.
const VALUES: usize = 64;

/// A client's settings, with quick reconnects: some rows start the broker while they wait.
pub fn client(address: SocketAddr) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address.to_string());
    config.set("reconnect.backoff.ms", "10").set("reconnect.backoff.max.ms", "50");
    config
}

/// Makes a topic whose acknowledgements mean `ack`.
pub fn topic(address: SocketAddr, name: &str, partitions: i32, ack: Ack) -> Result<(), String> {
    let admin: AdminClient<DefaultClientContext> = client(address).create().map_err(shown)?;
    let flush = if ack == Ack::Disk { "1" } else { "9223372036854775807" };
    let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(1)).set("flush.messages", flush);
    let options = AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE));
    let created = futures::executor::block_on(admin.create_topics([&topic], &options)).map_err(shown)?;
    created.into_iter().try_for_each(|result| match result {
        Ok(_) => Ok(()),
        Err((name, error)) => Err(format!("topic {name}: {error}")),
    })
}

fn shown(error: KafkaError) -> String {
    error.to_string()
}

/// What is produced.
#[derive(Debug, Clone)]
pub struct Produce<'a> {
    /// To which topic.
    pub topic: &'a str,
    /// Records in all.
    pub records: u64,
    /// Bytes of a record's value.
    pub size: usize,
    /// By how many producers, each on a thread of its own.
    pub producers: u64,
    /// `acks`.
    pub acks: &'static str,
    /// `compression.type`.
    pub codec: &'static str,
}

/// What a load has cost and taken.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// CPU time of the broker.
    pub cpu: Cpu,
    /// Wall time in seconds.
    pub seconds: f64,
}

impl Cost {
    /// The least CPU time and the least wall time of so many runs; `run` is given the run's number.
    ///
    /// What disturbs a run only adds to it: here above all the host, which takes memory back from a virtual machine and
    /// charges the next first touch of each page of the page cache to the broker that writes it (up to 2.5 s/GB, on
    /// either side, where writing to memory that is there takes 0.3).
    pub fn least(runs: u64, mut run: impl FnMut(u64) -> Result<Self, String>) -> Result<Self, String> {
        let mut least = run(0)?;
        for number in 1..runs {
            let Self { cpu, seconds } = run(number)?;
            if cpu.seconds() < least.cpu.seconds() {
                least.cpu = cpu;
            }
            least.seconds = least.seconds.min(seconds);
        }
        Ok(least)
    }
}

impl Produce<'_> {
    /// Bytes of all values.
    pub fn bytes(&self) -> f64 {
        self.records as f64 * self.size as f64
    }

    /// Produces, and waits for the last acknowledgement.
    pub fn run(&self, broker: &Running) -> Result<Cost, String> {
        measured(broker, || {
            std::thread::scope(|scope| {
                let each = self.records / self.producers;
                let threads: Vec<_> = (0..self.producers)
                    .map(|seed| scope.spawn(move || self.send(broker.address, seed, each)))
                    .collect();
                threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a producer broke")?)
            })
        })
    }

    fn send(&self, address: SocketAddr, seed: u64, records: u64) -> Result<(), String> {
        let mut config = client(address);
        config.set("acks", self.acks).set("compression.type", self.codec);
        config.set("queue.buffering.max.messages", "500000").set("queue.buffering.max.kbytes", "262144");
        let producer: BaseProducer = config.create().map_err(shown)?;
        let values = values(self.size, seed);
        for value in values.iter().cycle().take(usize::try_from(records).unwrap_or(usize::MAX)) {
            let mut record: BaseRecord<'_, (), [u8]> = BaseRecord::to(self.topic).payload(value);
            while let Err((error, back)) = producer.send(record) {
                if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                    return Err(error.to_string());
                }
                producer.poll(Duration::from_millis(10));
                record = back;
            }
            producer.poll(Duration::ZERO);
        }
        producer.flush(PATIENCE).map_err(shown)
    }
}

/// Reads a topic from its beginning with one consumer, so many records.
pub fn consume(broker: &Running, topic: &str, partitions: i32, records: u64) -> Result<Cost, String> {
    let mut config = client(broker.address);
    config
        .set("group.id", "bench")
        .set("enable.auto.commit", "false")
        .set("queued.max.messages.kbytes", "262144");
    let consumer: BaseConsumer = config.create().map_err(shown)?;
    let mut from = TopicPartitionList::new();
    for partition in 0..partitions {
        from.add_partition_offset(topic, partition, Offset::Beginning).map_err(shown)?;
    }
    measured(broker, || {
        consumer.assign(&from).map_err(shown)?;
        for read in 0..records {
            match consumer.poll(PATIENCE) {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error.to_string()),
                None => return Err(format!("{read} of {records} records came")),
            }
        }
        Ok(())
    })
}

fn measured(broker: &Running, load: impl FnOnce() -> Result<(), String>) -> Result<Cost, String> {
    let (before, began) = (broker.cpu(), Instant::now());
    load()?;
    Ok(Cost { cpu: broker.cpu().since(before), seconds: began.elapsed().as_secs_f64() })
}

/// Values of hexadecimal digits, which compress to about a half.
fn values(size: usize, seed: u64) -> Vec<Vec<u8>> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut digit = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        b"0123456789abcdef"[(state % 16) as usize]
    };
    (0..VALUES).map(|_| (0..size).map(|_| digit()).collect()).collect()
}
