//! `kafka-reassign-partitions`: moves partitions between brokers, and tells how far that is.
//!
//! Throttles are settings of brokers and topics. Where one broker holds everything, nothing travels that they could slow
//! down; they are set and cleared all the same, so that a script finds what it finds at Apache Kafka.

mod moves;
mod plan;
mod throttles;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use millstream_client::{Client, ClientError};
use millstream_wire::ErrorCode;

use crate::bootstrap::{Settings, connect};
use crate::command_line::parse;
use crate::failure::Failure;
use crate::kafka_exception::exception;
use crate::output::Output;
use moves::dirs_of;
use plan::{Dirs, Plan, Reassignment};
use throttles::Limits;

/// How long `--execute` waits for a move between directories to begin, in milliseconds.
const PATIENCE_MS: u64 = 10_000;

/// Move partitions to other brokers
#[derive(Debug, Parser)]
#[command(
    name = "kafka-reassign-partitions",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-reassign-partitions --bootstrap-server localhost:9092 --list
  kafka-reassign-partitions --bootstrap-server localhost:9092 --verify --reassignment-json-file plan.json

  kafka-reassign-partitions --bootstrap-server localhost:9092 --execute --reassignment-json-file plan.json --throttle 5000000

With one broker there is nowhere to move a partition to, and nothing that a throttle could slow down."
)]
struct ReassignPartitions {
    #[command(flatten)]
    action: Action,
    /// The broker; several may be given, separated by commas
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap_server: String,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// With --execute, --verify and --cancel: the plan, which --generate prints
    #[arg(long, value_name = "FILE", required_if_eq_any = [("execute", "true"), ("verify", "true"), ("cancel", "true")])]
    reassignment_json_file: Option<PathBuf>,
    /// With --generate: the topics
    #[arg(long, value_name = "FILE", required_if_eq("generate", "true"))]
    topics_to_move_json_file: Option<PathBuf>,
    /// With --generate: the brokers to move to, by id, separated by commas
    #[arg(long, value_name = "ID,...", value_delimiter = ',', required_if_eq("generate", "true"))]
    broker_list: Vec<i32>,
    /// With --execute: even while other partitions are on their way
    #[arg(long, conflicts_with_all = ["list", "generate", "verify", "cancel"])]
    additional: bool,
    /// With --execute: refuse plans with another number of copies
    #[arg(long, conflicts_with_all = ["list", "generate", "verify", "cancel"])]
    disallow_replication_factor_change: bool,
    /// With --verify and --cancel: leave throttles as they are
    #[arg(long, conflicts_with_all = ["execute", "generate", "list"])]
    preserve_throttles: bool,
    /// With --generate: do not spread copies over racks, which is never done here
    #[arg(long, hide = true)]
    disable_rack_aware: bool,
    /// With --execute and --cancel: how long to wait for a move between directories to begin
    #[arg(long, value_name = "MS", default_value_t = PATIENCE_MS, conflicts_with_all = ["generate", "list", "verify"])]
    timeout: u64,
    /// With --execute: bytes a second between brokers, until --verify finds that all have arrived
    #[arg(long, value_name = "BYTES", conflicts_with_all = ["list", "generate", "verify", "cancel"], allow_negative_numbers = true)]
    throttle: Option<i64>,
    /// With --execute: bytes a second between the directories of a broker
    #[arg(long, value_name = "BYTES", conflicts_with_all = ["list", "generate", "verify", "cancel"], allow_negative_numbers = true)]
    replica_alter_log_dirs_throttle: Option<i64>,
}

/// What to do.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Action {
    /// Show partitions that are on their way
    #[arg(long)]
    list: bool,
    /// Make a plan, and do nothing
    #[arg(long)]
    generate: bool,
    /// Start what the plan says
    #[arg(long)]
    execute: bool,
    /// Show how far it is
    #[arg(long)]
    verify: bool,
    /// Call it off
    #[arg(long)]
    cancel: bool,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ReassignPartitions = parse(arguments)?;
    let mut output = Output::new();
    let outcome = command.execute(&mut output).await;
    output.flush()?;
    outcome.map_err(|failure| failure.after("Error: ").on_stdout())
}

impl ReassignPartitions {
    async fn execute(&self, output: &mut Output) -> Result<(), Failure> {
        let settings = Settings::read(self.command_config.as_ref(), &[], &[])?;
        let mut client = connect(&self.bootstrap_server, "reassign-partitions-tool", &settings).await?;
        let client = &mut client;
        match &self.action {
            Action { list: true, .. } => list(client, output).await,
            Action { generate: true, .. } => self.generate(client, output).await,
            Action { execute: true, .. } => self.start(client, &self.read()?, output).await,
            Action { cancel: true, .. } => self.cancel(client, &self.read()?, output).await,
            Action { .. } => self.verify(client, &self.read()?, output).await,
        }
    }

    fn read(&self) -> Result<Reassignment, Failure> {
        let path = self.reassignment_json_file.as_ref();
        plan::read(path.ok_or_else(|| Failure::new("--reassignment-json-file names the plan"))?)
    }

