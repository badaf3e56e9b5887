//! `kafka-get-offsets`: where partitions begin, end, or were at a time; one line `topic:partition:offset` each.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Client, OffsetAt};
use millstream_cluster::is_internal;

use crate::bootstrap::{Bootstrap, Settings, near_topic};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use crate::pattern::Pattern;

/// Show offsets of partitions
#[derive(Debug, Parser)]
#[command(name = "kafka-get-offsets", version, arg_required_else_help = true)]
struct GetOffsets {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// The topics, as a regular expression; all of them if it is left out
    #[arg(long, value_name = "TOPIC", conflicts_with = "topic_partitions")]
    topic: Option<String>,
    /// The partitions, separated by commas; all of them if it is left out
    #[arg(long, value_name = "N,N,...", conflicts_with = "topic_partitions")]
    partitions: Option<String>,
    /// Topics and partitions, separated by commas: clicks:0, clicks:1-3 (without 3), clicks:2-, clicks:-2, clicks
    #[arg(long, value_name = "TOPIC:PARTITIONS,...")]
    topic_partitions: Option<String>,
    /// Which offset: latest (-1), earliest (-2), max-timestamp (-3), earliest-local (-4), latest-tiered (-5),
    /// earliest-pending-upload (-6), or a time in ms since 1970
    #[arg(long, value_name = "WHERE", default_value = "latest", allow_hyphen_values = true)]
    time: String,
    /// Leave Kafka's own topics out
    #[arg(long)]
    exclude_internal_topics: bool,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: GetOffsets = parse(arguments)?;
    command.execute().await.map_err(|failure| failure.after("Error occurred: "))
}

impl GetOffsets {
    async fn execute(&self) -> Result<(), Failure> {
        let settings = Settings::read(self.command_config.as_ref(), &[], &[])?;
        let at = place(&self.time)?;
        let rules = self.rules()?;
        let mut client = self.bootstrap.connect("GetOffsetShell", &settings).await?;
        let mut topics = client.describe_topics(None).await?;
        topics.retain(|topic| !(self.exclude_internal_topics && is_internal(&topic.name)));
        let mut found = Vec::new();
        for topic in topics {
            let wanted = |index: &i32| rules.iter().any(|rule| rule.takes(&topic.name, *index));
            let partitions: Vec<i32> =
                topic.partitions.iter().map(|partition| partition.index).filter(wanted).collect();
            if !partitions.is_empty() {
                found.push((topic.name, partitions));
            }
        }
        if found.is_empty() {
            return Err(self.nothing(&mut client).await);
        }
        let mut lines = Vec::new();
        for (topic, partitions) in found {
            match client.find_offsets(&topic, &partitions, at).await {
                Ok(offsets) => lines.extend(
                    offsets
                        .into_iter()
                        .map(|(p, offset)| (format!("{topic}-{p}"), format!("{topic}:{p}:{offset}"))),
                ),
                Err(error) => remark(format!("Skip getting offsets for topic {topic} due to error: {error}")),
            }
        }
        // Kafka sorts by the name of the partition as text: 10 comes before 2.
        lines.sort();
        let mut output = Output::new();
        lines.iter().try_for_each(|(_, line)| output.line(line))?;
        Ok(output.flush()?)
    }

    async fn nothing(&self, client: &mut Client) -> Failure {
        let message = "Could not match any topic-partitions with the specified filters";
        let near = match &self.topic {
            Some(name) => near_topic(client, name).await,
            None => None,
        };
        match near {
            Some(near) => Failure::with_way_out(message, format!("Did you mean --topic {near}?")),
            None => Failure::new(message),
        }
    }

    fn rules(&self) -> Result<Vec<Rule>, Failure> {
        if let Some(list) = &self.topic_partitions {
            return list.split(',').map(Rule::parse).collect();
        }
        let topics = Pattern::of_topics(self.topic.as_deref().unwrap_or(".*"))?;
        let text = self.partitions.as_deref().unwrap_or_default();
        let wrong = |_| {
            Failure::new(format!(
                "--partitions expects a comma separated list of numeric partition ids, but received: {text}"
            ))
        };
        let indexes = if text.is_empty() {
            Vec::new()
        } else {
            text.split(',')
                .map(|index| index.trim().parse::<i32>())
                .collect::<Result<_, _>>()
                .map_err(wrong)?
        };
        let partitions =
            if indexes.is_empty() { Partitions::Range(0, i32::MAX) } else { Partitions::List(indexes) };
        Ok(vec![Rule { topics, partitions }])
    }
}

/// Which partitions of which topics.
struct Rule {
    topics: Pattern,
    partitions: Partitions,
}

enum Partitions {
    /// From, and below.
    Range(i32, i32),
    List(Vec<i32>),
}

impl Rule {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = || Failure::new(format!("Invalid rule specification: {text}"));
        let (topic, partitions) = text.split_once(':').unwrap_or((text, ""));
        let number = |text: &str, default: i32| match text {
            "" => Ok(default),
            text => text.parse::<i32>().map_err(|_| wrong()),
        };
        let partitions = match partitions.split_once('-') {
            Some((from, below)) => Partitions::Range(number(from, 0)?, number(below, i32::MAX)?),
            None if partitions.is_empty() => Partitions::Range(0, i32::MAX),
            None => Partitions::List(vec![number(partitions, 0)?]),
        };
        let topics = Pattern::of_topics(if topic.is_empty() { ".*" } else { topic })?;
        Ok(Self { topics, partitions })
    }

    fn takes(&self, topic: &str, partition: i32) -> bool {
        self.topics.matches(topic)
            && match &self.partitions {
                Partitions::Range(from, below) => (*from..*below).contains(&partition),
                Partitions::List(list) => list.contains(&partition),
            }
    }
}

fn place(text: &str) -> Result<OffsetAt, Failure> {
    Ok(match text {
        "latest" | "-1" => OffsetAt::Latest,
        "earliest" | "-2" => OffsetAt::Earliest,
        "max-timestamp" | "-3" => OffsetAt::MaxTimestamp,
        "earliest-local" | "-4" => OffsetAt::EarliestLocal,
        "latest-tiered" | "-5" => OffsetAt::LatestTiered,
        "earliest-pending-upload" | "-6" => OffsetAt::EarliestPendingUpload,
        time => OffsetAt::Timestamp(time.parse().ok().filter(|time| *time >= 0).ok_or_else(|| {
            Failure::new(format!(
                "Malformed time argument {time}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or \
                 earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified long format timestamp"
            ))
        })?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_name_topics_and_partitions() {
        let table = [
            ("t:1", "t", "1"),
            ("t:1-3", "t", "1 2"),
            ("t:2-", "t", "2 3 4"),
            ("t:-2", "t", "0 1"),
            ("t", "t", "0 1 2 3 4"),
            (":0", "t", "0"),
            ("t:0", "u", ""),
            ("t.*:0", "tu", "0"),
        ];
        for (rule, topic, expected) in table {
            let rule = Rule::parse(rule).unwrap();
            let found: Vec<_> =
                (0..5).filter(|p| rule.takes(topic, *p)).map(|p: i32| p.to_string()).collect();
            assert_eq!(found.join(" "), expected);
        }
        assert!(Rule::parse("t:x").is_err());
        assert!(place("yesterday").is_err());
    }
}
