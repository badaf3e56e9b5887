//! `kafka-metadata-quorum describe`: who keeps the metadata, and who leads. Here it is a quorum of one.

use std::ffi::OsString;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};
use millstream_client::{Quorum, QuorumReplica};

use crate::administrator::Administrator;
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// Describe the quorum that keeps the metadata
#[derive(Debug, Parser)]
#[command(name = "kafka-metadata-quorum", version, arg_required_else_help = true)]
struct MetadataQuorum {
    #[command(flatten)]
    administrator: Administrator,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show who leads, who votes and how far they are
    Describe {
        /// In short
        #[arg(long)]
        status: bool,
        /// A line for each node
        #[arg(long)]
        replication: bool,
        /// With --replication: times as "N ms ago"
        #[arg(long)]
        human_readable: bool,
    },
    /// Add a controller: a quorum of one takes none
    #[command(hide = true)]
    AddController,
    /// Remove a controller: a quorum of one gives none
    #[command(hide = true)]
    RemoveController,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: MetadataQuorum = parse(arguments)?;
    let Command::Describe { status, replication, human_readable } = command.command else {
        return Err(Failure::new("this command describes quorums; it does not change their members"));
    };
    match (status, replication) {
        (true, true) => {
            return Err(Failure::new(
                "Only one of --status or --replication should be specified with describe sub-command",
            ));
        }
        (false, false) => {
            return Err(Failure::new(
                "One of --status or --replication must be specified with describe sub-command",
            ));
        }
        (true, false) if human_readable => {
            return Err(Failure::new(
                "The option --human-readable is only supported along with --replication",
            ));
        }
        _ => {}
    }
    let mut client = command.administrator.connect().await?;
    let quorum = client.describe_quorum().await?;
    let mut output = Output::new();
    if !replication {
        client.describe_topics(Some(&[])).await?;
        let cluster = client.cluster().id.clone().unwrap_or_default();
        print_status(&cluster, &quorum, &mut output)?;
    } else {
        print_replication(&quorum, human_readable, &mut output)?;
    }
    Ok(output.flush()?)
}

fn leader(quorum: &Quorum) -> Result<&QuorumReplica, Failure> {
    let found = quorum.voters.iter().find(|voter| voter.id == quorum.leader);
    found.ok_or_else(|| Failure::new("the metadata quorum has no leader at the moment"))
}

fn print_status(cluster: &str, quorum: &Quorum, output: &mut Output) -> Result<(), Failure> {
    let leader = leader(quorum)?;
    let last = quorum.voters.iter().min_by_key(|voter| voter.log_end_offset).unwrap_or(leader);
    let lag_time = if last.id == leader.id {
        0
    } else if leader.last_caught_up >= 0 && last.last_caught_up >= 0 {
        leader.last_caught_up.saturating_sub(last.last_caught_up)
    } else {
        -1
    };
    let nodes = |replicas: &[QuorumReplica]| {
        format!("[{}]", replicas.iter().map(node).collect::<Vec<_>>().join(", "))
    };
    let rows = [
        ("ClusterId:", cluster.to_owned()),
        ("LeaderId:", quorum.leader.to_string()),
        ("LeaderEpoch:", quorum.leader_epoch.to_string()),
        ("HighWatermark:", quorum.high_watermark.to_string()),
        ("MaxFollowerLag:", leader.log_end_offset.saturating_sub(last.log_end_offset).to_string()),
        ("MaxFollowerLagTimeMs:", lag_time.to_string()),
        ("CurrentVoters:", nodes(&quorum.voters)),
        ("CurrentObservers:", nodes(&quorum.observers)),
    ];
    rows.iter().try_for_each(|(name, value)| output.line(format!("{name:<24}{value}")))?;
    Ok(())
}

/// A node as Kafka writes it, which looks like JSON.
fn node(replica: &QuorumReplica) -> String {
    let mut text = format!("{{\"id\": {}", replica.id);
    if !replica.directory.is_zero() {
        text.push_str(&format!(", \"directoryId\": \"{}\"", replica.directory));
    }
    if !replica.endpoints.is_empty() {
        let endpoint = |(name, host, port): &(String, String, u16)| {
            let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            format!("\"{name}://{host}:{port}\"")
        };
        let endpoints: Vec<_> = replica.endpoints.iter().map(endpoint).collect();
        text.push_str(&format!(", \"endpoints\": [{}]", endpoints.join(", ")));
    }
    text.push('}');
    text
}

fn print_replication(quorum: &Quorum, human_readable: bool, output: &mut Output) -> Result<(), Failure> {
    let leader = leader(quorum)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let time = |at: i64| match at {
        ..0 => "-1".to_owned(),
        _ if human_readable => format!("{} ms ago", now.saturating_sub(at).max(0)),
        _ => at.to_string(),
    };
    let row = |replica: &QuorumReplica, status: &str| {
        vec![
            replica.id.to_string(),
            replica.directory.to_string(),
            replica.log_end_offset.to_string(),
            leader.log_end_offset.saturating_sub(replica.log_end_offset).to_string(),
            time(replica.last_fetch),
            time(replica.last_caught_up),
            status.to_owned(),
        ]
    };
    let mut rows = vec![row(leader, "Leader")];
    rows.extend(
        quorum.voters.iter().filter(|voter| voter.id != leader.id).map(|voter| row(voter, "Follower")),
    );
    rows.extend(quorum.observers.iter().map(|observer| row(observer, "Observer")));
    let head = [
        "NodeId",
        "DirectoryId",
        "LogEndOffset",
        "Lag",
        "LastFetchTimestamp",
        "LastCaughtUpTimestamp",
        "Status",
    ];
    Ok(output.write(|out| table::write_tabular(&head, &rows, out))?)
}
