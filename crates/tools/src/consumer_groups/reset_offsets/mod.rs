//! `--reset-offsets`: sets how far a group has read, in one of Kafka's eight ways.

mod csv;
mod instant;
mod target;

use std::collections::BTreeMap;

use millstream_client::Client;

use super::{ConsumerGroups, is_no_group};
use crate::bootstrap::{is_no_topic, no_such_topic};
use crate::command_line::remark;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{padded, widths};
use target::Target;

/// Offsets by topic and partition.
pub(crate) type Offsets = BTreeMap<(String, i32), i64>;

/// The flags of `--reset-offsets`.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// With --reset-offsets: only show what would be done, which is what happens without --execute
    #[arg(long, conflicts_with = "execute")]
    dry_run: bool,
    /// With --reset-offsets: do it
    #[arg(long)]
    execute: bool,
    /// With --reset-offsets: show the offsets as lines TOPIC,PARTITION,OFFSET, which --from-file reads
    #[arg(long)]
    export: bool,
    #[command(flatten)]
    to: To,
}

/// Where to.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct To {
    /// To the first record that is there
    #[arg(long)]
    to_earliest: bool,
    /// Behind the last record
    #[arg(long)]
    to_latest: bool,
    /// Where it is; behind the last record of partitions that it has not read
    #[arg(long)]
    to_current: bool,
    /// To this offset
    #[arg(long, value_name = "OFFSET", allow_negative_numbers = true)]
    to_offset: Option<i64>,
    /// So many records forwards, or backwards with a minus sign
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    shift_by: Option<i64>,
    /// To the first record of this time or later: YYYY-MM-DDThh:mm:ss.sss, in UTC if no zone is given
    #[arg(long, value_name = "TIME")]
    to_datetime: Option<String>,
    /// To the first record that is not older than this: PnDTnHnMnS, for instance PT10M
    #[arg(long, value_name = "DURATION", allow_hyphen_values = true)]
    by_duration: Option<String>,
    /// To the offsets in a file that --export wrote
    #[arg(long, value_name = "FILE")]
    from_file: Option<std::path::PathBuf>,
}

impl Flags {
    /// They go with `--reset-offsets` only.
    pub(super) fn check(&self, is_reset: bool) -> Result<(), Failure> {
        let flags = [("--dry-run", self.dry_run), ("--execute", self.execute), ("--export", self.export)];
        match flags.iter().find(|(_, is_given)| *is_given && !is_reset) {
            Some((flag, _)) => Err(Failure::new(format!("{flag} goes with --reset-offsets"))),
            None if !is_reset && Target::of(&self.to)?.is_some() => {
                Err(Failure::new("--to-earliest and the like go with --reset-offsets"))
            }
            None => Ok(()),
        }
    }
}

pub(super) async fn run(
    command: &ConsumerGroups,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let flags = &command.reset;
    let target = Target::of(&flags.to)?.ok_or_else(no_target)?;
    if !flags.dry_run && !flags.execute {
        remark("WARN: nothing is changed without --execute; this shows what would be.");
    }
    let groups = command.names(client).await?;
    let mut plans: BTreeMap<String, Offsets> = BTreeMap::new();
    for group in groups {
        check_inactive(client, &group).await?;
        let topics = if command.all_topics { None } else { Some(command.topics.as_slice()) };
        let partitions = scope(topics, client, &group, &target).await?;
        let offsets = target.offsets(client, &group, partitions, &command.groups).await?;
        if flags.execute && !offsets.is_empty() {
            client.set_offsets(&group, &offsets).await?;
        }
        plans.insert(group, offsets);
    }
    if flags.export {
        return Ok(output.line(csv::write(&plans, command.groups.len() == 1))?);
    }
    print(&plans, output)
}

fn no_target() -> Failure {
    Failure::new(
        "--reset-offsets needs to know where to: --to-earliest, --to-latest, --to-current, --to-offset, --shift-by, \
         --to-datetime, --by-duration or --from-file",
    )
}

