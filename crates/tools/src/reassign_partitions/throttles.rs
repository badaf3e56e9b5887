//! `--throttle`: how fast copies may travel while a reassignment goes on, as settings of brokers and topics; and
//! their end.

use std::collections::{BTreeMap, BTreeSet};

use millstream_client::{Client, ConfigResource, Reassignment as OnItsWay};

use super::plan::{Plan, Reassignment};
use super::{ids, refused};
use crate::failure::Failure;
use crate::java_map::{hash_of_text, in_map_order};
use crate::output::Output;

const LEADER_RATE: &str = "leader.replication.throttled.rate";
const FOLLOWER_RATE: &str = "follower.replication.throttled.rate";
const DIRECTORY_RATE: &str = "replica.alter.log.dirs.io.max.bytes.per.second";
const LEADER_REPLICAS: &str = "leader.replication.throttled.replicas";
const FOLLOWER_REPLICAS: &str = "follower.replication.throttled.replicas";

/// Bytes a second; `None` where nothing is to be set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// `--throttle`.
    pub(super) between_brokers: Option<i64>,
    /// `--replica-alter-log-dirs-throttle`.
    pub(super) between_dirs: Option<i64>,
}

/// A partition's way: the brokers that it is read from, and those that it is written to.
#[derive(Debug, PartialEq, Eq)]
struct Move {
    sources: BTreeSet<i32>,
    destinations: BTreeSet<i32>,
}

/// By topic and partition.
type Moves<'a> = BTreeMap<&'a str, BTreeMap<i32, Move>>;

/// Sets what is asked for, before the first copy begins to travel.
pub(super) async fn set(
    client: &mut Client,
    limits: Limits,
    ongoing: &BTreeMap<(String, i32), OnItsWay>,
    (wanted, current): (&Reassignment, &Plan),
    output: &mut Output,
) -> Result<(), Failure> {
    if limits.between_brokers.is_none() && limits.between_dirs.is_none() {
        return Ok(());
    }
    output.line(
        "Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is \
         removed.",
    )?;
    if let Some(rate) = limits.between_brokers {
        let moves = moves(ongoing, &wanted.plan, current);
        for (topic, partitions) in &moves {
            let replicas = [
                (LEADER_REPLICAS.to_owned(), listed(partitions, |one| &one.sources)),
                (FOLLOWER_REPLICAS.to_owned(), listed(partitions, |one| &one.destinations)),
            ];
            let resource = ConfigResource::Topic((*topic).to_owned());
            client.alter_configs(&resource, &replicas, &[]).await.map_err(refused)?;
        }
        let rates = [LEADER_RATE, FOLLOWER_RATE].map(|name| (name.to_owned(), rate.to_string()));
        for broker in brokers(&moves) {
            set_of(client, broker, &rates).await?;
        }
        output.line(format!("The inter-broker throttle limit was set to {rate} B/s"))?;
    }
    if let Some(rate) = limits.between_dirs {
        let moving: BTreeSet<i32> = wanted.dirs.keys().map(|(.., broker)| *broker).collect();
        for broker in moving {
            set_of(client, broker, &[(DIRECTORY_RATE.to_owned(), rate.to_string())]).await?;
        }
        output.line(format!("The replica-alter-dir throttle limit was set to {rate} B/s"))?;
    }
    Ok(())
}

async fn set_of(client: &mut Client, broker: i32, rates: &[(String, String)]) -> Result<(), Failure> {
    client.alter_configs(&ConfigResource::Broker(Some(broker)), rates, &[]).await.map_err(refused)
}

