//! `kafka-console-producer`: a record for each line of standard input.

mod line_reader;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Acks, Client, NewRecord, Producer, ProducerOptions};
use millstream_wire::records::Codec;

use crate::bootstrap::{Bootstrap, Settings, is_no_topic, near_topic, read_file};
use crate::command_line::{key_value, parse, remark};
use crate::failure::Failure;
use crate::lines::read_lines;
use line_reader::{LineReader, PROPERTIES};

/// The settings of Kafka's producer that have an effect.
const SETTINGS: [&str; 8] = [
    "acks",
    "batch.size",
    "bootstrap.servers",
    "compression.type",
    "delivery.timeout.ms",
    "enable.idempotence",
    "linger.ms",
    "max.block.ms",
];
/// The only reader of lines there is, by Kafka's names for it.
const LINE_READERS: [&str; 2] =
    ["org.apache.kafka.tools.LineMessageReader", "kafka.tools.ConsoleProducer$LineMessageReader"];

/// Send lines from standard input to a topic, each as a record
#[derive(Debug, Parser)]
#[command(
    name = "kafka-console-producer",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-console-producer --bootstrap-server localhost:9092 --topic quickstart-events
  kafka-console-producer --bootstrap-server localhost:9092 --topic quickstart-events \\
      --reader-property parse.key=true --reader-property key.separator=:

Ctrl-D ends the input, Ctrl-C the command."
)]
struct ConsoleProducer {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// The topic
    #[arg(long, value_name = "TOPIC")]
    topic: String,
    /// How a line becomes a record: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator,
    /// headers.key.separator, ignore.error, null.marker
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    reader_property: Vec<(String, String)>,
    /// What --reader-property was called before Kafka 4.2
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, hide = true, conflicts_with = "reader_property")]
    property: Vec<(String, String)>,
    /// A file with reader properties
    #[arg(long, value_name = "FILE")]
    reader_config: Option<PathBuf>,
    /// A producer's setting by Kafka's name: acks, batch.size, compression.type, client.id ...
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    command_property: Vec<(String, String)>,
    /// What --command-property was called before Kafka 4.2
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, hide = true, conflicts_with = "command_property")]
    producer_property: Vec<(String, String)>,
    /// A file with the producer's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "producer.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    producer_config: Option<PathBuf>,
    /// Compress batches: none, gzip, snappy, lz4 or zstd; gzip if none is named
    #[arg(long, value_name = "CODEC", num_args = 0..=1, default_missing_value = "gzip")]
    compression_codec: Option<String>,
    /// What the broker does before a record counts as sent: 0 nothing, 1 the leader writes it, all (-1) every in-sync
    /// replica does
    #[arg(long, value_name = "ACKS", allow_hyphen_values = true)]
    request_required_acks: Option<String>,
    /// Send each record by itself and wait for the answer
    #[arg(long)]
    sync: bool,
    /// Bytes after which a batch is sent
    #[arg(long, value_name = "BYTES")]
    batch_size: Option<usize>,
    /// What --batch-size was called before Kafka 4.2
    #[arg(long, value_name = "BYTES", hide = true)]
    max_partition_memory_bytes: Option<usize>,
    /// How long to wait for an answer of the broker
    #[arg(long, value_name = "MS")]
    request_timeout_ms: Option<u64>,
    /// How long to go on trying
    #[arg(long, value_name = "MS")]
    max_block_ms: Option<u64>,
    /// A batch never waits here for more records: it goes when no more lines have come
    #[arg(long, value_name = "MS")]
    timeout: Option<u64>,
    /// The class that reads lines; Kafka's own is the only one
    #[arg(long, value_name = "CLASS", hide = true)]
    line_reader: Option<String>,
    #[command(flatten)]
    tuning: Tuning,
}

/// Flags that tune the Java client.
#[derive(Debug, clap::Args)]
struct Tuning {
    #[arg(long, value_name = "N", hide = true)]
    message_send_max_retries: Option<u32>,
    #[arg(long, value_name = "MS", hide = true)]
    retry_backoff_ms: Option<u64>,
    #[arg(long, value_name = "MS", hide = true)]
    metadata_expiry_ms: Option<u64>,
    #[arg(long, value_name = "BYTES", hide = true)]
    max_memory_bytes: Option<u64>,
    #[arg(long, value_name = "BYTES", hide = true)]
    socket_buffer_size: Option<u32>,
}

impl Tuning {
    fn say(&self) {
        let given = [
            ("--message-send-max-retries", self.message_send_max_retries.is_some()),
            ("--retry-backoff-ms", self.retry_backoff_ms.is_some()),
            ("--metadata-expiry-ms", self.metadata_expiry_ms.is_some()),
            ("--max-memory-bytes", self.max_memory_bytes.is_some()),
            ("--socket-buffer-size", self.socket_buffer_size.is_some()),
        ];
        let given: Vec<_> = given.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| *name).collect();
        if !given.is_empty() {
            remark(format!("no effect here: {}", given.join(", ")));
        }
    }
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ConsoleProducer = parse(arguments)?;
    command.execute().await
}

