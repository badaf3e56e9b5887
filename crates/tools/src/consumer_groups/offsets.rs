//! `--describe`: how far a group has read each partition, how far that is behind, and who reads.

use std::collections::{BTreeMap, BTreeSet};

use millstream_client::{Client, CommittedOffsets, GroupDescription, OffsetAt};

use super::{NOTHING, say_state};
use crate::bootstrap::is_no_topic;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{padded, widths};

const COLUMNS: [(&str, usize); 10] = [
    ("GROUP", 15),
    ("TOPIC", 15),
    ("PARTITION", 10),
    ("LEADER-EPOCH", 15),
    ("CURRENT-OFFSET", 15),
    ("LOG-END-OFFSET", 15),
    ("LAG", 15),
    ("CONSUMER-ID", 15),
    ("HOST", 15),
    ("CLIENT-ID", 0),
];
/// Columns that grow with what is in them.
const GROWING: [usize; 4] = [0, 1, 7, 8];
/// The column that only `--verbose` shows.
const VERBOSE: usize = 3;

/// Partitions, and who reads them: consumer id, host and client id.
type Read<'a> = (Vec<(String, i32)>, [&'a str; 3]);

pub(crate) async fn print(
    client: &mut Client,
    group: &GroupDescription,
    verbose: bool,
    output: &mut Output,
) -> Result<(), Failure> {
    let committed = client.committed_offsets(&group.group).await?;
    let mut read: Vec<Read<'_>> = Vec::new();
    let mut assigned = BTreeSet::new();
    let mut members: Vec<_> = group.members.iter().filter(|member| !member.assignment.is_empty()).collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assignment.values().map(Vec::len).sum::<usize>()));
    for member in members {
        let of = |(topic, indexes): (&String, &Vec<i32>)| {
            indexes.iter().map(|index| (topic.clone(), *index)).collect::<Vec<_>>()
        };
        let mut partitions: Vec<_> = member.assignment.iter().flat_map(of).collect();
        partitions.sort();
        assigned.extend(partitions.clone());
        read.push((partitions, [&member.member_id, &member.client_host, &member.client_id]));
    }
    let others: Vec<_> =
        committed.keys().filter(|partition| !assigned.contains(*partition)).cloned().collect();
    read.push((others, [NOTHING; 3]));
    let all = read.iter().flat_map(|(partitions, _)| partitions.iter().cloned()).collect();
    let ends = ends(client, all).await?;
    let rows: Vec<_> = (read.iter())
        .flat_map(|(partitions, reader)| partitions.iter().map(move |partition| (partition, reader)))
        .map(|(partition, reader)| row(&group.group, partition, &committed, &ends, reader))
        .collect();
    say_state(group);
    if rows.is_empty() || group.state == "Dead" {
        return Ok(());
    }
    print_rows(&rows, verbose, output)
}

/// The end of each partition; those of topics that are gone are left out.
pub(crate) async fn ends(
    client: &mut Client,
    partitions: BTreeSet<(String, i32)>,
) -> Result<BTreeMap<(String, i32), i64>, Failure> {
    let mut topics: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for (topic, index) in partitions {
        topics.entry(topic).or_default().push(index);
    }
    let mut ends = BTreeMap::new();
    for (topic, indexes) in topics {
        match client.list_offsets(&topic, &indexes, OffsetAt::Latest).await {
            Ok(found) => ends.extend(found.into_iter().map(|(index, end)| ((topic.clone(), index), end))),
            Err(error) if is_no_topic(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ends)
}

fn row(
    group: &str,
    partition: &(String, i32),
    committed: &CommittedOffsets,
    ends: &BTreeMap<(String, i32), i64>,
    reader: &[&str; 3],
) -> Vec<String> {
    let shown = |number: Option<i64>| number.map_or_else(|| NOTHING.to_owned(), |number| number.to_string());
    let offset = committed.get(partition);
    let end = ends.get(partition).copied();
    let lag = end.zip(offset).map(|(end, offset)| end.saturating_sub(offset.offset));
    let [consumer, host, client] = reader.map(str::to_owned);
    vec![
        group.to_owned(),
        partition.0.clone(),
        partition.1.to_string(),
        shown(offset.and_then(|offset| offset.leader_epoch).map(i64::from)),
        shown(offset.map(|offset| offset.offset)),
        shown(end),
        shown(lag),
        consumer,
        host,
        client,
    ]
}

fn print_rows(rows: &[Vec<String>], verbose: bool, output: &mut Output) -> Result<(), Failure> {
    let cells = |row: &[String]| -> Vec<String> {
        row.iter()
            .enumerate()
            .filter(|(at, _)| verbose || *at != VERBOSE)
            .map(|(_, cell)| cell.clone())
            .collect()
    };
    let grown = |row: &Vec<String>| -> Vec<String> {
        row.iter()
            .enumerate()
            .map(|(at, cell)| if GROWING.contains(&at) { cell.clone() } else { String::new() })
            .collect()
    };
    let filled: Vec<Vec<String>> = rows.iter().map(grown).collect();
    let all = widths(
        &COLUMNS.map(|(_, width)| width),
        filled.iter().map(|row| row.iter().map(String::as_str).collect()),
    );
    let shown: Vec<usize> =
        all.iter().enumerate().filter(|(at, _)| verbose || *at != VERBOSE).map(|(_, width)| *width).collect();
    output.line("")?;
    let head = COLUMNS.map(|(name, _)| name.to_owned());
    for row in std::iter::once(head.as_slice()).chain(rows.iter().map(Vec::as_slice)) {
        let cells = cells(row);
        output.line(padded(&cells.iter().map(String::as_str).collect::<Vec<_>>(), &shown))?;
    }
    Ok(())
}