    async fn generate(&self, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
        let mut brokers = self.broker_list.clone();
        if let Some(twice) =
            brokers.iter().find(|id| self.broker_list.iter().filter(|other| other == id).count() > 1)
        {
            return Err(Failure::new(format!("Broker list contains duplicate entries: [{twice}]")));
        }
        brokers.dedup();
        check_brokers(client, &brokers).await?;
        let path = self.topics_to_move_json_file.as_ref();
        let topics =
            plan::topics(path.ok_or_else(|| Failure::new("--topics-to-move-json-file names the topics"))?)?;
        let current = replicas_of(client, &topics.iter().map(String::as_str).collect()).await?;
        let dirs = dirs_of(client, &current).await?;
        let mut proposed = Plan::new();
        for (at, (key, replicas)) in current.iter().enumerate() {
            if replicas.len() > brokers.len() {
                return Err(Failure::new(format!(
                    "{} copies of {}-{} do not fit on {} brokers",
                    replicas.len(),
                    key.0,
                    key.1,
                    brokers.len()
                )));
            }
            let turn = brokers.iter().cycle().skip(at % brokers.len()).take(replicas.len());
            proposed.insert(key.clone(), turn.copied().collect());
        }
        output.line(format!("Current partition replica assignment\n{}\n", plan::to_json(&current, &dirs)))?;
        let proposed = plan::to_json(&proposed, &Dirs::new());
        Ok(output.line(format!("Proposed partition reassignment configuration\n{proposed}"))?)
    }

    async fn start(
        &self,
        client: &mut Client,
        wanted: &Reassignment,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let ongoing = client.list_reassignments().await?;
        if !self.additional && !ongoing.is_empty() {
            let message = "Cannot execute because there is an existing partition assignment.  Use --additional to \
                           override this and create a new partition assignment in addition to the existing one. The \
                           --additional flag can also be used to change the throttle by resubmitting the current \
                           reassignment.";
            return Err(terse(message, output)?);
        }
        let brokers: BTreeSet<i32> = wanted.plan.values().flatten().copied().collect();
        check_brokers(client, &brokers.into_iter().collect::<Vec<_>>()).await?;
        let current = current_of(client, &wanted.plan).await?;
        let dirs = dirs_of(client, &current).await?;
        output.line(format!(
            "Current partition replica assignment\n\n{}\n\nSave this to use as the --reassignment-json-file option during \
             rollback",
            plan::to_json(&current, &dirs)
        ))?;
        throttles::set(client, self.limits(), &ongoing, (wanted, &current), output).await?;
        let moves = wanted.plan.iter().map(|(key, brokers)| (key.clone(), Some(brokers.clone()))).collect();
        let errors = client.reassign(&moves, !self.disallow_replication_factor_change).await?;
        if !errors.is_empty() {
            return Err(terse(&format!("Error reassigning partition(s):\n{}", told(&errors)), output)?);
        }
        let plural = if wanted.plan.len() == 1 { "" } else { "s" };
        let names = names(wanted.plan.keys());
        output.line(format!("Successfully started partition reassignment{plural} for {names}"))?;
        self.move_dirs(client, &wanted.dirs, output).await
    }

    fn limits(&self) -> Limits {
        let limit = |rate: Option<i64>| rate.filter(|rate| *rate >= 0);
        Limits {
            between_brokers: limit(self.throttle),
            between_dirs: limit(self.replica_alter_log_dirs_throttle),
        }
    }

    async fn move_dirs(&self, client: &mut Client, dirs: &Dirs, output: &mut Output) -> Result<(), Failure> {
        if dirs.is_empty() {
            return Ok(());
        }
        match moves::start(client, dirs, Duration::from_millis(self.timeout), output).await? {
            None => Ok(()),
            Some(timed_out) => Err(terse(&timed_out, output)?),
        }
    }

    async fn verify(
        &self,
        client: &mut Client,
        wanted: &Reassignment,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let ongoing = client.list_reassignments().await?;
        let topics = wanted.plan.keys().map(|(topic, _)| topic.as_str()).collect();
        let current = replicas_or_none(client, &topics).await?;
        output.line("Status of partition reassignment:")?;
        for (key, brokers) in &wanted.plan {
            let name = format!("{}-{}", key.0, key.1);
            let there = current.get(key).map(Vec::as_slice).unwrap_or_default();
            output.line(if ongoing.contains_key(key) {
                format!("Reassignment of partition {name} is still in progress.")
            } else if there == brokers {
                format!("Reassignment of partition {name} is completed.")
            } else {
                format!(
                    "There is no active reassignment of partition {name}, but replica set is {} rather than {}.",
                    ids(there),
                    ids(brokers)
                )
            })?;
        }
        let (moves, is_moving) = moves::verify(client, &wanted.dirs).await?;
        output.line(moves.join("\n"))?;
        if ongoing.is_empty() && !is_moving && !self.preserve_throttles {
            throttles::clear(client, &wanted.plan, output).await?;
        }
        Ok(())
    }

