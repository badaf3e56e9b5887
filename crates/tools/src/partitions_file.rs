//! The JSON files that name partitions: `{"partitions": [{"topic": "foo", "partition": 1, ...}], "version": 1}`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::bounded_file::read_text;
use crate::failure::Failure;

/// The longest file, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// A partition, and what else the file says about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The topic.
    pub(crate) topic: String,
    /// The partition.
    pub(crate) partition: i32,
    /// The whole object.
    pub(crate) fields: Value,
}

impl Row {
    /// A field that holds a whole number.
    pub(crate) fn integer(&self, name: &str) -> Result<i64, Failure> {
        integer(&self.fields, name)
    }
}

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Value, Failure> {
    let failed = |reason: String| Failure::new(format!("{}: {reason}", path.display()));
    let text = read_text(path, MAX_FILE).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| {
        Failure::with_way_out("The input string is not a valid JSON", format!("{}: {error}", path.display()))
    })
}

/// The partitions that it names, in its order.
pub(crate) fn rows(file: &Value) -> Result<Vec<Row>, Failure> {
    let list = file.get("partitions").ok_or_else(|| Failure::new("Missing partitions field"))?;
    let list = list.as_array().ok_or_else(|| Failure::new("\"partitions\" is no list"))?;
    let row = |fields: &Value| {
        let topic = fields.get("topic").and_then(Value::as_str);
        let topic =
            topic.ok_or_else(|| Failure::new(format!("No such field exists: `topic` in {fields}")))?;
        let partition = i32::try_from(integer(fields, "partition")?)
            .map_err(|_| Failure::new(format!("`partition` is too large in {fields}")))?;
        Ok(Row { topic: topic.to_owned(), partition, fields: fields.clone() })
    };
    list.iter().map(row).collect()
}

/// The partitions that are named more than once, as `topic-0,topic-1`; nothing if there are none.
pub(crate) fn duplicates(rows: &[Row]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<String> = rows
        .iter()
        .filter(|row| !seen.insert((&row.topic, row.partition)))
        .map(|row| format!("{}-{}", row.topic, row.partition))
        .collect();
    (!twice.is_empty()).then(|| twice.into_iter().collect::<Vec<_>>().join(","))
}

/// The file's version; 1 if it tells none.
pub(crate) fn version(file: &Value) -> i64 {
    file.get("version").map_or(1, |version| version.as_i64().unwrap_or(0))
}

fn integer(fields: &Value, name: &str) -> Result<i64, Failure> {
    let found = fields.get(name).and_then(Value::as_i64);
    found.ok_or_else(|| Failure::new(format!("No such field exists: `{name}`, a whole number, in {fields}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn partitions_are_read_and_what_is_wrong_is_named() {
        let file = json!({"partitions": [{"topic": "a", "partition": 1, "offset": 5}, {"topic": "a", "partition": 1}]});
        let found = rows(&file).unwrap();
        assert_eq!((found[0].topic.as_str(), found[0].partition), ("a", 1));
        assert_eq!(found[0].integer("offset").unwrap(), 5);
        assert!(found[1].integer("offset").is_err());
        assert_eq!(duplicates(&found).unwrap(), "a-1");
        assert_eq!(version(&file), 1);
        for wrong in [json!({}), json!({"partitions": 1}), json!({"partitions": [{"topic": 1}]})] {
            assert!(rows(&wrong).is_err(), "{wrong}");
        }
    }
}
