//! `kafka-groups --list`: groups of all kinds, with type and protocol.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use millstream_client::GroupListing;

use crate::bootstrap::{Bootstrap, Settings};
use crate::command_line::parse;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::padded;

/// Kafka's names of the types.
const TYPES: [&str; 4] = ["Classic", "Consumer", "Share", "Streams"];
const WIDTH: usize = 20;

/// List groups of all types
#[derive(Debug, Parser)]
#[command(
    name = "kafka-groups",
    version,
    arg_required_else_help = true,
    after_help = "Examples:
  kafka-groups --bootstrap-server localhost:9092 --list
  kafka-groups --bootstrap-server localhost:9092 --list --consumer

Who reads what, and how far: kafka-consumer-groups --describe."
)]
struct Groups {
    #[command(flatten)]
    bootstrap: Bootstrap,
    /// A file with the client's settings
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// List the groups
    #[arg(long, required = true)]
    list: bool,
    /// Only groups of this type: classic, consumer, share or streams
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["consumer", "share", "streams"])]
    group_type: Option<String>,
    /// Only groups of this protocol, for instance consumer or connect
    #[arg(long, value_name = "PROTOCOL", conflicts_with_all = ["consumer", "share", "streams"])]
    protocol: Option<String>,
    /// Only groups of consumers, of both protocols, and groups that have nothing but offsets
    #[arg(long, conflicts_with_all = ["share", "streams"])]
    consumer: bool,
    /// Only share groups
    #[arg(long, conflicts_with = "streams")]
    share: bool,
    /// Only streams groups
    #[arg(long)]
    streams: bool,
}

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: Groups = parse(arguments)?;
    command.check()?;
    let outcome = command.execute().await;
    outcome.map_err(|failure| failure.after("Error while executing groups command : ").on_stdout())
}

impl Groups {
    fn check(&self) -> Result<(), Failure> {
        let known = |kind: &String| TYPES.iter().any(|known| known.eq_ignore_ascii_case(kind));
        if !self.group_type.as_ref().is_none_or(known) {
            return Err(Failure::with_way_out(
                "--group-type must be a valid group type.",
                "The types are classic, consumer, share and streams.",
            ));
        }
        Ok(())
    }

    async fn execute(&self) -> Result<(), Failure> {
        let settings = Settings::read(self.command_config.as_ref(), &[], &[])?;
        let mut client = self.bootstrap.connect("adminclient-1", &settings).await?;
        let mut groups = client.list_groups().await?;
        groups.retain(|group| self.wants(group));
        let mut output = Output::new();
        table(&groups).iter().try_for_each(|line| output.line(line))?;
        Ok(output.flush()?)
    }

    fn wants(&self, group: &GroupListing) -> bool {
        let is = |kind: &str| group.kind.eq_ignore_ascii_case(kind);
        let speaks = |protocol: &String| group.protocol_type == *protocol;
        match &self.group_type {
            Some(kind) => is(kind) && self.protocol.as_ref().is_none_or(speaks),
            None if self.protocol.is_some() => self.protocol.as_ref().is_some_and(speaks),
            None if self.consumer => {
                matches!(group.protocol_type.as_str(), "consumer" | "") || is("Consumer")
            }
            None if self.share => is("Share"),
            None if self.streams => is("Streams"),
            None => true,
        }
    }
}

/// All columns are as wide as the longest cell, and a blank follows each cell but those of the head.
fn table(groups: &[GroupListing]) -> Vec<String> {
    let cells = |group: &GroupListing| {
        let kind = TYPES.iter().find(|known| known.eq_ignore_ascii_case(&group.kind));
        let kind = kind.map_or_else(|| group.kind.clone(), |known| (*known).to_owned());
        [group.group.clone(), kind, group.protocol_type.clone()]
    };
    let rows: Vec<_> = groups.iter().map(cells).collect();
    let longest = rows.iter().flatten().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths = [longest.max(WIDTH); 3];
    let row = |[group, kind, protocol]: &[String; 3]| padded(&[group, kind, protocol], &widths) + " ";
    let mut lines = vec![padded(&["GROUP", "TYPE", "PROTOCOL"], &widths)];
    lines.extend(rows.iter().map(row));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_kafkas() {
        let group = |kind: &str, protocol: &str| GroupListing {
            group: "g".into(),
            protocol_type: protocol.into(),
            state: "Stable".into(),
            kind: kind.into(),
        };
        let groups = [
            group("Classic", "consumer"),
            group("Classic", ""),
            group("Classic", "connect"),
            group("Consumer", "consumer"),
            group("Share", "share"),
        ];
        let table = [
            ("", "11111"),
            ("--consumer", "11010"),
            ("--group-type classic", "11100"),
            ("--group-type classic --protocol connect", "00100"),
            ("--protocol consumer", "10010"),
            ("--share", "00001"),
            ("--streams", "00000"),
        ];
        for (flags, expected) in table {
            let words = format!("kafka-groups --bootstrap-server a:1 --list {flags}");
            let command = Groups::try_parse_from(words.split_whitespace()).unwrap();
            let found: String =
                groups.iter().map(|group| if command.wants(group) { '1' } else { '0' }).collect();
            assert_eq!(found, expected, "{flags}");
        }
    }
}
