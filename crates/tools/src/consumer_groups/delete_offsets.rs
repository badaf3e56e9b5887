//! `--delete-offsets`: what a group remembers of some topics.

use std::collections::BTreeMap;

use millstream_client::Client;
use millstream_wire::ErrorCode;

use super::{ConsumerGroups, NOTHING, is_no_group, no_such_group};
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{padded, widths};

pub(super) async fn run(
    command: &ConsumerGroups,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let group = command.groups.first().cloned().unwrap_or_default();
    let (partitions, unknown) = partitions(client, &command.topics).await?;
    let mut outcome: BTreeMap<(String, i32), ErrorCode> = BTreeMap::new();
    if !partitions.is_empty() {
        outcome = match client.delete_offsets(&group, &partitions).await {
            Err(error) if is_no_group(&error) => return Err(no_such_group(client, &group).await),
            Err(error) if error.code() == Some(ErrorCode::NON_EMPTY_GROUP) => {
                let message = format!("The group '{group}' is not empty: its consumers must stop first.");
                return Err(Failure::new(message));
            }
            outcome => outcome?,
        };
    }
    outcome.extend(unknown.into_iter().map(|topic| ((topic, -1), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)));
    let has_failed = outcome.values().any(|code| !code.is_none());
    output.line(if has_failed {
        "\nError: Encountered some partition-level error, see the follow-up details.".to_owned()
    } else {
        format!("Request succeeded for deleting offsets from group {group}.")
    })?;
    print(&outcome, output)?;
    if has_failed { Err(Failure::Said) } else { Ok(()) }
}

/// The partitions that `TOPIC` and `TOPIC:0,1` name, and the topics that are not there.
async fn partitions(
    client: &mut Client,
    topics: &[String],
) -> Result<(Vec<(String, i32)>, Vec<String>), Failure> {
    let (mut partitions, mut unknown) = (Vec::new(), Vec::new());
    for text in topics {
        if text.contains(':') {
            partitions.extend(super::reset_offsets::named_partitions(text)?);
            continue;
        }
        match client.topic(text).await {
            Ok(topic) => partitions.extend(topic.partitions.iter().map(|p| (text.clone(), p.index))),
            Err(error) if crate::bootstrap::is_no_topic(&error) => unknown.push(text.clone()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((partitions, unknown))
}

fn print(outcome: &BTreeMap<(String, i32), ErrorCode>, output: &mut Output) -> Result<(), Failure> {
    let head = ["TOPIC", "PARTITION", "STATUS"].map(str::to_owned);
    let row = |((topic, partition), code): (&(String, i32), &ErrorCode)| {
        let partition = if *partition < 0 { NOTHING.to_owned() } else { partition.to_string() };
        [topic.clone(), partition, status(*code)]
    };
    let rows: Vec<_> = std::iter::once(head).chain(outcome.iter().map(row)).collect();
    let widths = widths(&[15], rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    let widths = [widths.as_slice(), &[10, 15]].concat();
    output.line("")?;
    for row in &rows {
        output.line(padded(&row.each_ref().map(String::as_str), &widths))?;
    }
    Ok(())
}

fn status(code: ErrorCode) -> String {
    match code {
        ErrorCode::NONE => "Successful".into(),
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => "Error: there is no such topic or partition.".into(),
        ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC => {
            "Error: the group is reading this topic: its consumers must stop first.".into()
        }
        code => format!("Error: {code}"),
    }
}
