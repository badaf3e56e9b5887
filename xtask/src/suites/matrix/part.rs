//! The parts of the matrix, as the first line of each file declares them: `// COLUMN since RELEASE [until RELEASE]`.
//! Without a column the file is compiled with the others, and not run by itself.

use std::path::{Path, PathBuf};

/// A file of `tests/clients/java/matrix`.
#[derive(Debug)]
pub struct Part {
    /// Its class.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The column of the table that it fills; empty when it is not run by itself.
    pub column: String,
    since: Vec<u32>,
    until: Option<Vec<u32>>,
}

impl Part {
    /// Whether this release of the client has what the part calls.
    pub fn is_in(&self, release: &str) -> bool {
        let release = numbers(release);
        let not_later =
            |until: &Vec<u32>| release.get(..until.len()).is_some_and(|start| start <= until.as_slice());
        release >= self.since && self.until.as_ref().is_none_or(not_later)
    }

    /// Whether it is a part of its own.
    pub fn is_run(&self) -> bool {
        !self.column.is_empty()
    }
}

/// All parts and what they share, by name.
pub fn all(root: &Path) -> Result<Vec<Part>, String> {
    let folder = root.join("tests/clients/java/matrix");
    let mut parts = Vec::new();
    for folder in [folder.clone(), folder.join("until-2.3"), folder.join("since-2.4")] {
        let listed = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for path in listed.filter_map(Result::ok).map(|entry| entry.path()) {
            if path.extension().is_some_and(|ending| ending == "java") {
                parts.push(read(path)?);
            }
        }
    }
    parts.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(parts)
}

fn read(path: PathBuf) -> Result<Part, String> {
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let first = text.lines().next().unwrap_or_default();
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let words: Vec<&str> = first.trim_start_matches('/').split_whitespace().collect();
    let (column, since, until) = match words.as_slice() {
        [column, "since", since] => (*column, *since, None),
        [column, "since", since, "until", until] => (*column, *since, Some(numbers(until))),
        ["since", since] => ("", *since, None),
        ["since", since, "until", until] => ("", *since, Some(numbers(until))),
        _ => return Err(format!("{}: its first line does not say since which release", path.display())),
    };
    let (column, since) = (column.to_owned(), numbers(since));
    Ok(Part { name, path, column, since, until })
}

fn numbers(release: &str) -> Vec<u32> {
    release.split('.').map(|number| number.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_knows_its_releases() {
        let part = |since: &str, until: Option<&str>| Part {
            name: String::new(),
            path: PathBuf::new(),
            column: String::new(),
            since: numbers(since),
            until: until.map(numbers),
        };
        for (since, until, release, expected) in [
            ("0.10", None, "0.10.0.1", true),
            ("0.10.1", None, "0.10.0.1", false),
            ("0.10.1", None, "0.10.1.1", true),
            ("0.11", Some("3.9"), "3.9.2", true),
            ("0.11", Some("3.9"), "4.0.2", false),
            ("0.11", Some("3.9"), "0.10.2.2", false),
            ("2.4", None, "2.3.1", false),
            ("2.4", None, "4.3.1", true),
        ] {
            assert_eq!(part(since, until).is_in(release), expected, "{since} {until:?} {release}");
        }
    }
}
