//! Who may use whom: ARCHITECTURE.md's code map against what each crate's Cargo.toml says.
//!
//! The table is the rule and its own documentation: a crate that is not in it, a row without a crate, or a dependency
//! that its row does not name is a finding.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The findings of this rule.
pub fn check(root: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap_or_default();
    let allowed = code_map(&text);
    let Some(metadata) = metadata(root, true) else {
        return vec!["cargo metadata does not answer".into()];
    };
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = short(package["name"].as_str().unwrap_or_default());
        if name == "xtask" {
            continue;
        }
        seen.push(name.to_owned());
        let Some(may_use) = allowed.get(name) else {
            findings.push(format!("crate {name} is not in ARCHITECTURE.md's code map: add a row"));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let full = dependency["name"].as_str().unwrap_or_default();
            let is_dev = dependency["kind"].as_str() == Some("dev");
            if full.starts_with("millstream-") && !is_dev && !may_use.iter().any(|used| used == short(full)) {
                findings.push(format!(
                    "crate {name} uses {}, its row in ARCHITECTURE.md's code map does not allow that",
                    short(full)
                ));
            }
        }
    }
    for row in allowed.keys().filter(|row| !seen.contains(row)) {
        findings.push(format!("ARCHITECTURE.md's code map names crate {row}, which is not there"));
    }
    findings
}

/// `cargo metadata` as JSON, with or without dependencies.
pub fn metadata(root: &Path, workspace_only: bool) -> Option<Value> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["metadata", "--format-version", "1", "--locked"]);
    if workspace_only {
        command.arg("--no-deps");
    }
    serde_json::from_slice(&command.output().ok()?.stdout).ok()
}

fn short(package: &str) -> &str {
    package.strip_prefix("millstream-").unwrap_or(package)
}

/// Reads the rows `| crate | may use | what |` below the heading "Code map".
fn code_map(text: &str) -> BTreeMap<String, Vec<String>> {
    let section = text.split("## Code map").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| {
            let mut cells = line.split('|').skip(1).map(str::trim);
            let name = cells.next()?.trim_matches('`').to_owned();
            let uses =
                cells.next()?.split_whitespace().map(|word| word.trim_matches('`').to_owned()).collect();
            Some((name, uses))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::code_map;

    #[test]
    fn reads_rows_of_the_code_map_only() {
        let text = "## Code map\n\n| crate | may use | what |\n|---|---|---|\n| `log` | `wire` | x |\n| `wire` | - | y |\n\n## Habits\n| `not` | `this` |\n";
        let map = code_map(text);
        assert_eq!(map.len(), 2);
        assert_eq!(map["log"], ["wire"]);
        assert_eq!(map["wire"], ["-"]);
    }
}