    async fn cancel(
        &self,
        client: &mut Client,
        wanted: &Reassignment,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let mut active = client.list_reassignments().await?;
        active.retain(|key, on_its_way| {
            let moves = !on_its_way.adding.is_empty() || !on_its_way.removing.is_empty();
            moves && wanted.plan.contains_key(key)
        });
        if active.is_empty() {
            output.line("None of the specified partition reassignments are active.")?;
        } else {
            let none = active.keys().map(|key| (key.clone(), None)).collect();
            let errors = client.reassign(&none, true).await?;
            let plural = if errors.len() == 1 { "" } else { "s" };
            if !errors.is_empty() {
                let message =
                    format!("Error cancelling partition reassignment{plural} for:\n{}", told(&errors));
                return Err(terse(&message, output)?);
            }
            let plural = if active.len() == 1 { "" } else { "s" };
            let names = names(active.keys());
            output.line(format!("Successfully cancelled partition reassignment{plural} for: {names}"))?;
        }
        let moving = moves::active(client, &wanted.dirs).await?;
        if moving.is_empty() {
            output.write(|out| write!(out, "None of the specified partition moves are active."))?;
        }
        self.move_dirs(client, &moving, output).await?;
        if self.preserve_throttles {
            return Ok(());
        }
        throttles::clear(client, &wanted.plan, output).await
    }
}

async fn list(client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    let found = client.list_reassignments().await?;
    if found.is_empty() {
        return Ok(output.line("No partition reassignments found.")?);
    }
    output.line("Current partition reassignments:")?;
    for ((topic, partition), one) in found {
        let more = |what: &str, brokers: &[i32]| match brokers {
            [] => String::new(),
            brokers => format!(" {what}: {}.", ids(brokers)),
        };
        output.line(format!(
            "{topic}-{partition}: replicas: {}.{}{}",
            ids(&one.replicas),
            more("adding", &one.adding),
            more("removing", &one.removing)
        ))?;
    }
    Ok(())
}

async fn check_brokers(client: &mut Client, brokers: &[i32]) -> Result<(), Failure> {
    let there: BTreeSet<i32> = client.describe_nodes(false).await?.iter().map(|node| node.id).collect();
    match brokers.iter().find(|id| !there.contains(id)) {
        None => Ok(()),
        Some(unknown) => Err(Failure::new(format!("Unknown broker id {unknown}"))),
    }
}

/// The brokers of each partition of the topics; one that is not there is an error.
async fn replicas_of(client: &mut Client, topics: &BTreeSet<&str>) -> Result<Plan, Failure> {
    let found = replicas_or_none(client, topics).await?;
    match topics.iter().find(|topic| !found.keys().any(|(known, _)| known == **topic)) {
        None => Ok(found),
        Some(missing) => {
            let message = format!("Topic {missing} not found.");
            Err(Failure::new(exception(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Some(&message))))
        }
    }
}

/// The brokers of each partition of the plan, all of which have to be there.
async fn current_of(client: &mut Client, wanted: &Plan) -> Result<Plan, Failure> {
    let topics = wanted.keys().map(|(topic, _)| topic.as_str()).collect();
    let mut current = replicas_of(client, &topics).await?;
    current.retain(|key, _| wanted.contains_key(key));
    let missing: Vec<_> = (wanted.keys().filter(|key| !current.contains_key(*key)))
        .map(|(topic, partition)| format!("{topic}-{partition}"))
        .collect();
    if missing.is_empty() {
        return Ok(current);
    }
    let message = format!("Unable to find partition: {}", missing.join(", "));
    Err(Failure::new(exception(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Some(&message))))
}

async fn replicas_or_none(client: &mut Client, topics: &BTreeSet<&str>) -> Result<Plan, Failure> {
    let names: Vec<&str> = topics.iter().copied().collect();
    let mut plan = Plan::new();
    for topic in client.describe_topics(Some(&names)).await? {
        let partitions = topic.partitions.into_iter();
        plan.extend(partitions.map(|one| ((topic.name.clone(), one.index), one.replicas)));
    }
    Ok(plan)
}

/// A failure that Kafka's command tells without "Error: " before it.
fn terse(message: &str, output: &mut Output) -> Result<Failure, Failure> {
    output.flush()?;
    Ok(Failure::new(message).on_stdout())
}

/// What a broker has refused, as the exception that Kafka's command prints.
fn refused(error: ClientError) -> Failure {
    match error {
        ClientError::Refused { code, message, .. } => Failure::new(exception(code, message.as_deref())),
        other => other.into(),
    }
}

fn told(errors: &BTreeMap<(String, i32), (millstream_wire::ErrorCode, Option<String>)>) -> String {
    let line = |((topic, partition), (code, message)): (&(String, i32), &(_, Option<String>))| {
        let why = message.clone().unwrap_or_else(|| format!("{code}"));
        format!("{topic}-{partition}: {why}")
    };
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn names<'a>(keys: impl Iterator<Item = &'a (String, i32)>) -> String {
    keys.map(|(topic, partition)| format!("{topic}-{partition}")).collect::<Vec<_>>().join(",")
}

fn ids(brokers: &[i32]) -> String {
    brokers.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_fit_together() {
        ReassignPartitions::command().debug_assert();
    }
}
