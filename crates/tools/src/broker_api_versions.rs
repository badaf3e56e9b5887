//! `kafka-broker-api-versions`: the APIs of each broker, and the newest version of each that a client of Kafka 4.3 can
//! use.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::{Node, Offer};
use millstream_wire::{ApiKey, Versions};

use crate::bootstrap::{Bootstrap, Settings};
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;

/// The APIs that a client of Kafka 4.3 may send to a broker: key, oldest and newest version.
const CLIENT: &[(i16, i16, i16)] = &[
    (0, 3, 13),
    (1, 4, 18),
    (2, 1, 11),
    (3, 0, 13),
    (8, 2, 10),
    (9, 1, 10),
    (10, 0, 6),
    (11, 0, 9),
    (12, 0, 4),
    (13, 0, 5),
    (14, 0, 5),
    (15, 0, 6),
    (16, 0, 5),
    (17, 0, 1),
    (18, 0, 4),
    (19, 2, 7),
    (20, 1, 6),
    (21, 0, 2),
    (22, 0, 6),
    (23, 2, 4),
    (24, 0, 5),
    (25, 0, 4),
    (26, 0, 5),
    (27, 1, 2),
    (28, 0, 5),
    (29, 1, 3),
    (30, 1, 3),
    (31, 1, 3),
    (32, 1, 4),
    (33, 0, 2),
    (34, 1, 2),
    (35, 1, 5),
    (36, 0, 2),
    (37, 0, 3),
    (38, 1, 3),
    (39, 1, 2),
    (40, 1, 2),
    (41, 1, 3),
    (42, 0, 2),
    (43, 0, 2),
    (44, 0, 1),
    (45, 0, 1),
    (46, 0, 0),
    (47, 0, 0),
    (48, 0, 1),
    (49, 0, 1),
    (50, 0, 0),
    (51, 0, 0),
    (55, 0, 2),
    (57, 0, 2),
    (60, 0, 2),
    (61, 0, 0),
    (64, 0, 0),
    (65, 0, 0),
    (66, 0, 2),
    (68, 0, 1),
    (69, 0, 1),
    (71, 0, 0),
    (72, 0, 0),
    (74, 0, 1),
    (75, 0, 0),
    (76, 1, 1),
    (77, 1, 1),
    (78, 1, 2),
    (79, 1, 2),
    (80, 0, 1),
    (81, 0, 0),
    (83, 0, 0),
    (84, 0, 0),
    (85, 0, 1),
    (86, 0, 0),
    (87, 0, 1),
    (88, 0, 0),
    (89, 0, 0),
    (90, 0, 1),
    (91, 0, 0),
    (92, 0, 0),
];

/// Show which APIs brokers have, in which versions
#[derive(Debug, Parser)]
#[command(
    name = "kafka-broker-api-versions",
    version,
    arg_required_else_help = true,
    after_help = "Example:
  kafka-broker-api-versions --bootstrap-server localhost:9092"
)]
struct BrokerApiVersions {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: BrokerApiVersions = parse(arguments)?;
    let settings = Settings::read(command.command_config.as_ref(), &[], &[])?;
    let mut client = command.bootstrap.connect("admin-1", &settings).await?;
    let nodes = client.describe_nodes(false).await?;
    let mut output = Output::new();
    for node in nodes {
        let line = match client.offer(Some(node.id)).await {
            Ok(offer) => text(&offer),
            Err(error) => format!("ERROR: {error}"),
        };
        output.line(format!("{} -> {line}", named(&node)))?;
    }
    Ok(output.flush()?)
}

fn named(node: &Node) -> String {
    let Node { id, broker, is_fenced } = node;
    let rack = broker.rack.as_deref().unwrap_or("null");
    format!("{}:{} (id: {id} rack: {rack} isFenced: {is_fenced})", broker.host, broker.port)
}

/// What the broker has, and what of a client's it does not have.
fn text(offer: &Offer) -> String {
    let mut lines: BTreeMap<i16, String> =
        offer.apis.iter().map(|(key, versions)| (*key, offered(*key, *versions))).collect();
    for (key, ..) in CLIENT {
        lines.entry(*key).or_insert_with(|| format!("{}UNSUPPORTED", title(*key)));
    }
    let lines: Vec<_> = lines.into_values().collect();
    format!("(\n\t{}\n)", lines.join(",\n\t"))
}

fn offered(key: i16, Versions { min, max }: Versions) -> String {
    let range = if min == max { min.to_string() } else { format!("{min} to {max}") };
    let usable = match CLIENT.iter().find(|(known, ..)| *known == key) {
        Some((_, _, newest)) if *newest < min => " [unusable: node too new]".to_owned(),
        Some((_, oldest, _)) if max < *oldest => " [unusable: node too old]".to_owned(),
        Some((_, _, newest)) => format!(" [usable: {}]", max.min(*newest)),
        None => String::new(),
    };
    format!("{}{range}{usable}", title(key))
}

fn title(key: i16) -> String {
    format!("{}({key}): ", ApiKey::from_code(key).map_or("UNKNOWN", ApiKey::name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_says_what_is_usable() {
        let table = [
            (0, (0, 13), "Produce(0): 0 to 13 [usable: 13]"),
            (1, (19, 20), "Fetch(1): 19 to 20 [unusable: node too new]"),
            (8, (0, 1), "OffsetCommit(8): 0 to 1 [unusable: node too old]"),
            (60, (0, 9), "DescribeCluster(60): 0 to 9 [usable: 2]"),
            (61, (0, 0), "DescribeProducers(61): 0 [usable: 0]"),
            (999, (0, 1), "UNKNOWN(999): 0 to 1"),
        ];
        for (key, (min, max), expected) in table {
            assert_eq!(offered(key, Versions::new(min, max)), expected);
        }
        let nothing = text(&Offer::default());
        assert!(nothing.starts_with("(\n\tProduce(0): UNSUPPORTED,\n\tFetch(1): UNSUPPORTED,"));
        assert!(nothing.ends_with("(92): UNSUPPORTED\n)"));
    }
}
