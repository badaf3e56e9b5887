//! The Kafka source's options, with Spark's checks and texts. Unknown options are ignored, as Spark ignores them; known
//! ones that are not supported here are refused.

use std::collections::BTreeMap;

use super::offsets::PartitionOffsets;
use crate::topics::{Cluster, Selection};
use crate::{EngineError, Options};

/// Options that Spark knows and that would change the result if they were ignored.
const UNSUPPORTED: [&str; 5] = [
    "startingtimestamp",
    "startingoffsetsbytimestamp",
    "startingoffsetsbytimestampstrategy",
    "minoffsetspertrigger",
    "maxtriggerdelay",
];

/// Where a new query begins.
#[derive(Debug, Clone)]
pub(super) enum Starting {
    Earliest,
    Latest,
    Given(PartitionOffsets),
}

#[derive(Debug, Clone)]
pub(super) struct KafkaOptions {
    pub(super) cluster: Cluster,
    pub(super) selection: Selection,
    pub(super) starting: Starting,
    pub(super) max_offsets: Option<i64>,
    pub(super) fail_on_data_loss: bool,
    pub(super) headers: bool,
}

/// The cluster that `kafka.*` options name; for source and sink.
///
/// # Errors
/// No bootstrap servers, or a setting that Spark does not let users set.
pub(crate) fn cluster(options: &Options) -> Result<Cluster, EngineError> {
    let mut properties: BTreeMap<String, String> = options
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("kafka.")?.to_owned(), value.to_owned())))
        .collect();
    let bootstrap = properties.remove("bootstrap.servers").ok_or_else(|| {
        EngineError::illegal_argument(
            "Option 'kafka.bootstrap.servers' must be specified for configuring Kafka consumer",
        )
    })?;
    Ok(Cluster { bootstrap, properties })
}

impl KafkaOptions {
    pub(super) fn parse(options: &Options) -> Result<Self, EngineError> {
        if ["endingoffsets", "endingoffsetsbytimestamp", "endingtimestamp"]
            .iter()
            .any(|name| options.get(name).is_some())
        {
            return Err(EngineError::illegal_argument("ending offset not valid in streaming queries"));
        }
        let selection = selection(options)?;
        refuse_consumer_settings(options)?;
        let cluster = cluster(options)?;
        if let Some(name) = UNSUPPORTED.iter().find(|name| options.get(name).is_some()) {
            return Err(EngineError::unsupported(format!(
                "Option '{name}' of the Kafka source is not supported; leave it out or use startingOffsets."
            )));
        }
        let starting = match options.get("startingOffsets") {
            None => Starting::Latest,
            Some(text) if text.trim().eq_ignore_ascii_case("latest") => Starting::Latest,
            Some(text) if text.trim().eq_ignore_ascii_case("earliest") => Starting::Earliest,
            Some(json) => Starting::Given(PartitionOffsets::parse(json)?),
        };
        Ok(Self {
            cluster,
            selection,
            starting,
            max_offsets: options.number("maxOffsetsPerTrigger", 1)?,
            fail_on_data_loss: options.flag("failOnDataLoss")?.unwrap_or(true),
            headers: options.flag("includeHeaders")?.unwrap_or(false),
        })
    }

    /// The selection as Spark's descriptions name it.
    pub(super) fn describe(&self) -> String {
        match &self.selection {
            Selection::Topics(topics) => format!("Subscribe[{}]", topics.join(", ")),
            Selection::Pattern(pattern) => format!("SubscribePattern[{pattern}]"),
            Selection::Assign(assigned) => {
                let names: Vec<_> = assigned
                    .iter()
                    .flat_map(|(topic, partitions)| partitions.iter().map(move |p| format!("{topic}-{p}")))
                    .collect();
                format!("Assign[{}]", names.join(", "))
            }
        }
    }
}

fn selection(options: &Options) -> Result<Selection, EngineError> {
    let given: Vec<(&str, &str)> = ["subscribe", "subscribepattern", "assign"]
        .into_iter()
        .filter_map(|name| Some((name, options.get(name)?)))
        .collect();
    let (name, value) = match given.as_slice() {
        [] => {
            return Err(EngineError::illegal_argument(
                "One of the following options must be specified for Kafka source: subscribe, subscribepattern, \
                 assign. See the docs for more details.",
            ));
        }
        [one] => *one,
        _ => {
            return Err(EngineError::illegal_argument(
                "Only one of the following options can be specified for Kafka source: subscribe, subscribepattern, \
                 assign. See the docs for more details.",
            ));
        }
    };
    match name {
        "subscribe" => {
            let topics: Vec<String> =
                value.split(',').map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
            if topics.is_empty() {
                return Err(EngineError::illegal_argument(format!(
                    "No topics to subscribe to as specified value for option 'subscribe' is '{value}'"
                )));
            }
            Ok(Selection::Topics(topics))
        }
        "subscribepattern" if value.trim().is_empty() => Err(EngineError::illegal_argument(format!(
            "Pattern to subscribe is empty as specified value for option 'subscribePattern' is '{value}'"
        ))),
        "subscribepattern" => Ok(Selection::Pattern(value.to_owned())),
        _ => serde_json::from_str(value).map(Selection::Assign).map_err(|_| {
            EngineError::illegal_argument(format!(
                "Expected e.g. {{\"topicA\":[0,1],\"topicB\":[0,1]}}, got {value}"
            ))
        }),
    }
}

/// Consumer settings that Spark manages itself.
fn refuse_consumer_settings(options: &Options) -> Result<(), EngineError> {
    if options.get("kafka.auto.offset.reset").is_some() {
        return Err(EngineError::illegal_argument(
            "\nKafka option 'auto.offset.reset' is not supported.\nInstead set the source option 'startingoffsets' to \
             'earliest' or 'latest'\nto specify where to start. Structured Streaming manages which offsets are \
             consumed\ninternally, rather than relying on the kafkaConsumer to do it. This will ensure that no\ndata \
             is missed when new topics/partitions are dynamically subscribed. Note that\n'startingoffsets' only \
             applies when a new Streaming query is started, and\nthat resuming will always pick up from where the \
             query left off. See the docs for more\ndetails.\n         ",
        ));
    }
    for (name, why) in [
        (
            "key.deserializer",
            "Keys are deserialized as byte arrays by default. Use DataFrame operations to explicitly deserialize keys",
        ),
        (
            "value.deserializer",
            "Values are deserialized as byte arrays by default. Use DataFrame operations to explicitly deserialize values",
        ),
        ("enable.auto.commit", "Structured Streaming manages which offsets are consumed"),
        ("interceptor.classes", "It is not safe to use them with Structured Streaming"),
    ] {
        if options.get(&format!("kafka.{name}")).is_some() {
            return Err(EngineError::illegal_argument(format!(
                "Kafka option '{name}' is not supported. {why}."
            )));
        }
    }
    Ok(())
}
