//! `kafka-consumer-groups`: list and describe groups, delete them, delete and reset their offsets.

mod delete;
mod delete_offsets;
mod list;
mod members;
pub(crate) mod offsets;
pub(crate) mod reset_offsets;
mod state;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Client, ClientError, GroupDescription};
use millstream_wire::ErrorCode;

use crate::bootstrap::{Bootstrap, Settings};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::output::Output;

/// What stands in a column that has nothing to say.
const NOTHING: &str = "-";

/// List and describe groups of consumers, delete them, reset how far they have read
#[derive(Debug, Parser)]
#[command(
    name = "kafka-consumer-groups",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-consumer-groups --bootstrap-server localhost:9092 --list
  kafka-consumer-groups --bootstrap-server localhost:9092 --describe --group lab
  kafka-consumer-groups --bootstrap-server localhost:9092 --group lab --topic clicks \\
      --reset-offsets --to-earliest --execute

Offsets can be reset while the group has no members. Without --execute, --reset-offsets only shows what it would do."
)]
struct ConsumerGroups {
    #[command(flatten)]
    action: Action,
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// The group; may be given more than once
    #[arg(long = "group", value_name = "GROUP", conflicts_with = "list")]
    groups: Vec<String>,
    /// All groups
    #[arg(long, conflicts_with = "groups")]
    all_groups: bool,
    /// With --reset-offsets and --delete-offsets: the topic, or TOPIC:0,1,2; may be given more than once
    #[arg(long = "topic", value_name = "TOPIC", conflicts_with_all = ["list", "describe"])]
    topics: Vec<String>,
    /// With --reset-offsets: all topics that the group has read
    #[arg(long, requires = "reset_offsets")]
    all_topics: bool,
    /// With --describe: the members
    #[arg(long, requires = "describe", conflicts_with_all = ["offsets", "state"])]
    members: bool,
    /// With --describe: how far the group has read, which is what is shown if nothing else is asked for
    #[arg(long, requires = "describe", conflicts_with = "state")]
    offsets: bool,
    /// With --describe: the state; with --list: the states too, or only groups in these states
    #[arg(long, value_name = "STATE,...", num_args = 0..=1, default_missing_value = "")]
    state: Option<String>,
    /// With --list: the types too, or only groups of these types
    #[arg(long = "type", value_name = "TYPE,...", num_args = 0..=1, default_missing_value = "", requires = "list")]
    kind: Option<String>,
    /// With --describe: more columns
    #[arg(long, requires = "describe")]
    verbose: bool,
    /// How long to wait for an answer
    #[arg(long, value_name = "MS")]
    timeout: Option<u64>,
    #[command(flatten)]
    reset: reset_offsets::Flags,
}

/// What to do.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Action {
    /// List the groups, one name a line
    #[arg(long)]
    list: bool,
    /// Show how far groups have read, and who reads
    #[arg(long)]
    describe: bool,
    /// Delete groups that have no members, with their offsets
    #[arg(long)]
    delete: bool,
    /// Set how far a group has read
    #[arg(long)]
    reset_offsets: bool,
    /// Delete a group's offsets of some topics
    #[arg(long)]
    delete_offsets: bool,
    /// Check a regular expression over topics, as newer consumers may subscribe with
    #[arg(long, value_name = "REGEX")]
    validate_regex: Option<String>,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ConsumerGroups = parse(arguments)?;
    command.execute().await.map_err(|failure| failure.after("\nError: ").on_stdout())
}

