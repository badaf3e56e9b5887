//! `millstream group`: consumer groups.

use std::collections::BTreeSet;

use millstream_client::{Client, GroupDescription};
use serde_json::{Value, json};

use super::broker::Broker;
use crate::consumer_groups::{is_no_group, no_such_group, offsets, reset_offsets};
use crate::failure::Failure;
use crate::output::Output;

/// Consumer groups.
#[derive(Debug, clap::Subcommand)]
pub enum Group {
    /// List the groups, one name a line
    #[command(after_help = "Examples:
  millstream group list
  millstream group list --json")]
    List(List),
    /// Show members, offsets and lag, of all groups or of those named
    #[command(after_help = "Examples:
  millstream group describe lab
  millstream group describe --json")]
    Describe(Describe),
    /// Set how far a group that nobody reads with has read; without --execute only show it
    #[command(after_help = "Examples:
  millstream group reset-offsets lab --topic clicks --to-earliest --execute
  millstream group reset-offsets lab --all-topics --by-duration PT10M --execute
  millstream group reset-offsets lab --topic clicks:0 --to-offset 100")]
    ResetOffsets(ResetOffsets),
    /// Delete groups that have no members, with their offsets
    #[command(after_help = "Example:
  millstream group delete lab")]
    Delete(Delete),
}

#[derive(Debug, clap::Args)]
pub struct List {
    /// Print one JSON array, with states and members' protocols
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

#[derive(Debug, clap::Args)]
pub struct Describe {
    /// The groups; all of them if none is named
    groups: Vec<String>,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

#[derive(Debug, clap::Args)]
pub struct ResetOffsets {
    /// The group
    group: String,
    /// A topic, or TOPIC:0,1,2; may be given more than once
    #[arg(long = "topic", value_name = "TOPIC", required_unless_present = "all_topics")]
    topics: Vec<String>,
    /// All topics that the group has read
    #[arg(long, conflicts_with = "topics")]
    all_topics: bool,
    #[command(flatten)]
    to: reset_offsets::To,
    /// Do it
    #[arg(long)]
    execute: bool,
    /// Print one JSON array of the new offsets
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    broker: Broker,
}

#[derive(Debug, clap::Args)]
pub struct Delete {
    /// The groups
    #[arg(required = true)]
    groups: Vec<String>,
    #[command(flatten)]
    broker: Broker,
}

impl Group {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let mut output = Output::new();
        let outcome = match self {
            Self::List(list) => list.run(&mut output).await,
            Self::Describe(describe) => describe.run(&mut output).await,
            Self::ResetOffsets(reset) => reset.run(&mut output).await,
            Self::Delete(delete) => delete.run(&mut output).await,
        };
        output.flush()?;
        outcome
    }
}

impl List {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let groups = self.broker.connect().await?.list_groups().await?;
        if !self.json {
            return Ok(groups.iter().try_for_each(|group| output.line(&group.group))?);
        }
        let told = groups.iter().map(|group| {
            json!({
                "group": group.group,
                "state": group.state,
                "type": group.kind,
                "protocol": group.protocol_type,
            })
        });
        Ok(output.line(Value::from_iter(told).to_string())?)
    }
}

impl Describe {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut client = self.broker.connect().await?;
        let names: Vec<String> = match self.groups.is_empty() {
            true => client.list_groups().await?.into_iter().map(|listing| listing.group).collect(),
            false => self.groups,
        };
        let mut told = Vec::new();
        for name in names {
            let group = match client.describe_group(&name).await {
                Err(error) if is_no_group(&error) => return Err(no_such_group(&mut client, &name).await),
                group => group?,
            };
            if self.json {
                told.push(as_json(&mut client, &group).await?);
                continue;
            }
            output.line(headline(&group))?;
            offsets::print(&mut client, &group, false, output).await?;
            output.line("")?;
        }
        if self.json {
            output.line(Value::from(told).to_string())?;
        }
        Ok(())
    }
}

fn headline(group: &GroupDescription) -> String {
    let GroupDescription { group, state, assignor, members, coordinator, .. } = group;
    let assignor = if assignor.is_empty() { String::new() } else { format!(", {assignor}") };
    let plural = if members.len() == 1 { "" } else { "s" };
    format!(
        "{group}: {state}{assignor}, {} member{plural}, coordinated by broker {}",
        members.len(),
        coordinator.id
    )
}

async fn as_json(client: &mut Client, group: &GroupDescription) -> Result<Value, Failure> {
    let committed = client.committed_offsets(&group.group).await?;
    let mut all: BTreeSet<(String, i32)> = committed.keys().cloned().collect();
    for (topic, indexes) in group.members.iter().flat_map(|member| &member.assignment) {
        all.extend(indexes.iter().map(|index| (topic.clone(), *index)));
    }
    let ends = offsets::ends(client, all.clone()).await?;
    let reader = |(topic, index): &(String, i32)| {
        let reads = |indexes: &Vec<i32>| indexes.contains(index);
        let found = group.members.iter().find(|member| member.assignment.get(topic).is_some_and(reads));
        found.map(|member| member.member_id.as_str())
    };
    let partitions = all.iter().map(|key| {
        let offset = committed.get(key).map(|found| found.offset);
        let end = ends.get(key).copied();
        json!({
            "topic": key.0,
            "partition": key.1,
            "offset": offset,
            "end_offset": end,
            "lag": end.zip(offset).map(|(end, offset)| end.saturating_sub(offset)),
            "member": reader(key),
        })
    });
    let partitions = Value::from_iter(partitions);
    let members = group.members.iter().map(|member| {
        json!({
            "member": member.member_id,
            "instance": member.instance_id,
            "client_id": member.client_id,
            "host": member.client_host,
            "assignment": member.assignment,
        })
    });
    Ok(json!({
        "group": group.group,
        "state": group.state,
        "assignor": group.assignor,
        "coordinator": group.coordinator.id,
        "members": Value::from_iter(members),
        "partitions": partitions,
    }))
}

impl ResetOffsets {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut client = self.broker.connect().await?;
        let topics = (!self.all_topics).then_some(self.topics.as_slice());
        let plan = reset_offsets::plan(&mut client, &self.group, topics, &self.to).await?;
        if self.execute && !plan.is_empty() {
            client.set_offsets(&self.group, &plan).await?;
        }
        if !self.json {
            reset_offsets::print(&[(self.group, plan)].into(), output)?;
        } else {
            let row = |((topic, partition), offset): (&(String, i32), &i64)| json!({"topic": topic, "partition": partition, "offset": offset});
            output.line(Value::from_iter(plan.iter().map(row)).to_string())?;
        }
        if !self.execute {
            crate::command_line::remark("nothing is changed without --execute");
        }
        Ok(())
    }
}

impl Delete {
    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        let mut client = self.broker.connect().await?;
        for group in &self.groups {
            match client.delete_group(group).await {
                Err(error) if is_no_group(&error) => return Err(no_such_group(&mut client, group).await),
                Err(error) if error.code() == Some(millstream_wire::ErrorCode::NON_EMPTY_GROUP) => {
                    return Err(Failure::with_way_out(
                        format!("group '{group}' is not empty"),
                        "Stop its consumers first; `millstream group describe` shows them.",
                    ));
                }
                outcome => outcome?,
            }
            output.line(format!("Deleted group {group}."))?;
        }
        Ok(())
    }
}
