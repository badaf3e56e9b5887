//! What came out last: one row a suite in `tests/clients/SUITES.md`, and the reasons of what does not pass.

use super::results::Verdict;
use super::table::Suite;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const HEAD: &str = "\
# Public client suites

Written by `cargo xtask suites [NAME...]`: each suite is taken from its package and run against the binary. Rows that
say so were run by hand, with the commands in [BY_HAND.md](suites/BY_HAND.md). What fails is named here with its
reason, and anything else that fails, or an exception that passes, fails the command.

| suite | package | date | passed | failed | excepted | skipped by itself |
|---|---|---|---|---|---|---|
";

/// Replaces the suite's row and its list of reasons.
pub fn note(root: &Path, suite: &Suite, verdict: &Verdict) -> Result<(), String> {
    let path = root.join("tests/clients/SUITES.md");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let (mut rows, mut reasons) = (BTreeMap::new(), BTreeMap::new());
    for line in old.lines() {
        if let Some(name) = line.strip_prefix("| ").and_then(|rest| rest.split(" |").next()) {
            rows.insert(name.to_owned(), line.to_owned());
        } else if let Some(name) = line.strip_prefix("- ").and_then(|rest| rest.split(':').next()) {
            reasons.entry(name.to_owned()).or_insert_with(Vec::new).push(line.to_owned());
        }
    }
    rows.remove("suite");
    let Suite { name, package, version, exceptions, left_out, .. } = suite;
    let Verdict { passed, skipped, excepted, failed, .. } = verdict;
    let row = format!(
        "| {name} | {package} {version} | {} | {passed} | {} | {excepted} | {skipped} |",
        today(),
        failed.len()
    );
    rows.insert(name.clone(), row);
    let fails = exceptions.iter().map(|(test, why)| format!("- {name}: `{test}`: {why}"));
    let absent = left_out.iter().map(|(test, why)| format!("- {name}: `{test}` is left out: {why}"));
    reasons.insert(name.clone(), fails.chain(absent).collect());
    let rows: Vec<String> = rows.into_values().collect();
    let reasons: Vec<String> = reasons.into_values().flatten().collect();
    let text = format!("{HEAD}{}\n\n## Exceptions\n\n{}\n", rows.join("\n"), reasons.join("\n"));
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The day's date, in UTC.
pub fn today() -> String {
    crate::process::captured(Command::new("date").args(["-u", "+%F"])).1.trim().to_owned()
}