impl ConsumerGroups {
    async fn execute(&self) -> Result<(), Failure> {
        let mut output = Output::new();
        if let Some(regex) = &self.action.validate_regex {
            let verdict = match regex::Regex::new(regex) {
                Ok(_) => format!("The regular expression `{regex}` is valid."),
                Err(_) => format!("The regular expression `{regex}` is invalid."),
            };
            output.line(verdict)?;
            return Ok(output.flush()?);
        }
        self.check()?;
        let mut settings = Settings::read(self.command_config.as_ref(), &[], &[])?;
        if let Some(timeout) = self.timeout {
            settings = settings.with("default.api.timeout.ms", timeout.to_string());
        }
        let mut client = self.bootstrap.connect("adminclient-1", &settings).await?;
        let outcome = match &self.action {
            Action { list: true, .. } => list::run(self, &mut client, &mut output).await,
            Action { delete: true, .. } => delete::run(self, &mut client, &mut output).await,
            Action { delete_offsets: true, .. } => delete_offsets::run(self, &mut client, &mut output).await,
            Action { reset_offsets: true, .. } => reset_offsets::run(self, &mut client, &mut output).await,
            Action { .. } => self.describe(&mut client, &mut output).await,
        };
        // What was written before the failure comes before it.
        output.flush()?;
        outcome
    }

    fn check(&self) -> Result<(), Failure> {
        let action = &self.action;
        let needs_group = action.describe || action.delete || action.reset_offsets;
        if needs_group && self.groups.is_empty() && !self.all_groups {
            return Err(Failure::new("--group GROUP or --all-groups says which groups are meant"));
        }
        if action.delete && !self.topics.is_empty() {
            return Err(Failure::new(
                "--delete deletes whole groups; --delete-offsets --topic deletes a group's offsets of a topic",
            ));
        }
        if action.delete_offsets && (self.groups.len() != 1 || self.topics.is_empty()) {
            return Err(Failure::new("--delete-offsets goes with one --group and with --topic"));
        }
        if action.describe && self.state.as_deref().is_some_and(|state| !state.is_empty()) {
            return Err(Failure::new("--describe --state takes no value"));
        }
        if self.state.is_some() && !(action.describe || action.list) {
            return Err(Failure::new("--state goes with --describe or --list"));
        }
        self.reset.check(action.reset_offsets)
    }

    /// The groups that are meant, each once, by name.
    async fn names(&self, client: &mut Client) -> Result<BTreeSet<String>, Failure> {
        if !self.all_groups {
            return Ok(self.groups.iter().cloned().collect());
        }
        let groups = client.list_groups().await?.into_iter().filter(list::is_of_consumers);
        Ok(groups.map(|listing| listing.group).collect())
    }

    async fn describe(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        for name in self.names(client).await? {
            let group = match client.describe_group(&name).await {
                Err(error) if is_no_group(&error) => return Err(no_such_group(client, &name).await),
                group => group?,
            };
            if self.members {
                members::print(&group, self.verbose, output)?;
            } else if self.state.is_some() {
                state::print(&group, self.verbose, output)?;
            } else {
                offsets::print(client, &group, self.verbose, output).await?;
            }
        }
        Ok(())
    }
}

pub(crate) fn is_no_group(error: &ClientError) -> bool {
    error.code() == Some(ErrorCode::GROUP_ID_NOT_FOUND)
}

/// The error of a group that is not there, with the name that was probably meant.
pub(crate) async fn no_such_group(client: &mut Client, name: &str) -> Failure {
    let message = format!("Consumer group '{name}' does not exist.");
    let groups = client.list_groups().await.unwrap_or_default();
    match nearest(name, groups.iter().map(|listing| listing.group.as_str())) {
        Some(near) => Failure::with_way_out(message, format!("Did you mean '{near}'?")),
        None => {
            let way_out =
                "A group is there once a consumer has joined it: kafka-consumer-groups --list shows them.";
            Failure::with_way_out(message, way_out)
        }
    }
}

/// A value that only some groups have.
fn shown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), |value| value.to_string())
}

/// Says on stderr what the state of a group means for who reads its description.
fn say_state(group: &GroupDescription) {
    let name = &group.group;
    match group.state.as_str() {
        "Empty" => remark(format!("\nConsumer group '{name}' has no active members.")),
        "PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling" => {
            remark(format!("\nWarning: Consumer group '{name}' is rebalancing."));
        }
        _ => {}
    }
}
