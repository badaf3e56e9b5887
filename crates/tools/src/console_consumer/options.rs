//! The flags of `kafka-console-consumer`, and what they come to.

use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Isolation, OffsetAt, Start};

use super::formatter::Formatter;
use crate::bootstrap::{Bootstrap, Settings, read_file};
use crate::command_line::{key_value, remark};
use crate::failure::Failure;

/// The settings of Kafka's consumer that have an effect.
const SETTINGS: [&str; 5] =
    ["auto.offset.reset", "bootstrap.servers", "enable.auto.commit", "group.id", "isolation.level"];

/// Print the records of topics as they come
#[derive(Debug, Parser)]
#[command(
    name = "kafka-console-consumer",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-console-consumer --bootstrap-server localhost:9092 --topic quickstart-events --from-beginning
  kafka-console-consumer --bootstrap-server localhost:9092 --topic quickstart-events --partition 0 --offset 2
  kafka-console-consumer --bootstrap-server localhost:9092 --topic quickstart-events --group lab \\
      --formatter-property print.key=true --formatter-property print.offset=true

Without --from-beginning, --offset or --group it shows what arrives from now on. Ctrl-C ends it."
)]
pub(super) struct ConsoleConsumer {
    #[command(flatten)]
    pub(super) bootstrap: Bootstrap,
    /// The topic
    #[arg(long, value_name = "TOPIC", required_unless_present = "include", conflicts_with = "include")]
    pub(super) topic: Option<String>,
    /// The topics whose names match this regular expression
    #[arg(long, value_name = "REGEX", alias = "whitelist")]
    pub(super) include: Option<String>,
    /// Read this partition only, without a group
    #[arg(long, value_name = "N", requires = "topic")]
    pub(super) partition: Option<i32>,
    /// With --partition: earliest, latest or an offset
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub(super) offset: Option<String>,
    /// Start at the first record that is there; with --group, where the group has read nothing yet
    #[arg(long)]
    pub(super) from_beginning: bool,
    /// End after N records
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(super) max_messages: Option<i64>,
    /// End when nothing has come for so long
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    pub(super) timeout_ms: Option<i64>,
    /// Share the topics with the other members of this group, which remembers how far it has read
    #[arg(long, value_name = "GROUP")]
    pub(super) group: Option<String>,
    /// read_committed passes over the records of transactions that are not committed
    #[arg(long, value_name = "LEVEL", value_parser = ["read_uncommitted", "read_committed"])]
    pub(super) isolation_level: Option<String>,
    /// What is printed: print.key, print.value, print.timestamp, print.offset, print.partition, print.headers,
    /// print.epoch, key.separator, line.separator, headers.separator, null.literal, key.deserializer,
    /// value.deserializer, headers.deserializer
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    formatter_property: Vec<(String, String)>,
    /// What --formatter-property was called before Kafka 4.2
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, hide = true,
          conflicts_with = "formatter_property")]
    property: Vec<(String, String)>,
    /// A file with formatter properties
    #[arg(long, value_name = "FILE")]
    formatter_config: Option<PathBuf>,
    /// The class that prints records
    #[arg(long, value_name = "CLASS", hide = true)]
    formatter: Option<String>,
    /// The class that reads keys, for instance org.apache.kafka.common.serialization.LongDeserializer
    #[arg(long, value_name = "CLASS")]
    key_deserializer: Option<String>,
    /// The class that reads values
    #[arg(long, value_name = "CLASS")]
    value_deserializer: Option<String>,
    /// A consumer's setting by Kafka's name: group.id, auto.offset.reset, client.id ...
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value)]
    command_property: Vec<(String, String)>,
    /// What --command-property was called before Kafka 4.2
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_value, hide = true,
          conflicts_with = "command_property")]
    consumer_property: Vec<(String, String)>,
    /// A file with the consumer's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// What --command-config was called before Kafka 4.2
    #[arg(long = "consumer.config", value_name = "FILE", hide = true, conflicts_with = "command_config")]
    consumer_config: Option<PathBuf>,
    /// Pass over records that cannot be printed
    #[arg(long)]
    pub(super) skip_message_on_error: bool,
    /// Kafka's own tests want more lines; there are none here
    #[arg(long, hide = true)]
    enable_systest_events: bool,
}

/// What the flags come to.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) settings: Settings,
    pub(super) formatter: Formatter,
    /// The group, if one is named.
    pub(super) group: Option<String>,
    pub(super) commits: bool,
    /// Where to start in a partition of which nothing has been read.
    pub(super) reset: OffsetAt,
    /// The one partition to read, and where to start.
    pub(super) partition: Option<(i32, Start)>,
    pub(super) isolation: Isolation,
}

