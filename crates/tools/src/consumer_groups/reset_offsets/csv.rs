//! The file of `--export` and `--from-file`: `topic,partition,offset`, or with the group before it for several groups.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use super::Offsets;
use crate::bounded_file::read_text;
use crate::failure::Failure;

/// The longest file, in bytes.
const MAX_FILE: u64 = 16 << 20;
/// Kafka's writer puts longer texts in quotes without looking at them.
const UNQUOTED: usize = 24;

/// The lines, each with its end.
pub(super) fn write(plans: &BTreeMap<String, Offsets>, is_one_group: bool) -> String {
    let mut text = String::new();
    for (group, offsets) in plans {
        for ((topic, partition), offset) in offsets {
            let group = if is_one_group { String::new() } else { format!("{},", quoted(group)) };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{group}{},{partition},{offset}", quoted(topic));
        }
    }
    text
}

fn quoted(text: &str) -> String {
    let is_safe = |c: char| c > ',' && !c.is_control();
    match text.len() <= UNQUOTED && text.chars().all(is_safe) {
        true => text.to_owned(),
        false => format!("\"{}\"", text.replace('"', "\"\"")),
    }
}

/// The offsets by group; lines without a group are those of `group`.
pub(super) fn read(path: &Path, group: Option<&str>) -> Result<BTreeMap<String, Offsets>, Failure> {
    let failed = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
    let text = read_text(path, MAX_FILE).map_err(|error| failed(error.to_string()))?;
    parse(&text, group).map_err(failed)
}

fn parse(text: &str, group: Option<&str>) -> Result<BTreeMap<String, Offsets>, String> {
    let mut plans: BTreeMap<String, Offsets> = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = || format!("line {}: '{line}' is no topic,partition,offset", number + 1);
        let cells = cells(line);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let (group, topic, partition, offset) = match (cells.as_slice(), group) {
            ([topic, partition, offset], Some(group)) => (group, topic, partition, offset),
            ([group, topic, partition, offset], _) => (*group, topic, partition, offset),
            _ => return Err(wrong()),
        };
        let partition = partition.trim().parse().map_err(|_| wrong())?;
        let offset = offset.trim().parse().map_err(|_| wrong())?;
        plans.entry(group.to_owned()).or_default().insert(((*topic).to_owned(), partition), offset);
    }
    Ok(plans)
}

/// The cells of a line; quotes around a cell go, doubled quotes within are one.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.next_if_eq(&'"').is_some() => {
                cells.last_mut().into_iter().for_each(|cell| cell.push('"'))
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().into_iter().for_each(|cell| cell.push(c)),
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = "a-topic-of-more-than-24-letters";
        let offsets: Offsets = [(("t".to_owned(), 0), 5), ((long.to_owned(), 1), 7)].into_iter().collect();
        let plans: BTreeMap<_, _> = [("g, \"one\"".to_owned(), offsets)].into_iter().collect();
        let one = write(&plans, true);
        assert_eq!(one, format!("\"{long}\",1,7\nt,0,5\n"));
        assert_eq!(parse(&one, Some("g, \"one\"")).unwrap(), plans);
        let several = write(&plans, false);
        assert_eq!(parse(&several, None).unwrap(), plans);
        assert_eq!(parse("t,0", Some("g")).unwrap_err(), "line 1: 't,0' is no topic,partition,offset");
        assert_eq!(parse("t,0,x", Some("g")).unwrap_err(), "line 1: 't,0,x' is no topic,partition,offset");
    }
}
