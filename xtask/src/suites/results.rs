//! What a suite's output says of each test, and whether that is what the table says.

use super::table::Suite;
use std::collections::BTreeMap;

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Passed,
    /// Not as it should, or not at all.
    Failed,
    /// The suite left it out by itself.
    Skipped,
}

/// What came out of a suite.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that the suite skipped.
    pub skipped: usize,
    /// Tests that failed as the table says.
    pub excepted: usize,
    /// Tests that failed although the table does not say so.
    pub failed: Vec<String>,
    /// Exceptions that no test needs any more.
    pub stale: Vec<String>,
}

impl Verdict {
    /// Whether it is what the table says.
    pub fn is_good(&self) -> bool {
        self.passed > 0 && self.failed.is_empty() && self.stale.is_empty()
    }

    /// Prints what is wrong, then the counts.
    pub fn print(&self) {
        self.failed.iter().for_each(|test| println!("  FAIL {test}"));
        self.stale
            .iter()
            .for_each(|test| println!("  FAIL {test} passes or is gone: take it from the exceptions"));
        let Self { passed, skipped, excepted, failed, .. } = self;
        println!("  {passed} passed, {} failed, {excepted} excepted, {skipped} skipped", failed.len());
    }
}

/// Compares the outcomes with the table.
pub fn judge(suite: &Suite, outcomes: &BTreeMap<String, Outcome>) -> Verdict {
    let mut verdict = Verdict::default();
    let covers = |exception: &str, test: &str| {
        test.strip_prefix(exception).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    for (test, outcome) in outcomes {
        let excepted = suite.exceptions.keys().any(|exception| covers(exception, test));
        match outcome {
            Outcome::Passed => verdict.passed += 1,
            Outcome::Skipped => verdict.skipped += 1,
            Outcome::Failed if excepted => verdict.excepted += 1,
            Outcome::Failed => verdict.failed.push(test.clone()),
        }
    }
    let needed = |exception: &str| {
        outcomes.iter().any(|(test, outcome)| *outcome == Outcome::Failed && covers(exception, test))
    };
    verdict.stale = suite.exceptions.keys().filter(|exception| !needed(exception)).cloned().collect();
    verdict
}

/// The outcome of each test, from the output of a runner of this `kind`. A test that ran several times failed if it
/// failed once.
pub fn read(kind: &str, output: &str) -> Result<BTreeMap<String, Outcome>, String> {
    let mut binary = "";
    let mut outcomes = BTreeMap::new();
    for line in output.lines() {
        let found = match kind {
            "pytest" => pytest(line),
            "go" => Vec::from_iter(go(line)),
            "lines" => Vec::from_iter(ours(line)),
            "cargo" => {
                if let Some((_, rest)) = line.split_once("Running ") {
                    binary = rest.split(' ').find(|word| word.ends_with(".rs")).unwrap_or_default();
                }
                let found = cargo(line).map(|(test, outcome)| (format!("{binary}::{test}"), outcome));
                Vec::from_iter(found)
            }
            other => return Err(format!("'{other}' is no runner that is known here")),
        };
        for (test, outcome) in found {
            let known = outcomes.entry(test).or_insert(outcome);
            if outcome == Outcome::Failed {
                *known = outcome;
            }
        }
    }
    if outcomes.is_empty() {
        let tail: Vec<&str> = output.lines().rev().take(20).collect();
        let tail: Vec<&str> = tail.into_iter().rev().collect();
        return Err(format!("it ran no test:\n{}", tail.join("\n")));
    }
    Ok(outcomes)
}

/// A line of the summary that `-rA` prints: a test, or how many were skipped at a place.
fn pytest(line: &str) -> Vec<(String, Outcome)> {
    let Some((word, rest)) = line.split_once(' ') else { return Vec::new() };
    let outcome = match word {
        "PASSED" | "XFAIL" => Outcome::Passed,
        "FAILED" | "ERROR" => Outcome::Failed,
        "SKIPPED" => return skipped(rest),
        _ => return Vec::new(),
    };
    let test = rest.split(" - ").next().unwrap_or(rest);
    Vec::from_iter(test.contains("::").then(|| (test.to_owned(), outcome)))
}

/// `[3] test/a.py:12: why` are three tests, whose names it does not say.
fn skipped(rest: &str) -> Vec<(String, Outcome)> {
    let counted = rest.strip_prefix('[').and_then(|rest| rest.split_once("] "));
    let Some((count, place)) = counted else { return Vec::new() };
    (1..=count.parse::<u16>().unwrap_or(1))
        .map(|number| (format!("{place}, {number}"), Outcome::Skipped))
        .collect()
}

/// A line of a program of `tests/clients`; why a check failed stays with its name.
fn ours(line: &str) -> Option<(String, Outcome)> {
    let words = [("ok ", Outcome::Passed), ("FAIL ", Outcome::Failed), ("skip ", Outcome::Skipped)];
    words.into_iter().find_map(|(word, outcome)| Some((line.strip_prefix(word)?.to_owned(), outcome)))
}

fn go(line: &str) -> Option<(String, Outcome)> {
    if let Some(what) = line.strip_prefix("panic: ") {
        return Some((format!("panic: {what}"), Outcome::Failed));
    }
    let (word, rest) = line.trim_start().strip_prefix("--- ")?.split_once(": ")?;
    let outcome = match word {
        "PASS" => Outcome::Passed,
        "SKIP" => Outcome::Skipped,
        "FAIL" => Outcome::Failed,
        _ => return None,
    };
    Some((rest.split(' ').next().unwrap_or(rest).to_owned(), outcome))
}

fn cargo(line: &str) -> Option<(String, Outcome)> {
    let (test, word) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let outcome = match word {
        "ok" => Outcome::Passed,
        "FAILED" => Outcome::Failed,
        word if word.starts_with("ignored") => Outcome::Skipped,
        _ => return None,
    };
    Some((test.to_owned(), outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PYTEST: &str = "\
..F                                     [100%]
FAILED logged.by::someone
PASSED test/a.py::one[None]
FAILED test/a.py::two - AssertionError: x - y
ERROR test/b.py::three
SKIPPED [2] test/a.py:12: too old";
    const GO: &str =
        "=== RUN   TestA\n--- PASS: TestA (0.01s)\n    --- FAIL: TestA/b (0.10s)\n--- SKIP: TestC (0.00s)";
    const CARGO: &str = "\
     Running tests/one.rs (target/debug/deps/one-1)
test a ... ok
test b ... FAILED
     Running tests/two.rs (target/debug/deps/two-1)
test a ... ignored, slow";

    #[test]
    fn runners_are_understood() {
        use Outcome::{Failed, Passed, Skipped};
        for (kind, output, expected) in [
            (
                "pytest",
                PYTEST,
                vec![
                    ("logged.by::someone", Failed),
                    ("test/a.py:12: too old, 1", Skipped),
                    ("test/a.py:12: too old, 2", Skipped),
                    ("test/a.py::one[None]", Passed),
                    ("test/a.py::two", Failed),
                    ("test/b.py::three", Failed),
                ],
            ),
            ("go", GO, vec![("TestA", Passed), ("TestA/b", Failed), ("TestC", Skipped)]),
            (
                "cargo",
                CARGO,
                vec![("tests/one.rs::a", Passed), ("tests/one.rs::b", Failed), ("tests/two.rs::a", Skipped)],
            ),
            (
                "lines",
                "ok a: b\nnothing\nFAIL c: why\nskip d",
                vec![("a: b", Passed), ("c: why", Failed), ("d", Skipped)],
            ),
        ] {
            let found = read(kind, output).unwrap();
            let found: Vec<_> = found.iter().map(|(test, outcome)| (test.as_str(), *outcome)).collect();
            assert_eq!(found, expected, "{kind}");
        }
        assert!(read("go", "ok nothing").is_err());
    }

    #[test]
    fn exceptions_hold_both_ways() {
        let outcomes = read("pytest", PYTEST).unwrap();
        let excepted = |names: &[&str]| Suite {
            exceptions: names.iter().map(|name| ((*name).to_owned(), "why".to_owned())).collect(),
            ..Suite::default()
        };
        let good = judge(&excepted(&["logged.by", "test/a.py::two", "test/b.py"]), &outcomes);
        assert_eq!((good.passed, good.excepted, good.is_good()), (1, 3, true));
        let more =
            judge(&excepted(&["logged.by", "test/a.py", "test/b.py", "test/a.py::one[None]"]), &outcomes);
        assert_eq!((more.stale, more.failed.len()), (vec!["test/a.py::one[None]".to_owned()], 0));
        let less = judge(&excepted(&["test/b.py"]), &outcomes);
        assert_eq!(less.failed, ["logged.by::someone", "test/a.py::two"]);
    }
}