/// Clears all throttles: which brokers a reassignment that is over has read from is not known any more.
pub(super) async fn clear(client: &mut Client, plan: &Plan, output: &mut Output) -> Result<(), Failure> {
    let mut brokers: BTreeSet<i32> = client.describe_nodes(false).await?.iter().map(|node| node.id).collect();
    brokers.extend(plan.values().flatten());
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let shown = ids(&brokers.iter().copied().collect::<Vec<_>>());
    output.line(format!("Clearing broker-level throttles on broker{} {shown}", plural(brokers.len())))?;
    let throttles = [LEADER_RATE, FOLLOWER_RATE, DIRECTORY_RATE].map(str::to_owned);
    for broker in brokers {
        client.alter_configs(&ConfigResource::Broker(Some(broker)), &[], &throttles).await?;
    }
    let topics: BTreeSet<&str> = plan.keys().map(|(topic, _)| topic.as_str()).collect();
    let shown = in_map_order(topics.iter().copied(), |topic| hash_of_text(topic)).join(",");
    output.line(format!("Clearing topic-level throttles on topic{} {shown}", plural(topics.len())))?;
    let throttles = [LEADER_REPLICAS, FOLLOWER_REPLICAS].map(str::to_owned);
    for topic in topics {
        let resource = ConfigResource::Topic(topic.to_owned());
        client.alter_configs(&resource, &[], &throttles).await.map_err(refused)?;
    }
    Ok(())
}

/// Everything that travels once this plan is under way: what does already, and what the plan adds.
fn moves<'a>(ongoing: &'a BTreeMap<(String, i32), OnItsWay>, wanted: &'a Plan, current: &Plan) -> Moves<'a> {
    let mut moves = Moves::new();
    for ((topic, partition), one) in ongoing {
        let destinations: BTreeSet<i32> = one.adding.iter().copied().collect();
        let sources = one.replicas.iter().copied().filter(|broker| !destinations.contains(broker)).collect();
        moves.entry(topic).or_default().insert(*partition, Move { sources, destinations });
    }
    for (key, replicas) in wanted {
        let partitions = moves.entry(&key.0).or_default();
        let sources = match partitions.remove(&key.1) {
            Some(on_its_way) => on_its_way.sources,
            None => current.get(key).into_iter().flatten().copied().collect(),
        };
        let destinations = replicas.iter().copied().filter(|broker| !sources.contains(broker)).collect();
        partitions.insert(key.1, Move { sources, destinations });
    }
    moves
}

fn brokers(moves: &Moves<'_>) -> BTreeSet<i32> {
    let all = moves.values().flat_map(BTreeMap::values);
    all.flat_map(|one| one.sources.union(&one.destinations)).copied().collect()
}

/// `0:1,0:2,1:1`: partitions and brokers, in the order of their letters.
fn listed(partitions: &BTreeMap<i32, Move>, of: fn(&Move) -> &BTreeSet<i32>) -> String {
    let pairs = partitions
        .iter()
        .flat_map(|(partition, one)| of(one).iter().map(move |broker| format!("{partition}:{broker}")));
    pairs.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rows: &[(&str, i32, &[i32])]) -> Plan {
        rows.iter()
            .map(|(topic, partition, brokers)| (((*topic).to_owned(), *partition), brokers.to_vec()))
            .collect()
    }

    #[test]
    fn what_travels_is_told_of_both_ends() {
        let wanted = plan(&[("a", 0, &[1]), ("a", 2, &[2, 3]), ("a", 10, &[1, 4]), ("b", 0, &[3])]);
        let current = plan(&[("a", 0, &[1]), ("a", 2, &[1, 2]), ("a", 10, &[1])]);
        let on_its_way = OnItsWay { replicas: vec![1, 2], adding: vec![2], removing: vec![] };
        let ongoing: BTreeMap<_, _> =
            [(("b".to_owned(), 0), on_its_way.clone()), (("c".to_owned(), 7), on_its_way)].into();
        let moves = moves(&ongoing, &wanted, &current);
        let shown: Vec<_> = (moves.iter())
            .map(|(topic, partitions)| {
                let [leaders, followers] =
                    [listed(partitions, |one| &one.sources), listed(partitions, |one| &one.destinations)];
                format!("{topic} {leaders} | {followers}")
            })
            .collect();
        assert_eq!(shown, ["a 0:1,10:1,2:1,2:2 | 10:4,2:3", "b 0:1 | 0:3", "c 7:1 | 7:2"]);
        assert_eq!(brokers(&moves), [1, 2, 3, 4].into());
    }
}
