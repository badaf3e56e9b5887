//! `--list`: the names of groups, with state and type if they are asked for.

use millstream_client::{Client, GroupListing};

use super::ConsumerGroups;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::padded;

const STATES: [&str; 7] =
    ["Assigning", "CompletingRebalance", "Dead", "Empty", "PreparingRebalance", "Reconciling", "Stable"];
const TYPES: [&str; 2] = ["Classic", "Consumer"];
const NAME_WIDTH: usize = 15;
const NAME_SPACE: usize = 10;
const WIDTH: usize = 20;

/// Is it a group of consumers, or one that has nothing but offsets?
pub(super) fn is_of_consumers(listing: &GroupListing) -> bool {
    matches!(listing.protocol_type.as_str(), "consumer" | "")
}

pub(super) async fn run(
    command: &ConsumerGroups,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let states = wanted("state", command.state.as_deref(), &STATES)?;
    let types = wanted("type", command.kind.as_deref(), &TYPES)?;
    let is_in =
        |text: &str, list: &[&str]| list.is_empty() || list.iter().any(|one| one.eq_ignore_ascii_case(text));
    let mut groups = client.list_groups().await?;
    groups
        .retain(|group| is_of_consumers(group) && is_in(&group.state, &states) && is_in(&group.kind, &types));
    if command.state.is_none() && command.kind.is_none() {
        groups.iter().try_for_each(|group| output.line(&group.group))?;
        return Ok(());
    }
    let longest = groups.iter().map(|group| group.group.chars().count()).max().unwrap_or(0);
    let widths = [longest.max(NAME_WIDTH) + NAME_SPACE, WIDTH, WIDTH];
    let row = |name: &str, kind: &str, state: &str| {
        let mut cells = vec![name.to_owned()];
        let kind = TYPES.iter().find(|known| known.eq_ignore_ascii_case(kind)).copied().unwrap_or(kind);
        cells.extend(command.kind.is_some().then(|| kind.to_owned()));
        cells.extend(command.state.is_some().then(|| state.to_owned()));
        padded(&cells.iter().map(String::as_str).collect::<Vec<_>>(), &widths)
    };
    output.line(row("GROUP", "TYPE", "STATE"))?;
    groups.iter().try_for_each(|group| output.line(row(&group.group, &group.kind, &group.state)))?;
    Ok(())
}

/// The values of a list such as `Stable,Empty`, in Kafka's spelling.
fn wanted(what: &str, text: Option<&str>, known: &[&'static str]) -> Result<Vec<&'static str>, Failure> {
    let parts = text.unwrap_or_default().split(',').map(str::trim).filter(|part| !part.is_empty());
    let find = |part: &str| {
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(part));
        found.copied().ok_or_else(|| {
            let valid = known.join(", ");
            Failure::new(format!(
                "Invalid {what} list '{}'. Valid {what}s are: {valid}",
                text.unwrap_or_default()
            ))
        })
    };
    parts.map(find).collect()
}
