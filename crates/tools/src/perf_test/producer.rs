//! `kafka-producer-perf-test`: sends records as fast as they go, or at a rate, and tells rates and latencies.
//!
//! A record's latency is the time from when it was made to when the answer to its batch came.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use millstream_client::{Acks, Client, Pipeline, PipelineOptions, Sent};
use millstream_wire::records::{BatchBuilder, Codec};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep_until};

use super::latencies::{Figures, Latencies};
use super::payload::{self, Payload};
use super::transactions::{Identity, TransactionFlags};
use crate::bootstrap::{Settings, connect};
use crate::clock::now_ms;
use crate::command_line::{key_value, parse, remark};
use crate::failure::Failure;
use crate::output::Output;

/// The settings of Kafka's producer that have an effect.
const SETTINGS: [&str; 9] = [
    "acks",
    "batch.size",
    "bootstrap.servers",
    "compression.type",
    "enable.idempotence",
    "linger.ms",
    "max.in.flight.requests.per.connection",
    "transaction.timeout.ms",
    "transactional.id",
];

/// The most requests in flight that an idempotent producer may have.
const IDEMPOTENT_IN_FLIGHT: u16 = 5;

/// Measure how fast records can be produced
#[derive(Debug, Parser)]
#[command(
    name = "kafka-producer-perf-test",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-producer-perf-test --bootstrap-server localhost:9092 --topic perf --num-records 1000000 \\
      --record-size 100 --throughput -1
  kafka-producer-perf-test --bootstrap-server localhost:9092 --topic perf --num-records 100000 \\
      --record-size 1000 --throughput 10000 --command-property acks=1 compression.type=lz4"
)]
struct ProducerPerfTest {
    /// The broker; several may be given, separated by commas
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap_server: Option<String>,
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: String,
    /// How many records to send
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    num_records: u64,
    #[command(flatten)]
    payload: payload::Flags,
    /// With --payload-file: what stands between two values
    #[arg(long, value_name = "TEXT", default_value = "\\n")]
    payload_delimiter: String,
    /// About so many records each second; -1 for as many as go
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    throughput: f64,
    /// A producer's setting by Kafka's name: acks, batch.size, linger.ms, compression.type ...
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., value_parser = key_value)]
    command_property: Vec<(String, String)>,
    /// What --command-property was called before Kafka 4.2
    #[arg(long, value_name = "KEY=VALUE", num_args = 1.., value_parser = key_value, hide = true, conflicts_with = "command_property")]
    producer_props: Vec<(String, String)>,
    /// A file with the producer's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "producer.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    producer_config: Option<PathBuf>,
    /// Records at the beginning that are left out of a second summary
    #[arg(long, value_name = "N", default_value_t = 0)]
    warmup_records: u64,
    /// How often a line is printed
    #[arg(long, value_name = "MS", default_value_t = 5000, value_parser = clap::value_parser!(u64).range(1..))]
    reporting_interval: u64,
    /// Prints the Java client's own figures, which there are none of here
    #[arg(long, hide = true)]
    print_metrics: bool,
    #[command(flatten)]
    transactions: TransactionFlags,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ProducerPerfTest = parse(arguments)?;
    command.execute().await
}

/// How records are batched.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Batching {
    pub(crate) codec: Codec,
    /// A batch that a record would make larger than this is sent.
    pub(crate) bytes: usize,
    /// A batch that is this old is sent.
    pub(crate) linger: Duration,
}

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) records: u64,
    /// Records at the beginning that are left out of the second summary.
    pub(crate) warmup: u64,
    /// Records each second; as many as go if it is not positive.
    pub(crate) throughput: f64,
    /// How often a line is printed.
    pub(crate) every: Duration,
}

/// Where to, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lane<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partitions: usize,
    pub(crate) options: PipelineOptions,
    pub(crate) batching: Batching,
}

impl ProducerPerfTest {
    async fn execute(&self) -> Result<(), Failure> {
        self.check()?;
        let settings = self.settings()?;
        let (options, batching) = options(&settings)?;
        let can_be_idempotent = options.acks == Acks::All && options.in_flight <= IDEMPOTENT_IN_FLIGHT;
        let mode = self.transactions.mode(&settings, can_be_idempotent)?;
        let address = self.bootstrap_server.as_deref().or(settings.get("bootstrap.servers"));
        let address = address.ok_or_else(|| {
            Failure::new(
                "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config \
                          or --command-config must be specified.",
            )
        })?;
        let mut output = Output::new();
        if let Some(path) = self.payload.path() {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            output.line(format!("Reading payloads from: {}", path.display()))?;
        }
        let payload = Payload::of(&self.payload, &self.payload_delimiter)?;
        if let Some(lines) = payload.lines() {
            output.line(format!("Number of records read: {lines}"))?;
        }
        let mut client = connect(address, "perf-producer-client", &settings).await?;
        let partitions = client.topic_or_made(&self.topic).await?.partitions.len();
        if self.warmup_records > 0 {
            output.line(format!(
                "Warmup first {} records. Steady state results will print after the complete test summary.",
                self.warmup_records
            ))?;
        }
        output.flush()?;
        let load = Load {
            records: self.num_records,
            warmup: self.warmup_records,
            throughput: self.throughput,
            every: Duration::from_millis(self.reporting_interval),
        };
        let lane = Lane { topic: &self.topic, partitions, options, batching };
        let identity = Identity::of(mode, &mut client).await?;
        let mut run = Run::open(client, &lane, load, output).await?.signed_by(identity);
        run.send_all(payload).await?;
        run.print()
    }

