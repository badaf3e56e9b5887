//! `kafka-topics --describe`: tabs between the fields, one line a topic and one, indented, a partition.

use std::collections::BTreeMap;

use millstream_client::{Client, ConfigEntry, ConfigResource, EligibleLeaders, Partition, Topic};

use super::Topics;
use crate::failure::Failure;
use crate::java_map::{hash_of_text, in_map_order};
use crate::output::Output;

pub(super) async fn run(command: &Topics, client: &mut Client, output: &mut Output) -> Result<(), Failure> {
    let topics = match command.topic_id.filter(|id| !id.is_zero()) {
        Some(id) => {
            let mut topics = client.describe_topics(None).await?;
            topics.retain(|topic| topic.id == id);
            if topics.is_empty() && !command.if_exists {
                return Err(Failure::new(format!("TopicId '{id}' does not exist as expected")));
            }
            topics
        }
        None => command.wanted(client).await?,
    };
    let names: Vec<&str> = topics.iter().map(|topic| topic.name.as_str()).collect();
    let leaders = client.eligible_leaders(&names).await?;
    for topic in &topics {
        let configs = client.describe_configs(&ConfigResource::Topic(topic.name.clone()), None).await?;
        print(command, client, topic, &configs, &leaders, output)?;
    }
    Ok(())
}

type Leaders = BTreeMap<(String, i32), EligibleLeaders>;

fn print(
    command: &Topics,
    client: &Client,
    topic: &Topic,
    configs: &[ConfigEntry],
    leaders: &Leaders,
    output: &mut Output,
) -> Result<(), Failure> {
    let filters = [
        command.under_replicated_partitions,
        command.unavailable_partitions,
        command.under_min_isr_partitions,
        command.at_min_isr_partitions,
    ];
    let shows_all = !filters.contains(&true);
    let has_own = configs.iter().any(|config| !config.is_default);
    if shows_all && (has_own || !command.topics_with_overrides) {
        output.line(headline(topic, configs))?;
    }
    if command.topics_with_overrides {
        return Ok(());
    }
    let least = configs.iter().find(|config| config.name == "min.insync.replicas");
    let least: usize = least.and_then(|config| config.value.as_ref()?.parse().ok()).unwrap_or(1);
    for partition in &topic.partitions {
        let in_sync = partition.in_sync.len();
        let is_led = partition.leader.is_some_and(|leader| client.cluster().brokers.contains_key(&leader));
        let is_shown = shows_all
            || (command.under_replicated_partitions && partition.replicas.len() > in_sync)
            || (command.unavailable_partitions && !is_led)
            || (command.under_min_isr_partitions && (partition.leader.is_none() || in_sync < least))
            || (command.at_min_isr_partitions && in_sync == least);
        if is_shown {
            let found = leaders.get(&(topic.name.clone(), partition.index));
            output.line(line(&topic.name, partition, found))?;
        }
    }
    Ok(())
}

fn headline(topic: &Topic, configs: &[ConfigEntry]) -> String {
    let own = in_map_order(configs, |config| hash_of_text(&config.name))
        .into_iter()
        .filter(|config| !config.is_default);
    let own: Vec<_> =
        own.map(|config| format!("{}={}", config.name, config.value.as_deref().unwrap_or("null"))).collect();
    let id = if topic.id.is_zero() { String::new() } else { format!("\tTopicId: {}", topic.id) };
    format!(
        "Topic: {}{id}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}",
        topic.name,
        topic.partitions.len(),
        topic.partitions.first().map_or(0, |partition| partition.replicas.len()),
        own.join(",")
    )
}

fn line(topic: &str, partition: &Partition, leaders: Option<&EligibleLeaders>) -> String {
    let told = |ids: Option<&Vec<i32>>| ids.map_or_else(|| "N/A".to_owned(), |ids| list(ids));
    format!(
        "\tTopic: {topic}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: {}\tLastKnownElr: {}",
        partition.index,
        partition.leader.map_or_else(|| "none".to_owned(), |leader| leader.to_string()),
        list(&partition.replicas),
        list(&partition.in_sync),
        told(leaders.and_then(|leaders| leaders.eligible.as_ref())),
        told(leaders.and_then(|leaders| leaders.last_known.as_ref())),
    )
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}
