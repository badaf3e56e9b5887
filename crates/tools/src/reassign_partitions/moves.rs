//! Moves between the directories of one broker: `"log_dirs"` of a plan.

use std::collections::BTreeMap;
use std::time::Duration;

use millstream_client::Client;
use millstream_wire::ErrorCode;
use tokio::time::Instant;

use super::plan::{Dirs, Plan};
use crate::failure::Failure;
use crate::output::Output;

/// How long the command waits between two tries.
const PAUSE: Duration = Duration::from_millis(100);

/// Where a copy of a partition lies.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The directory that it is served from.
    current: Option<String>,
    /// The directory that it is on its way to.
    future: Option<String>,
}

/// The places of copies, by topic, partition and broker.
type Places = BTreeMap<(String, i32, i32), Place>;

/// Where the copies of these partitions lie.
pub(super) async fn dirs_of(client: &mut Client, plan: &Plan) -> Result<Dirs, Failure> {
    let replicas = plan.iter().flat_map(|((topic, partition), brokers)| {
        brokers.iter().map(|broker| (topic.clone(), *partition, *broker))
    });
    let found = places(client, replicas).await?;
    Ok(found.into_iter().filter_map(|(key, place)| Some((key, place.current?))).collect())
}

async fn places(
    client: &mut Client,
    replicas: impl Iterator<Item = (String, i32, i32)>,
) -> Result<Places, Failure> {
    let mut places: Places = replicas.map(|key| (key, Place::default())).collect();
    let mut brokers: Vec<i32> = places.keys().map(|(.., broker)| *broker).collect();
    brokers.sort_unstable();
    brokers.dedup();
    for broker in brokers {
        for dir in client.describe_log_dirs(broker).await? {
            for replica in dir.replicas {
                if let Some(place) = places.get_mut(&(replica.topic, replica.partition, broker)) {
                    let which = if replica.is_future { &mut place.future } else { &mut place.current };
                    *which = Some(dir.path.clone());
                }
            }
        }
    }
    Ok(places)
}

/// How far the moves are, a line each, and whether one of them still goes on.
pub(super) async fn verify(client: &mut Client, wanted: &Dirs) -> Result<(Vec<String>, bool), Failure> {
    let found = places(client, wanted.keys().cloned()).await?;
    let mut states: Vec<_> = (wanted.iter())
        .filter_map(|(key, dir)| {
            let (topic, partition, broker) = key;
            Some(((*broker, topic, *partition), state(key, found.get(key)?, dir)))
        })
        .collect();
    states.sort();
    let is_going_on = found.values().any(|place| place.future.is_some());
    Ok((states.into_iter().map(|(_, state)| state).collect(), is_going_on))
}

fn state((topic, partition, broker): &(String, i32, i32), place: &Place, wanted: &str) -> String {
    let replica = format!("{topic}-{partition}-{broker}");
    let on_broker = format!("Partition {topic}-{partition} on broker {broker}");
    match (&place.current, &place.future) {
        (None, _) => format!(
            "Partition {topic}-{partition} is not found in any live log dir on broker {broker}. There is likely an \
             offline log directory on the broker."
        ),
        (Some(_), Some(future)) if future == wanted => {
            format!("Reassignment of replica {replica} is still in progress.")
        }
        (Some(_), Some(future)) => {
            format!("{on_broker} is being moved to log dir {future} instead of {wanted}.")
        }
        (Some(current), None) if current == wanted => {
            format!("Reassignment of replica {replica} completed successfully.")
        }
        (Some(current), None) => {
            format!("{on_broker} is not being moved from log dir {current} to {wanted}.")
        }
    }
}

/// Those of the moves that go on, with the directories that they would leave.
pub(super) async fn active(client: &mut Client, wanted: &Dirs) -> Result<Dirs, Failure> {
    let found = places(client, wanted.keys().cloned()).await?;
    let active = found.into_iter().filter(|(_, place)| place.future.is_some());
    Ok(active.filter_map(|(key, place)| Some((key, place.current?))).collect())
}

/// Starts the moves. A broker that does not have its copy yet is asked again, up to `patience`.
pub(super) async fn start(
    client: &mut Client,
    wanted: &Dirs,
    patience: Duration,
    output: &mut Output,
) -> Result<Option<String>, Failure> {
    let (begin, mut pending) = (Instant::now(), wanted.clone());
    loop {
        let mut started = Vec::new();
        for (key, code) in client.alter_replica_log_dirs(&pending).await? {
            let (topic, partition, broker) = &key;
            match code {
                ErrorCode::NONE => started.push((*broker, topic.clone(), *partition)),
                ErrorCode::REPLICA_NOT_AVAILABLE => {}
                code => {
                    return Err(Failure::with_way_out(
                        format!("Failed to alter dir for {topic}-{partition}-{broker}"),
                        code.to_string(),
                    ));
                }
            }
        }
        started.sort();
        for (broker, topic, partition) in started {
            if let Some(dir) = pending.remove(&(topic.clone(), partition, broker)) {
                output.line(format!(
                    "Successfully started moving log directory to {dir} for replica {topic}-{partition} with broker \
                     {broker} "
                ))?;
            }
        }
        if pending.is_empty() {
            return Ok(None);
        }
        if begin.elapsed() >= patience {
            let plural = if pending.len() == 1 { "" } else { "s" };
            let names: Vec<_> =
                pending.keys().map(|(topic, at, broker)| format!("{topic}-{at}-{broker}")).collect();
            return Ok(Some(format!(
                "Timed out before log directory move{plural} could be started for: {}",
                names.join(",")
            )));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_told_as_kafka_does() {
        let at = |current: Option<&str>, future: Option<&str>| Place {
            current: current.map(str::to_owned),
            future: future.map(str::to_owned),
        };
        let table = [
            (at(Some("/b"), None), "Reassignment of replica t-3-1 completed successfully."),
            (at(Some("/a"), None), "Partition t-3 on broker 1 is not being moved from log dir /a to /b."),
            (at(Some("/a"), Some("/b")), "Reassignment of replica t-3-1 is still in progress."),
            (
                at(Some("/a"), Some("/c")),
                "Partition t-3 on broker 1 is being moved to log dir /c instead of /b.",
            ),
            (
                at(None, None),
                "Partition t-3 is not found in any live log dir on broker 1. There is likely an offline log directory on \
                 the broker.",
            ),
        ];
        for (place, expected) in table {
            assert_eq!(state(&("t".to_owned(), 3, 1), &place, "/b"), expected);
        }
    }
}