impl ConsoleConsumer {
    /// Reads the files that are named, and checks what does not go together.
    pub(super) fn plan(&self) -> Result<Plan, Failure> {
        self.say_what_is_old();
        let mut pairs = self.consumer_property.clone();
        pairs.extend_from_slice(&self.command_property);
        let file = self.command_config.as_ref().or(self.consumer_config.as_ref());
        let settings = Settings::read(file, &pairs, &SETTINGS)?;
        let group = self.group(&settings)?;
        let reset = self.reset(&settings)?;
        let isolation = self.isolation_level.as_deref().or_else(|| settings.get("isolation.level"));
        let isolation = match isolation {
            Some("read_committed") => Isolation::ReadCommitted,
            None | Some("read_uncommitted") => Isolation::ReadUncommitted,
            Some(other) => {
                let expected = "read_committed or read_uncommitted is wanted";
                return Err(Failure::new(format!("isolation.level cannot be '{other}': {expected}")));
            }
        };
        Ok(Plan {
            formatter: Formatter::new(self.formatter.as_deref(), &self.formatter_properties()?)?,
            commits: group.is_some() && settings.is("enable.auto.commit") != Some(false),
            partition: self.start(reset)?,
            settings,
            group,
            reset,
            isolation,
        })
    }

    fn say_what_is_old(&self) {
        let old = [
            ("--property", "--formatter-property", !self.property.is_empty()),
            ("--consumer-property", "--command-property", !self.consumer_property.is_empty()),
            ("--consumer.config", "--command-config", self.consumer_config.is_some()),
        ];
        for (old, new, _) in old.iter().filter(|(_, _, is_given)| *is_given) {
            remark(format!("Option {old} is deprecated since Kafka 4.2. Use {new} instead."));
        }
        if self.enable_systest_events {
            remark("no effect here: --enable-systest-events");
        }
    }

    fn group(&self, settings: &Settings) -> Result<Option<String>, Failure> {
        let set = settings.get("group.id").map(str::to_owned);
        if let (Some(flag), Some(set)) = (&self.group, &set)
            && flag != set
        {
            return Err(Failure::new(format!("--group says '{flag}' and group.id '{set}': name one group")));
        }
        let group = self.group.clone().or(set);
        if group.is_some() && self.partition.is_some() {
            return Err(Failure::new("Options group and partition cannot be specified together."));
        }
        Ok(group)
    }

    fn reset(&self, settings: &Settings) -> Result<OffsetAt, Failure> {
        match settings.get("auto.offset.reset") {
            None if self.from_beginning => Ok(OffsetAt::Earliest),
            None => Ok(OffsetAt::Latest),
            Some("earliest") => Ok(OffsetAt::Earliest),
            Some(other) if self.from_beginning => Err(Failure::new(format!(
                "--from-beginning and 'auto.offset.reset={other}' contradict each other: leave one out"
            ))),
            Some("latest") => Ok(OffsetAt::Latest),
            Some(other) => Err(Failure::new(format!(
                "auto.offset.reset cannot be '{other}': earliest or latest is wanted"
            ))),
        }
    }

    fn start(&self, reset: OffsetAt) -> Result<Option<(i32, Start)>, Failure> {
        let Some(partition) = self.partition else {
            return match self.offset {
                Some(_) => Err(Failure::new("The partition is required when offset is specified.")),
                None => Ok(None),
            };
        };
        if self.from_beginning && self.offset.is_some() {
            return Err(Failure::new("Options from-beginning and offset cannot be specified together."));
        }
        let start = match self.offset.as_deref().map(str::to_ascii_lowercase).as_deref() {
            None => Start::At(reset),
            Some("earliest") => Start::At(OffsetAt::Earliest),
            Some("latest") => Start::At(OffsetAt::Latest),
            Some(text) => match text.parse() {
                Ok(offset @ 0..) => Start::Offset(offset),
                _ => {
                    return Err(Failure::new(format!(
                        "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a \
                         non-negative long."
                    )));
                }
            },
        };
        Ok(Some((partition, start)))
    }

    fn formatter_properties(&self) -> Result<Vec<(String, String)>, Failure> {
        let mut properties = self.formatter_config.as_deref().map(read_file).transpose()?.unwrap_or_default();
        let classes =
            [("key.deserializer", &self.key_deserializer), ("value.deserializer", &self.value_deserializer)];
        properties
            .extend(classes.into_iter().filter_map(|(name, class)| Some((name.to_owned(), class.clone()?))));
        properties.extend_from_slice(&self.property);
        properties.extend_from_slice(&self.formatter_property);
        Ok(properties)
    }
}
