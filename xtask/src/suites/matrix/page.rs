//! What came out last: one row a release in `tests/clients/JAVA.md`, and what failed.

use super::part::Part;
use std::path::Path;

const COLUMNS: [&str; 6] = ["produce", "consume", "groups", "times", "transactions", "admin"];

const HEAD: &str = "\
# The Java client of every release

Written by `cargo xtask suites java-matrix [RELEASE...]`: each minor release of Apache Kafka with its last patch, from
Maven, runs the programs of `java/matrix` that it has the methods for. Checks passed of checks made; a dash is what the
release does not have.

| release | date | ";

/// What one release's client printed.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    release: String,
    /// Passed and made, a column.
    counts: [(usize, usize); COLUMNS.len()],
    failures: Vec<String>,
}

impl Row {
    /// Counts the lines of the parts. A part without a line failed.
    pub fn read(release: &str, parts: &[Part], output: &str) -> Self {
        let mut row = Self { release: release.to_owned(), counts: Default::default(), failures: Vec::new() };
        for part in parts.iter().filter(|part| part.is_run() && part.is_in(release)) {
            let start = format!("{}: ", part.name);
            let said = |word: &str| {
                let lines = output.lines().filter_map(|line| line.strip_prefix(word)?.strip_prefix(&start));
                lines.map(str::to_owned).collect::<Vec<_>>()
            };
            let (passed, mut failed) = (said("ok ").len(), said("FAIL "));
            if passed + failed.len() == 0 {
                failed.push("it printed nothing".to_owned());
            }
            let place = COLUMNS.iter().position(|column| *column == part.column);
            if let Some(count) = place.and_then(|place| row.counts.get_mut(place)) {
                *count = (count.0 + passed, count.1 + passed + failed.len());
            }
            row.failures.extend(failed.iter().map(|why| format!("- {release}: {start}{why}")));
        }
        row
    }

    /// Whether every check passed.
    pub fn is_good(&self) -> bool {
        self.failures.is_empty()
    }

    /// Prints the counts and what failed.
    pub fn print(&self) {
        self.failures.iter().for_each(|why| println!("  FAIL {why}"));
        println!("  {}", self.cells().join(" | "));
    }

    fn cells(&self) -> Vec<String> {
        let cell = |(passed, made): &(usize, usize)| match made {
            0 => "-".to_owned(),
            made => format!("{passed}/{made}"),
        };
        self.counts.iter().map(cell).collect()
    }
}

/// Replaces the release's row and its failures.
pub fn note(root: &Path, row: &Row) -> Result<(), String> {
    let path = root.join("tests/clients/JAVA.md");
    let old = std::fs::read_to_string(&path).unwrap_or_default();
    let text = written(&old, row, &super::super::record::today());
    std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn written(old: &str, row: &Row, today: &str) -> String {
    let ours = |line: &&str| !line.starts_with(&format!("| {} |", row.release));
    let is_row = |line: &&str| {
        line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let mut rows: Vec<String> = old.lines().filter(is_row).filter(ours).map(str::to_owned).collect();
    rows.push(format!("| {} | {today} | {} |", row.release, row.cells().join(" | ")));
    let place = |line: &String| {
        let release = line.trim_start_matches("| ").split(' ').next().unwrap_or_default().to_owned();
        super::RELEASES.iter().position(|known| *known == release)
    };
    rows.sort_by_key(place);
    let other = |line: &&str| line.starts_with("- ") && !line.starts_with(&format!("- {}: ", row.release));
    let mut failures: Vec<String> = old.lines().filter(other).map(str::to_owned).collect();
    failures.extend(row.failures.iter().cloned());
    let failed = if failures.is_empty() { "Nothing.".to_owned() } else { failures.join("\n") };
    let rule = "---|".repeat(COLUMNS.len() + 2);
    format!("{HEAD}{} |\n|{rule}\n{}\n\n## What failed\n\n{failed}\n", COLUMNS.join(" | "), rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_replaced_and_keep_the_order_of_releases() {
        let row = |release: &str, passed, failures: &[&str]| Row {
            release: release.to_owned(),
            counts: [(passed, 5), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0)],
            failures: failures.iter().map(|&why| why.to_owned()).collect(),
        };
        let one = written("", &row("4.3.1", 4, &["- 4.3.1: Produce: why"]), "one day");
        assert!(one.ends_with(
            "| 4.3.1 | one day | 4/5 | - | - | - | - | - |\n\n## What failed\n\n- 4.3.1: Produce: why\n"
        ));
        let two = written(&one, &row("0.11.0.3", 5, &[]), "one day");
        assert!(two.contains("|\n| 0.11.0.3 | one day | 5/5 | - | - | - | - | - |\n| 4.3.1 | "));
        let three = written(&two, &row("4.3.1", 5, &[]), "another");
        assert!(
            three.ends_with("| 4.3.1 | another | 5/5 | - | - | - | - | - |\n\n## What failed\n\nNothing.\n")
        );
    }
}
