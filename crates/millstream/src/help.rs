//! `millstream --help`: the commands in groups, by what a person wants to do.

use clap::Command;
use std::fmt::Write;

/// The groups, and the names of their commands.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Servers", &["start", "demo", "kafka-server-start", "bridge"]),
    ("Topics, records, groups", &["topic", "produce", "consume", "group", "txn", "config", "cluster"]),
    ("PySpark", &["submit", "pyspark", "spark-sql", "jupyter"]),
    ("Files and the rest", &["log", "storage", "bench", "install-names", "completions", "version"]),
];

/// The command with its sub-commands shown in groups.
pub fn grouped(command: Command) -> Command {
    let mut text = String::from("{about}\n\n{usage-heading} {usage}\n");
    for (title, names) in GROUPS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{title}:");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            let _ = writeln!(text, "  {name:<18}  {}", about.lines().next().unwrap_or_default());
        }
    }
    // What comes after help begins with an empty line of its own.
    text.push_str("\nOptions:\n{options}{after-help}\n");
    command.help_template(text)
}

/// The names of all groups.
#[cfg(test)]
pub fn names() -> Vec<&'static str> {
    GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect()
}
