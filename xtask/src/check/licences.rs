//! Licences of all that the lock file brings in: each must be offered under one that we accept.
//!
//! The accepted ones stand in ARCHITECTURE.md, "Habits that are checked". An SPDX expression holds when one side of
//! an OR holds, and both sides of an AND; `WITH` exceptions only add rights, so they are passed over.

use super::layers::metadata;
use std::path::Path;

/// The findings of this rule.
pub fn check(root: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap_or_default();
    let accepted = accepted(&text);
    let Some(metadata) = metadata(root, false) else {
        return vec!["cargo metadata does not answer".into()];
    };
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| package["source"].is_string())
        .filter_map(|package| {
            let licence = package["license"].as_str().unwrap_or("none named");
            let name = package["name"].as_str().unwrap_or_default();
            (!holds(licence, &accepted))
                .then(|| format!("{name} comes under '{licence}', which is not accepted"))
        })
        .collect()
}

fn accepted(architecture: &str) -> Vec<String> {
    let row = architecture.lines().find(|line| line.starts_with("| licences of dependencies"));
    let cell = row.and_then(|row| row.split('|').nth(2)).unwrap_or_default();
    cell.split(',').map(|licence| licence.trim().to_owned()).collect()
}

fn holds(expression: &str, accepted: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let tokens: Vec<&str> = expression.split_inclusive(['(', ')']).flat_map(split_parenthesis).collect();
    let mut position = 0;
    either(&tokens, &mut position, accepted)
}

fn split_parenthesis(piece: &str) -> Vec<&str> {
    let (words, tail) = match piece.char_indices().next_back() {
        Some((at, '(' | ')')) => piece.split_at(at),
        _ => (piece, ""),
    };
    words.split_whitespace().chain((!tail.is_empty()).then_some(tail)).collect()
}

fn either(tokens: &[&str], position: &mut usize, accepted: &[String]) -> bool {
    let mut value = both(tokens, position, accepted);
    while tokens.get(*position) == Some(&"OR") {
        *position += 1;
        value |= both(tokens, position, accepted);
    }
    value
}

fn both(tokens: &[&str], position: &mut usize, accepted: &[String]) -> bool {
    let mut value = one(tokens, position, accepted);
    while tokens.get(*position) == Some(&"AND") {
        *position += 1;
        value &= one(tokens, position, accepted);
    }
    value
}

fn one(tokens: &[&str], position: &mut usize, accepted: &[String]) -> bool {
    let token = tokens.get(*position).copied().unwrap_or_default();
    *position += 1;
    if token == "(" {
        let value = either(tokens, position, accepted);
        *position += 1;
        return value;
    }
    if tokens.get(*position) == Some(&"WITH") {
        *position += 2;
    }
    accepted.iter().any(|licence| licence == token)
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn expressions_hold_as_spdx_says() {
        let accepted: Vec<String> = ["MIT", "Apache-2.0"].map(String::from).to_vec();
        let table = [
            ("MIT", true),
            ("GPL-3.0", false),
            ("GPL-3.0 OR MIT", true),
            ("GPL-3.0 AND MIT", false),
            ("MIT/Apache-2.0", true),
            ("(MIT OR GPL-3.0) AND Apache-2.0", true),
            ("(MIT OR GPL-3.0) AND ISC", false),
            ("Apache-2.0 WITH LLVM-exception", true),
        ];
        for (expression, expected) in table {
            assert_eq!(holds(expression, &accepted), expected, "{expression}");
        }
    }
}
