//! The main job, as a newcomer sees it: `demo` shows a table that changes, its topics hold what it shows.

use super::{Running, START_PATIENCE, binary};
use crate::process::captured;
use crate::report::Report;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Starts the demo, looks at its tables, reads its topics with the binary's own commands, stops it.
pub fn run(root: &Path, report: &mut Report) {
    let demo = match Running::start(root, "demo", &["demo"]) {
        Ok(demo) => demo,
        Err(why) => return report.fail("demo", &why),
    };
    let first = next_view(&demo);
    report.check("demo: the first table has rows", rows(&first) > 0, &first.to_string());
    let hits = |view: &Value| view["clicks_by_status"].to_string();
    let changes = (0..20).any(|_| hits(&next_view(&demo)) != hits(&first));
    report.check("demo: the table changes", changes, "20 tables were all the same");
    for (topic, field) in [("clickstream", "HTTP/1."), ("clicks-by-status", "bytes"), ("top-pages", "page")] {
        let records = consume(root, &demo.kafka, topic);
        let good = records.lines().count() == 3 && records.lines().all(|line| line.contains(field));
        report.check(&format!("demo: topic {topic} can be read"), good, &records);
    }
    report.check("demo: SIGTERM ends it cleanly", demo.server.terminate(), "exit code is not 0");
}

fn next_view(demo: &Running) -> Value {
    let line = demo.server.next_line(START_PATIENCE).unwrap_or_default();
    serde_json::from_str(&line).unwrap_or(Value::Null)
}

fn rows(view: &Value) -> usize {
    view["clicks_by_status"].as_array().map_or(0, Vec::len)
}

fn consume(root: &Path, kafka: &str, topic: &str) -> String {
    let Ok(binary) = binary(root) else { return String::new() };
    let mut command = Command::new(binary);
    command.args(["consume", topic, "--bootstrap-server", kafka, "--from-beginning", "--max-messages", "3"]);
    captured(command.args(["--timeout-ms", "20000"])).1
}
