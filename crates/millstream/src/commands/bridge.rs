//! `millstream bridge`: moves messages between another system and topics, until Ctrl-C.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use millstream_client::{GroupConsumer, OffsetAt, Producer, ProducerOptions};
use millstream_rabbitmq::{
    BridgeError, Counts, ReaderOptions, ServerOptions, WriterOptions, queue_to_topic, topic_to_queue,
};

use super::bootstrap::Bootstrap;
use super::ended::Ended;
use crate::error::CommandError;
use crate::signals::stop_requested;

/// How often progress is shown on a terminal.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Move messages between another system and topics
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bridge {
    /// Move messages of a RabbitMQ queue to a topic, or records of a topic to RabbitMQ
    Rabbitmq(Box<Rabbitmq>),
}

impl Bridge {
    /// Runs until Ctrl-C.
    pub(crate) async fn run(self) -> Result<(), CommandError> {
        match self {
            Self::Rabbitmq(bridge) => Ended::settle(bridge.run().await),
        }
    }
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Direction {
    /// From RabbitMQ to the topic
    Topic,
    /// From the topic to RabbitMQ
    Queue,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  millstream bridge rabbitmq --queue jobs --topic jobs
  millstream bridge rabbitmq --queue jobs --topic jobs --to queue
  millstream bridge rabbitmq --exchange logs --topic logs --to queue --host rabbit --user lab

To a topic: the body is the value, the routing key the key; headers and timestamp stay. A message is acknowledged
when the topic's broker has it. To RabbitMQ: the value is the body, the key the routing key unless --queue or
--routing-key says another; how far it is, the group remembers. Either way each message arrives at least once: after
a crash some may arrive twice. The topic is created if it is not there, the queue is not. Ctrl-C ends it.

The password can be given in the environment, as RABBITMQ_PASSWORD.")]
pub(crate) struct Rabbitmq {
    /// The queue to read, or to write
    #[arg(long, value_name = "NAME", required_unless_present = "exchange")]
    queue: Option<String>,
    /// The topic to write, or to read
    #[arg(long, value_name = "NAME")]
    topic: String,
    /// Which way: to the topic, or to the queue
    #[arg(long, value_name = "topic|queue", value_enum, default_value = "topic")]
    to: Direction,
    /// Write to this exchange instead of a queue
    #[arg(long, value_name = "NAME", conflicts_with = "queue")]
    exchange: Option<String>,
    /// The routing key for all messages to the exchange [default: each record's key]
    #[arg(long, value_name = "KEY", requires = "exchange")]
    routing_key: Option<String>,
    /// The group that remembers how far the topic is read [default: rabbitmq-bridge-NAME]
    #[arg(long)]
    group: Option<String>,
    /// RabbitMQ's host
    #[arg(long, default_value = "localhost")]
    host: String,
    /// RabbitMQ's port
    #[arg(long, default_value_t = 5672, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// RabbitMQ's virtual host
    #[arg(long, value_name = "NAME", default_value = "/")]
    virtual_host: String,
    /// The user at RabbitMQ
    #[arg(long, default_value = "guest")]
    user: String,
    /// The user's password [default: guest]
    #[arg(long)]
    password: Option<String>,
    /// Messages that may be unacknowledged at a time
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    prefetch: u16,
    #[command(flatten)]
    bootstrap: Bootstrap,
}

impl Rabbitmq {
    async fn run(self) -> Result<(), Ended> {
        let mut progress = Progress::new();
        let moved = match self.to {
            Direction::Topic => self.to_topic(&mut progress).await,
            Direction::Queue => self.to_queue(&mut progress).await,
        };
        progress.finish();
        let counts = moved?;
        note(&format!("{} messages moved", counts.messages));
        Ok(())
    }

    async fn to_topic(&self, progress: &mut Progress) -> Result<Counts, Ended> {
        let Some(queue) = &self.queue else {
            let message = "--exchange is for writing: to read, name the queue with --queue";
            return Err(CommandError::usage(message).into());
        };
        let options = ReaderOptions { prefetch: self.prefetch, ..ReaderOptions::queue(self.server(), queue) };
        let client = self.bootstrap.connect().await?;
        let create = ProducerOptions { create_topic: true, ..ProducerOptions::default() };
        let mut producer = Producer::new(client, &self.topic, create).await?;
        let moved = |counts| progress.show(counts);
        Ok(queue_to_topic(options, &mut producer, stop_requested(), moved).await?)
    }

    async fn to_queue(&self, progress: &mut Progress) -> Result<Counts, Ended> {
        let options = match (&self.queue, &self.exchange) {
            (Some(queue), _) => WriterOptions::queue(self.server(), queue),
            (None, exchange) => WriterOptions {
                server: self.server(),
                exchange: exchange.clone().unwrap_or_default(),
                routing_key: self.routing_key.clone(),
                queue: None,
                mandatory: true,
            },
        };
        let client = self.bootstrap.connect().await?;
        let name = self.queue.as_ref().or(self.exchange.as_ref()).map_or("", String::as_str);
        let group = self.group.clone().unwrap_or_else(|| format!("rabbitmq-bridge-{name}"));
        let topics = vec![self.topic.clone()];
        let mut client = client;
        client.topic(&self.topic).await?;
        let consumer = GroupConsumer::new(client, &group, topics, OffsetAt::Earliest);
        let moved = |counts| progress.show(counts);
        Ok(topic_to_queue(consumer, options, stop_requested(), moved).await?)
    }

    fn server(&self) -> ServerOptions {
        let default = ServerOptions::default();
        let password = self.password.clone().or_else(|| std::env::var("RABBITMQ_PASSWORD").ok());
        ServerOptions {
            host: self.host.clone(),
            port: self.port,
            virtual_host: self.virtual_host.clone(),
            user: self.user.clone(),
            password: password.unwrap_or(default.password),
            ..default
        }
    }
}

impl From<BridgeError> for Ended {
    fn from(error: BridgeError) -> Self {
        match error {
            BridgeError::Topic(error) => error.into(),
            other => Self::Failed(CommandError::failed(other.to_string())),
        }
    }
}

/// How much has been moved, told on a terminal.
struct Progress {
    line: String,
    shown: Option<Instant>,
    is_wanted: bool,
}

impl Progress {
    fn new() -> Self {
        note("Moving messages; Ctrl-C ends.");
        Self { line: String::new(), shown: None, is_wanted: io::stderr().is_terminal() }
    }

    fn show(&mut self, counts: Counts) {
        if self.is_wanted && self.shown.is_none_or(|shown| shown.elapsed() >= PROGRESS_EVERY) {
            self.shown = Some(Instant::now());
            self.line.clear();
            let _ = write!(self.line, "\r{} messages, {} KiB   ", counts.messages, counts.bytes >> 10);
            let _ = io::Write::write_all(&mut io::stderr(), self.line.as_bytes());
        }
    }

    fn finish(&self) {
        if self.shown.is_some() {
            note("");
        }
    }
}

/// Tells the user something that is no result.
fn note(text: &str) {
    let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("{text}\n"));
}