impl ConsoleProducer {
    async fn execute(&self) -> Result<(), Failure> {
        self.say_what_is_old();
        self.tuning.say();
        let mut reader = self.reader()?;
        let settings = self.settings()?;
        let options = options(&settings)?;
        let mut client = self.bootstrap.connect("console-producer", &settings).await?;
        self.make_topic(&mut client).await?;
        let mut producer = Producer::new(client, &self.topic, options).await?;
        let mut lines = read_lines();
        prompt();
        while let Some(piece) = lines.recv().await {
            let piece = piece.map_err(|error| Failure::new(format!("standard input: {error}")))?;
            for line in piece {
                let cut = reader.cut(&line)?;
                let record =
                    NewRecord { key: cut.key, value: cut.value, headers: &cut.headers, timestamp: None };
                producer.send(None, record).await?;
                if self.sync {
                    producer.flush().await?;
                }
                prompt();
            }
            // Nothing more has come yet: do not keep what has.
            if lines.is_empty() {
                producer.flush().await?;
            }
        }
        producer.flush().await?;
        Ok(())
    }

    /// A topic that is not there is made, if the broker does that; what looks like a slip is said.
    async fn make_topic(&self, client: &mut Client) -> Result<(), Failure> {
        match client.topic(&self.topic).await {
            Err(error) if is_no_topic(&error) => {}
            outcome => return Ok(outcome.map(drop)?),
        }
        let near = near_topic(client, &self.topic).await;
        let meant = near.map(|near| format!(" Did you mean '{near}'?")).unwrap_or_default();
        match client.topic_or_made(&self.topic).await {
            Ok(_) => {
                remark(format!("Topic '{}' was not there: the broker has made it.{meant}", self.topic));
                Ok(())
            }
            Err(error) if is_no_topic(&error) => Err(Failure::with_way_out(
                format!(
                    "Topic '{}' does not exist, and this broker makes none by itself.{meant}",
                    self.topic
                ),
                format!("kafka-topics --create --topic {} makes it.", self.topic),
            )),
            Err(error) => Err(error.into()),
        }
    }

    fn say_what_is_old(&self) {
        let old = [
            ("--property", "--reader-property", !self.property.is_empty()),
            ("--producer-property", "--command-property", !self.producer_property.is_empty()),
            ("--producer.config", "--command-config", self.producer_config.is_some()),
            ("--max-partition-memory-bytes", "--batch-size", self.max_partition_memory_bytes.is_some()),
        ];
        for (old, new, _) in old.iter().filter(|(_, _, is_given)| *is_given) {
            remark(format!("Warning: {old} is deprecated since Kafka 4.2. Use {new} instead."));
        }
    }

    fn reader(&self) -> Result<LineReader, Failure> {
        if let Some(class) = self.line_reader.as_deref().filter(|class| !LINE_READERS.contains(class)) {
            return Err(Failure::new(format!("--line-reader {class}: Java classes cannot be run here")));
        }
        let mut properties = self.reader_config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        properties.extend_from_slice(&self.property);
        properties.extend_from_slice(&self.reader_property);
        if let Some((name, _)) = properties.iter().find(|(name, _)| !PROPERTIES.contains(&name.as_str())) {
            remark(format!("no effect here: {name}"));
        }
        LineReader::new(&properties)
    }

    /// Settings, with the flags that are short for some of them above.
    fn settings(&self) -> Result<Settings, Failure> {
        let mut pairs = self.producer_property.clone();
        pairs.extend_from_slice(&self.command_property);
        let text = |number: Option<u64>| number.map(|number| number.to_string());
        let size = self.max_partition_memory_bytes.or(self.batch_size);
        let flags = [
            ("compression.type", self.compression_codec.clone()),
            ("acks", self.request_required_acks.clone()),
            ("batch.size", size.map(|size| size.to_string())),
            ("request.timeout.ms", text(self.request_timeout_ms)),
            ("max.block.ms", text(self.max_block_ms)),
            ("linger.ms", text(self.timeout)),
        ];
        pairs.extend(flags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        let file = self.command_config.as_ref().or(self.producer_config.as_ref());
        let settings = Settings::read(file, &pairs, &SETTINGS)?;
        let longest = settings.get("max.block.ms").or_else(|| settings.get("delivery.timeout.ms"));
        Ok(match longest.map(str::to_owned) {
            Some(longest) => settings.with("default.api.timeout.ms", longest),
            None => settings,
        })
    }
}

fn options(settings: &Settings) -> Result<ProducerOptions, Failure> {
    let wrong = |name: &str, value: &str, expected: &str| {
        Failure::new(format!("{name} cannot be '{value}': {expected} is wanted"))
    };
    let mut options = ProducerOptions::default();
    if let Some(acks) = settings.get("acks") {
        options.acks = acks.parse().map_err(|_| wrong("acks", acks, "one of 0, 1 and all"))?;
    }
    options.idempotent = options.acks == Acks::All;
    match settings.get("enable.idempotence") {
        None => {}
        Some("false") => options.idempotent = false,
        Some("true") if options.idempotent => {}
        Some("true") => return Err(Failure::new("enable.idempotence=true needs acks=all")),
        Some(other) => return Err(wrong("enable.idempotence", other, "true or false")),
    }
    if let Some(name) = settings.get("compression.type") {
        options.codec = Codec::named(name)
            .ok_or_else(|| wrong("compression.type", name, "one of none, gzip, snappy, lz4 and zstd"))?;
    }
    if let Some(bytes) = settings.get("batch.size") {
        options.batch_bytes = bytes.parse().map_err(|_| wrong("batch.size", bytes, "a number of bytes"))?;
    }
    Ok(options)
}

/// Kafka's prompt, when a person types.
fn prompt() {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        // Nobody misses a prompt that cannot be written.
        let _ = write!(io::stdout(), ">").and_then(|()| io::stdout().flush());
    }
}
