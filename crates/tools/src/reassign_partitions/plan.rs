//! The JSON of a reassignment: which brokers are to hold which partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::failure::Failure;
use crate::partitions_file;

/// A directory that the broker chooses.
const ANY: &str = "any";

/// Brokers by topic and partition.
pub(super) type Plan = BTreeMap<(String, i32), Vec<i32>>;
/// Directories by topic, partition and broker.
pub(super) type Dirs = BTreeMap<(String, i32, i32), String>;

/// A plan, and the directories that it asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reassignment {
    pub(super) plan: Plan,
    pub(super) dirs: Dirs,
}

/// Reads `--reassignment-json-file`.
pub(super) fn read(path: &Path) -> Result<Reassignment, Failure> {
    parse(&partitions_file::read(path)?)
}

fn parse(file: &Value) -> Result<Reassignment, Failure> {
    let version = partitions_file::version(file);
    if version != 1 {
        return Err(Failure::new(format!("Not supported version field value {version}")));
    }
    let rows = partitions_file::rows(file)?;
    if rows.is_empty() {
        return Err(Failure::new("Partition reassignment list cannot be empty"));
    }
    if let Some(twice) = partitions_file::duplicates(&rows) {
        let message = format!("Partition reassignment contains duplicate topic partitions: {twice}");
        return Err(Failure::new(message));
    }
    let (mut plan, mut dirs) = (Plan::new(), Dirs::new());
    for row in rows {
        let name = format!("{}-{}", row.topic, row.partition);
        let brokers = brokers(&row.fields, &name)?;
        if let Some(wanted) = row.fields.get("log_dirs") {
            let wanted = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
            if wanted.len() != brokers.len() {
                let wanted: Vec<_> = wanted.iter().map(|dir| dir.as_str().unwrap_or(ANY)).collect();
                return Err(Failure::new(format!(
                    "Size of replicas list {brokers:?} is different from size of log dirs list [{}] for partition {name}",
                    wanted.join(", ")
                )));
            }
            for (broker, dir) in brokers.iter().zip(wanted) {
                let dir = dir.as_str().unwrap_or(ANY);
                if dir != ANY {
                    dirs.insert((row.topic.clone(), row.partition, *broker), dir.to_owned());
                }
            }
        }
        plan.insert((row.topic, row.partition), brokers);
    }
    Ok(Reassignment { plan, dirs })
}

fn brokers(fields: &Value, name: &str) -> Result<Vec<i32>, Failure> {
    let list = fields.get("replicas").and_then(Value::as_array);
    let id = |value: &Value| value.as_i64().and_then(|id| i32::try_from(id).ok());
    let brokers: Option<Vec<i32>> = list.and_then(|list| list.iter().map(id).collect());
    let brokers =
        brokers.ok_or_else(|| Failure::new(format!("\"replicas\" of {name} is no list of broker ids")))?;
    if brokers.is_empty() {
        return Err(Failure::new("Partition replica list cannot be empty"));
    }
    let mut seen = BTreeSet::new();
    match brokers.iter().find(|broker| !seen.insert(**broker)) {
        None => Ok(brokers),
        Some(twice) => Err(Failure::new(format!(
            "Partition replica lists may not contain duplicate entries: {name} contains multiple entries for {twice}"
        ))),
    }
}

/// The topics of `--topics-to-move-json-file`.
pub(super) fn topics(path: &Path) -> Result<Vec<String>, Failure> {
    let file = partitions_file::read(path)?;
    let list = file.get("topics").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let topic = |value: &Value| value.get("topic").and_then(Value::as_str).map(str::to_owned);
    let topics: Option<Vec<String>> = list.iter().map(topic).collect();
    let topics = topics.ok_or_else(|| Failure::new("each of \"topics\" is {\"topic\": \"NAME\"}"))?;
    if topics.is_empty() {
        return Err(Failure::new(format!("{}: \"topics\" names none", path.display())));
    }
    let mut seen = BTreeSet::new();
    match topics.iter().find(|topic| !seen.insert(topic.as_str())) {
        None => Ok(topics),
        Some(twice) => {
            Err(Failure::new(format!("List of topics to reassign contains duplicate entries: [{twice}]")))
        }
    }
}

/// A plan as one line of JSON, in the order of Kafka's command.
pub(super) fn to_json(plan: &Plan, dirs: &Dirs) -> String {
    let row = |((topic, partition), brokers): (&(String, i32), &Vec<i32>)| {
        let dir = |broker: &i32| {
            let dir = dirs.get(&(topic.clone(), *partition, *broker));
            Value::from(dir.map_or(ANY, String::as_str)).to_string()
        };
        let dirs: Vec<_> = brokers.iter().map(dir).collect();
        let brokers: Vec<_> = brokers.iter().map(i32::to_string).collect();
        format!(
            "{{\"topic\":{},\"partition\":{partition},\"replicas\":[{}],\"log_dirs\":[{}]}}",
            Value::from(topic.as_str()),
            brokers.join(","),
            dirs.join(",")
        )
    };
    let rows: Vec<_> = plan.iter().map(row).collect();
    format!("{{\"version\":1,\"partitions\":[{}]}}", rows.join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_is_read_and_written() {
        let text = r#"{"version":1,"partitions":[{"topic":"a","partition":0,"replicas":[1,2],"log_dirs":["/d","any"]}]}"#;
        let read = parse(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(read.plan[&("a".to_owned(), 0)], [1, 2]);
        assert_eq!(read.dirs.len(), 1);
        assert_eq!(to_json(&read.plan, &read.dirs), text);
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let row =
            |replicas: Value| json!({"partitions": [{"topic": "a", "partition": 0, "replicas": replicas}]});
        let table = [
            json!({"partitions": []}),
            json!({"version": 2, "partitions": []}),
            row(json!([])),
            row(json!([1, 1])),
            row(json!("1")),
            json!({"partitions": [{"topic": "a", "partition": 0, "replicas": [1], "log_dirs": []}]}),
        ];
        for wrong in table {
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }
}