    fn check(&self) -> Result<(), Failure> {
        if self.warmup_records >= self.num_records {
            return Err(Failure::new(
                "The value for --warmup-records must be strictly fewer than the number of records in the test, \
                 --num-records.",
            ));
        }
        if !self.producer_props.is_empty() {
            remark("--producer-props is called --command-property since Kafka 4.2");
        }
        if self.print_metrics {
            remark("no effect here: --print-metrics");
        }
        Ok(())
    }

    fn settings(&self) -> Result<Settings, Failure> {
        let pairs =
            if self.command_property.is_empty() { &self.producer_props } else { &self.command_property };
        Settings::read(self.command_config.as_ref().or(self.producer_config.as_ref()), pairs, &SETTINGS)
    }
}

/// What the settings say, with the defaults of Kafka's producer.
fn options(settings: &Settings) -> Result<(PipelineOptions, Batching), Failure> {
    let wrong =
        |name: &str, value: &str, wanted: &str| Failure::new(format!("{name}={value}: {wanted} is wanted"));
    let mut options = PipelineOptions::default();
    if let Some(acks) = settings.get("acks") {
        options.acks = acks.parse().map_err(|_| wrong("acks", acks, "0, 1 or all"))?;
    }
    let name = "max.in.flight.requests.per.connection";
    if let Some(count) = settings.get(name) {
        let parsed = count.parse().ok().filter(|count| *count > 0);
        options.in_flight = parsed.ok_or_else(|| wrong(name, count, "a number from 1 to 65535"))?;
    }
    let mut batching = Batching { codec: Codec::None, bytes: 16 << 10, linger: Duration::from_millis(5) };
    if let Some(codec) = settings.get("compression.type") {
        batching.codec = Codec::named(codec)
            .ok_or_else(|| wrong("compression.type", codec, "none, gzip, snappy, lz4 or zstd"))?;
    }
    if let Some(bytes) = settings.get("batch.size") {
        batching.bytes = bytes.parse().map_err(|_| wrong("batch.size", bytes, "a number of bytes"))?;
    }
    if let Some(linger) = settings.millis("linger.ms")? {
        batching.linger = linger;
    }
    Ok((options, batching))
}

/// When each record of a batch was made, how large its value is, and whether it counts for the steady state.
type Made = Vec<(Instant, u32, bool)>;

pub(crate) struct Run {
    load: Load,
    pipeline: Pipeline<Made>,
    answers: UnboundedReceiver<Sent<Made>>,
    identity: Option<Identity>,
    topic: String,
    batching: Batching,
    partitions: i32,
    /// Batches go to the partitions in turn.
    partition: i32,
    batch: BatchBuilder,
    made: Made,
    unanswered: u64,
    latencies: Latencies,
    steady: Option<Latencies>,
    failed: u64,
    output: Output,
}

impl Run {
    pub(crate) async fn open(
        client: Client,
        lane: &Lane<'_>,
        load: Load,
        output: Output,
    ) -> Result<Self, Failure> {
        let (pipeline, answers) = Pipeline::open(client, lane.topic, lane.options).await?;
        Ok(Self {
            load,
            pipeline,
            answers,
            identity: None,
            topic: lane.topic.to_owned(),
            batching: lane.batching,
            partitions: i32::try_from(lane.partitions).unwrap_or(i32::MAX).max(1),
            partition: 0,
            batch: BatchBuilder::new(lane.batching.codec),
            made: Made::new(),
            unanswered: 0,
            latencies: Latencies::new(load.records, load.every, false),
            steady: None,
            failed: 0,
            output,
        })
    }

    /// Batches carry the id of this producer.
    fn signed_by(mut self, identity: Option<Identity>) -> Self {
        self.pipeline = self.pipeline.transactional(identity.as_ref().and_then(Identity::transactional));
        self.identity = identity;
        self
    }

