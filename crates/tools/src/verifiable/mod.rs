//! `kafka-verifiable-producer` and `kafka-verifiable-consumer`: what happens to each record, as lines of JSON for a
//! program that checks it.

pub(crate) mod consumer;
pub(crate) mod producer;

use serde_json::Value;

use crate::clock::now_ms;

/// A line: when, what, and the fields in this order.
fn event(name: &str, fields: &[(&str, Value)]) -> String {
    let mut line = format!("{{\"timestamp\":{},\"name\":\"{name}\"", now_ms());
    for (name, value) in fields {
        line.push_str(&format!(",\"{name}\":{value}"));
    }
    line.push('}');
    line
}
