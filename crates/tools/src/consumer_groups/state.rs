//! `--describe --state`: what a group is doing, and which broker coordinates it.

use millstream_client::GroupDescription;

use super::{NOTHING, say_state, shown};
use crate::failure::Failure;
use crate::output::Output;
use crate::table::padded;

pub(super) fn print(group: &GroupDescription, verbose: bool, output: &mut Output) -> Result<(), Failure> {
    let coordinator = &group.coordinator;
    let coordinator = format!("{}:{}  ({})", coordinator.host, coordinator.port, coordinator.id);
    let assignor = if group.assignor.is_empty() { NOTHING } else { &group.assignor };
    let members = group.members.len().to_string();
    let first = [group.group.chars().count().max(15), coordinator.chars().count().max(25), 20, 20];
    say_state(group);
    output.line("")?;
    if verbose {
        let widths = [first.as_slice(), &[15, 25]].concat();
        let head = [
            "GROUP",
            "COORDINATOR (ID)",
            "ASSIGNMENT-STRATEGY",
            "STATE",
            "GROUP-EPOCH",
            "TARGET-ASSIGNMENT-EPOCH",
            "#MEMBERS",
        ];
        output.line(padded(&head, &widths))?;
        let (epoch, target_epoch) = (shown(group.epoch), shown(group.target_epoch));
        let row = [&group.group, &coordinator, assignor, &group.state, &epoch, &target_epoch, &members];
        output.line(padded(&row, &widths))?;
    } else {
        let head = ["GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"];
        output.line(padded(&head, &first))?;
        output.line(padded(&[&group.group, &coordinator, assignor, &group.state, &members], &first))?;
    }
    Ok(())
}