    /// Sends all records and waits for all answers.
    pub(crate) async fn send_all(&mut self, mut payload: Payload) -> Result<(), Failure> {
        let load = self.load;
        let start = Instant::now();
        let pace = (load.throughput > 0.0).then(|| Duration::from_secs_f64(1.0 / load.throughput.max(1e-6)));
        for number in 0..load.records {
            if load.warmup > 0 && number == load.warmup {
                self.steady = Some(Latencies::new(load.records - load.warmup, load.every, true));
                self.latencies.silence();
            }
            if let Some(pace) = pace {
                let due = start + pace.mul_f64(as_f64(number));
                self.wait_until(due).await?;
            }
            if let Some(identity) = &mut self.identity {
                identity.begin();
            }
            let value = payload.next();
            let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
            if !self.made.is_empty() && self.batch.size_in_bytes() + value.len() > self.batching.bytes {
                self.flush().await?;
            }
            self.batch
                .append(now_ms(), None, Some(value), &[])
                .map_err(|error| Failure::new(format!("a record does not fit a batch: {error}")))?;
            self.made.push((Instant::now(), length, self.steady.is_some()));
            if self.identity.as_ref().is_some_and(Identity::is_due) {
                self.settle().await?;
            }
        }
        self.settle().await
    }

    /// Sends what is left, waits for all answers and commits the transaction, if one is open.
    async fn settle(&mut self) -> Result<(), Failure> {
        self.flush().await?;
        while self.unanswered > 0 {
            let Some(sent) = self.answers.recv().await else { break };
            self.note(sent)?;
        }
        match &mut self.identity {
            Some(identity) => identity.commit(self.pipeline.client()).await,
            None => Ok(()),
        }
    }

    /// Waits for a record's turn; what lingers is sent when its time has come.
    async fn wait_until(&mut self, due: Instant) -> Result<(), Failure> {
        loop {
            let lingers_until = self.made.first().map(|(made, ..)| *made + self.batching.linger);
            if lingers_until.is_some_and(|until| until <= Instant::now()) {
                self.flush().await?;
                continue;
            }
            // Timers are good for a millisecond: who is early by less goes on.
            if due <= Instant::now() + Duration::from_millis(1) {
                return Ok(());
            }
            let wake = lingers_until.map_or(due, |until| until.min(due));
            tokio::select! {
                () = sleep_until(wake) => {}
                Some(sent) = self.answers.recv() => self.note(sent)?,
            }
        }
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        if !self.made.is_empty() {
            let batch = std::mem::replace(&mut self.batch, BatchBuilder::new(self.batching.codec));
            let made = std::mem::take(&mut self.made);
            let (batch, is_first) = match &mut self.identity {
                Some(identity) => {
                    identity.sign(batch, self.pipeline.client(), (&self.topic, self.partition)).await?
                }
                None => (batch, false),
            };
            let batch = batch.finish().map_err(|error| Failure::new(format!("a batch: {error}")))?.freeze();
            match self.identity.as_ref().and_then(Identity::transactional).filter(|_| is_first) {
                Some(transaction) => {
                    self.pipeline.send_first(transaction, self.partition, batch, made).await?;
                }
                None => self.pipeline.send(self.partition, batch, made).await?,
            }
            self.unanswered += 1;
            self.partition = (self.partition + 1) % self.partitions;
        }
        while let Ok(sent) = self.answers.try_recv() {
            self.note(sent)?;
        }
        Ok(())
    }

    fn note(&mut self, sent: Sent<Made>) -> Result<(), Failure> {
        self.unanswered = self.unanswered.saturating_sub(1);
        if let Err(error) = sent.outcome {
            self.failed += sent.tag.len() as u64;
            remark(error.to_string());
            // Nothing follows on a connection that broke.
            return if error.code().is_some() { Ok(()) } else { Err(error.into()) };
        }
        for (made, bytes, is_steady) in sent.tag {
            let latency = sent.at.saturating_duration_since(made).as_millis();
            let latency = u32::try_from(latency).unwrap_or(u32::MAX);
            let mut lines = self.latencies.record(latency, bytes.into());
            if let Some(steady) = self.steady.as_mut().filter(|_| is_steady) {
                lines.extend(steady.record(latency, bytes.into()));
            }
            if !lines.is_empty() {
                lines.iter().try_for_each(|line| self.output.line(line))?;
                self.output.flush()?;
            }
        }
        Ok(())
    }

    /// What it came to; an error if records were not written.
    pub(crate) fn finish(mut self) -> Result<(Figures, Output), Failure> {
        match self.failed {
            0 => Ok((self.latencies.figures(), self.output)),
            failed => Err(Failure::new(format!("{failed} records were not written"))),
        }
    }

    fn print(mut self) -> Result<(), Failure> {
        self.output.line(self.latencies.total())?;
        if let Some(steady) = &mut self.steady {
            self.output.line(steady.total())?;
        }
        self.output.flush()?;
        match self.failed {
            0 => Ok(()),
            failed => Err(Failure::new(format!("{failed} records were not written"))),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a run of 2^53 records does not end")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
