//! What passed, what failed, what was left out: one count over all kinds of tests.
//!
//! Programs under `tests/clients` and the page's tests speak one line a check: `ok NAME`, `FAIL NAME: why` or
//! `skip NAME: why`. Rust's own tests are read from cargo's summary lines. With `CI=true` a skip counts as a failure:
//! a machine that is there to test everything must not leave anything out in silence.

/// Counts of one part of the test command.
pub struct Report {
    part: &'static str,
    passed: u64,
    failures: Vec<String>,
    skips: Vec<String>,
}

impl Report {
    /// Nothing counted yet, for the part of this name. Every line begins with the name: parts run side by side.
    pub fn of(part: &'static str) -> Self {
        Self { part, passed: 0, failures: Vec::new(), skips: Vec::new() }
    }

    /// One check that holds.
    pub fn pass(&mut self, name: &str) {
        self.passed += 1;
        println!("  {}: ok {name}", self.part);
    }

    /// One check that does not hold.
    pub fn fail(&mut self, name: &str, why: &str) {
        println!("  {}: FAIL {name}: {why}", self.part);
        self.failures.push(format!("{}: {name}: {why}", self.part));
    }

    /// One check that this machine cannot make.
    pub fn skip(&mut self, name: &str, why: &str) {
        println!("  {}: skip {name}: {why}", self.part);
        self.skips.push(format!("{}: {name}: {why}", self.part));
    }

    /// One check by its outcome; `detail` is printed when it fails.
    pub fn check(&mut self, name: &str, holds: bool, detail: &str) {
        if holds { self.pass(name) } else { self.fail(name, detail) }
    }

    /// Reads the lines of a client program. A program that fails without a `FAIL` line, or says nothing, failed.
    pub fn read_lines(&mut self, program: &str, succeeded: bool, output: &str) {
        let before = (self.passed, self.failures.len(), self.skips.len());
        for line in output.lines() {
            if let Some(name) = line.strip_prefix("ok ") {
                self.pass(&format!("{program}: {name}"));
            } else if let Some(rest) = line.strip_prefix("FAIL ") {
                self.fail(program, rest);
            } else if let Some(rest) = line.strip_prefix("skip ") {
                self.skip(program, rest);
            }
        }
        let silent = before == (self.passed, self.failures.len(), self.skips.len());
        if silent || (!succeeded && before.1 == self.failures.len()) {
            let tail: Vec<&str> = output.lines().rev().take(30).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            self.fail(program, &format!("ended badly or said nothing:\n{}", tail.join("\n")));
        }
    }

    /// Reads cargo's `test result:` lines.
    pub fn read_cargo(&mut self, succeeded: bool, output: &str) {
        let mut failed = 0;
        for line in output.lines().filter_map(|line| line.trim().strip_prefix("test result:")) {
            let words: Vec<&str> = line.split([' ', ';']).filter(|word| !word.is_empty()).collect();
            for pair in words.windows(2) {
                if let [count, kind] = pair {
                    let count: u64 = count.parse().unwrap_or(0);
                    match *kind {
                        "passed" => self.passed += count,
                        "failed" => failed += count,
                        "ignored" if count > 0 => self.skip("cargo test", &format!("{count} ignored")),
                        _ => {}
                    }
                }
            }
        }
        for line in output.lines().filter(|line| line.starts_with("test ") && line.ends_with("FAILED")) {
            self.fail("cargo test", line);
        }
        if !succeeded && failed == 0 {
            self.fail("cargo test", "did not build or did not run to its end; see above");
        }
    }

    /// Prints what failed and what was skipped in all parts, then the counts; true when the run is good.
    pub fn close(parts: &[Self]) -> bool {
        let passed: u64 = parts.iter().map(|part| part.passed).sum();
        let failures: Vec<&String> = parts.iter().flat_map(|part| &part.failures).collect();
        let skips: Vec<&String> = parts.iter().flat_map(|part| &part.skips).collect();
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        if !skips.is_empty() {
            println!("\nLEFT OUT on this machine:");
            skips.iter().for_each(|skip| println!("  {skip}"));
        }
        if !failures.is_empty() {
            println!("\nFAILED:");
            failures.iter().for_each(|failure| println!("  {failure}"));
        }
        let good = failures.is_empty() && (skips.is_empty() || !in_ci);
        if failures.is_empty() && !good {
            println!("\nA skip fails when CI=true.");
        }
        println!("\n{passed} passed, {} failed, {} skipped", failures.len(), skips.len());
        good
    }
}
