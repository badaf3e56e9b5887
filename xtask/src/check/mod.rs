//! `cargo xtask check`: the rules of ARCHITECTURE.md that a program can see.
//!
//! Each rule is one file that returns the places where it does not hold, as sentences a contributor can act on.

mod layers;
mod licences;
mod sources;

use std::path::Path;

/// A rule: the places where it does not hold.
type Rule = fn(&Path) -> Vec<String>;

/// Runs all rules, prints what is wrong; true when nothing is.
pub fn run(root: &Path) -> bool {
    let rules: [(&str, Rule); 3] =
        [("layers", layers::check), ("sources", sources::check), ("licences", licences::check)];
    let mut good = true;
    for (name, rule) in rules {
        let findings = rule(root);
        println!("check {name}: {}", if findings.is_empty() { "ok" } else { "FAILED" });
        for finding in findings {
            good = false;
            println!("  {finding}");
        }
    }
    good
}
