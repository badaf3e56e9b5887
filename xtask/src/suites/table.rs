//! The table of suites: `tests/clients/suites/suites.json`.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A suite: where it comes from, how it is run, and what may fail for which reason.
#[derive(Debug, Default)]
pub struct Suite {
    /// What it is called on the command line.
    pub name: String,
    /// Its registry: `pip`, `cargo`, `go` or `maven`.
    pub from: String,
    /// Its package there.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// Python packages that its tests need.
    pub needs: Vec<String>,
    /// What it needs from Maven beside its package: `GROUP:NAME:VERSION`.
    pub artifacts: Vec<String>,
    /// The broker that it expects to be there; without it, it starts its own.
    pub broker: Option<Broker>,
    /// Its environment.
    pub env: BTreeMap<String, String>,
    /// What runs it, in its folder.
    pub command: Vec<String>,
    /// How its output is read: `pytest`, `cargo`, `go`, or `lines` for a program of `tests/clients`.
    pub results: String,
    /// Tests that fail, each with the reason. A name stands for the tests below it too.
    pub exceptions: BTreeMap<String, String>,
    /// Tests that the command leaves out, each with the reason.
    pub left_out: BTreeMap<String, String>,
}

/// A broker for a suite that does not start its own.
#[derive(Debug)]
pub struct Broker {
    /// The port that the suite insists on.
    pub port: u64,
    /// `KEY=VALUE` under Kafka's names.
    pub settings: Vec<String>,
}

/// All suites, in the order of the file.
pub fn read(root: &Path) -> Result<Vec<Suite>, String> {
    let path = root.join("tests/clients/suites/suites.json");
    let wrong = |why: String| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    let table: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(table.as_array().into_iter().flatten().map(suite).collect())
}

fn suite(row: &Value) -> Suite {
    let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let broker = &row["broker"];
    let broker = broker["port"].as_u64().map(|port| Broker { port, settings: words(&broker["settings"]) });
    Suite {
        name: word("name"),
        from: word("from"),
        package: word("package"),
        version: word("version"),
        needs: words(&row["needs"]),
        artifacts: words(&row["artifacts"]),
        broker,
        env: pairs(&row["env"]),
        command: words(&row["command"]),
        results: word("results"),
        exceptions: pairs(&row["exceptions"]),
        left_out: pairs(&row["left_out"]),
    }
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn pairs(object: &Value) -> BTreeMap<String, String> {
    let pairs = object.as_object().into_iter().flatten();
    pairs.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}