/// The new offsets of one group: of some topics (or `TOPIC:0,1`), or of all that it has read.
pub(crate) async fn plan(
    client: &mut Client,
    group: &str,
    topics: Option<&[String]>,
    to: &To,
) -> Result<Offsets, Failure> {
    let target = Target::of(to)?.ok_or_else(no_target)?;
    check_inactive(client, group).await?;
    let partitions = scope(topics, client, group, &target).await?;
    target.offsets(client, group, partitions, &[group.to_owned()]).await
}

/// A group that is being read by its members cannot be moved.
async fn check_inactive(client: &mut Client, group: &str) -> Result<(), Failure> {
    match client.describe_group(group).await {
        Ok(found) if found.state == "Empty" => Ok(()),
        Ok(found) => Err(Failure::with_way_out(
            format!(
                "Assignments can only be reset if the group '{group}' is inactive, but the current state is {}.",
                found.state
            ),
            "Stop its consumers first; --describe --members shows them.",
        )),
        Err(error) if is_no_group(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The partitions to be set: those of `--topic`, or all that the group has read.
async fn scope(
    topics: Option<&[String]>,
    client: &mut Client,
    group: &str,
    target: &Target,
) -> Result<Vec<(String, i32)>, Failure> {
    let Some(topics) = topics else {
        return Ok(client.committed_offsets(group).await?.into_keys().collect());
    };
    if topics.is_empty() && !matches!(target, Target::File(_)) {
        return Err(Failure::new("One of the reset scopes should be defined: --all-topics, --topic."));
    }
    let mut partitions = Vec::new();
    for text in topics {
        let name = text.split(':').next().unwrap_or_default();
        let topic = match client.topic(name).await {
            Err(error) if is_no_topic(&error) => return Err(no_such_topic(client, name).await),
            topic => topic?,
        };
        if !text.contains(':') {
            partitions.extend(topic.partitions.iter().map(|partition| (name.to_owned(), partition.index)));
            continue;
        }
        let named = named_partitions(text)?;
        let missing: Vec<_> = (named.iter())
            .filter(|(_, index)| !topic.partitions.iter().any(|partition| partition.index == *index))
            .map(|(topic, index)| format!("{topic}-{index}"))
            .collect();
        if !missing.is_empty() {
            return Err(Failure::new(format!("The partitions \"{}\" do not exist", missing.join(","))));
        }
        partitions.extend(named);
    }
    Ok(partitions)
}

/// `TOPIC:0,1,2`.
pub(super) fn named_partitions(text: &str) -> Result<Vec<(String, i32)>, Failure> {
    let expected = || {
        Failure::new(format!(
            "Invalid topic arg '{text}', expected topic name and partitions, such as clicks:0,1"
        ))
    };
    let (topic, partitions) =
        text.split_once(':').filter(|(topic, _)| !topic.is_empty()).ok_or_else(expected)?;
    let index = |index: &str| match index.trim().parse::<i32>() {
        Ok(index @ 0..) => Ok((topic.to_owned(), index)),
        _ => Err(Failure::new(format!("Invalid partition '{index}' specified in topic arg '{text}'"))),
    };
    partitions.split(',').map(index).collect()
}

pub(crate) fn print(plans: &BTreeMap<String, Offsets>, output: &mut Output) -> Result<(), Failure> {
    let row = |group: &String, partition: &(String, i32), offset: &i64| {
        [group.clone(), partition.0.clone(), partition.1.to_string(), offset.to_string()]
    };
    let rows: Vec<_> = (plans.iter())
        .flat_map(|(group, offsets)| {
            offsets.iter().map(move |(partition, offset)| row(group, partition, offset))
        })
        .collect();
    let grown = rows.iter().map(|[group, topic, ..]| vec![group.as_str(), topic.as_str()]);
    let widths = [widths(&[15, 15], grown).as_slice(), &[10]].concat();
    output.line("")?;
    output.line(padded(&["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"], &widths))?;
    for row in &rows {
        output.line(padded(&row.each_ref().map(String::as_str), &widths))?;
    }
    Ok(())
}
