//! `--describe --members`: who is in a group, and with `--verbose` what each reads.

use millstream_client::{Assignment, GroupDescription};

use super::{NOTHING, say_state, shown};
use crate::failure::Failure;
use crate::output::Output;
use crate::table::{padded, widths};

pub(super) fn print(group: &GroupDescription, verbose: bool, output: &mut Output) -> Result<(), Failure> {
    let has_instances = group.members.iter().any(|member| member.instance_id.is_some());
    // Members of both protocols are there while a group goes over from one to the other.
    let speaks = |newer| group.members.iter().any(|member| member.is_upgraded == Some(newer));
    let is_mixed = speaks(true) && speaks(false);
    // Kafka leaves a blank behind the number of partitions, where more columns may follow.
    let mut head = vec!["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"];
    let mut least = vec![15, 15, 17, 15, 15, 15];
    if verbose {
        head.extend(["CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT"]);
        least.extend([15, 20, 15, 20]);
        if is_mixed {
            head.push("UPGRADED");
            least.push(0);
        }
    } else {
        head.push("");
        least.push(0);
    }
    let mut rows: Vec<Vec<String>> = vec![head.iter().map(|cell| (*cell).to_owned()).collect()];
    for member in &group.members {
        let count: usize = member.assignment.values().map(Vec::len).sum();
        let mut row = vec![
            group.group.clone(),
            member.member_id.clone(),
            member.instance_id.clone().unwrap_or_default(),
            member.client_host.clone(),
            member.client_id.clone(),
            count.to_string(),
        ];
        if verbose {
            // Epochs and targets are of the newer protocol.
            row.extend([
                shown(member.epoch),
                assigned(&member.assignment),
                shown(group.target_epoch),
                assigned(&member.target),
            ]);
            row.extend(is_mixed.then(|| shown(member.is_upgraded)));
        } else {
            row.push(String::new());
        }
        rows.push(row);
    }
    if !has_instances {
        let without = |row: &mut Vec<String>| drop(row.remove(2));
        rows.iter_mut().for_each(without);
        least.remove(2);
    }
    say_state(group);
    let widths = widths(&least, rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    output.line("")?;
    for row in &rows {
        output.line(padded(&row.iter().map(String::as_str).collect::<Vec<_>>(), &widths))?;
    }
    Ok(())
}

/// `clicks:0,1;views:2`.
fn assigned(assignment: &Assignment) -> String {
    let topic = |(topic, partitions): (&String, &Vec<i32>)| {
        let mut partitions = partitions.clone();
        partitions.sort_unstable();
        let partitions: Vec<_> = partitions.iter().map(i32::to_string).collect();
        format!("{topic}:{}", partitions.join(","))
    };
    if assignment.is_empty() {
        return NOTHING.to_owned();
    }
    assignment.iter().map(topic).collect::<Vec<_>>().join(";")
}
