//! `kafka-verifiable-producer` and `kafka-verifiable-consumer`: what happens to each record, as lines of JSON for a
//! program that checks it.

pub(crate) mod consumer;
pub(crate) mod producer;

use std::fmt::Display;

use crate::clock::now_ms;

/// A line: when, what, and the fields, which are JSON, in this order.
fn event(name: &str, fields: &[(&str, &dyn Display)]) -> String {
    let mut line = format!("{{\"timestamp\":{},\"name\":\"{name}\"", now_ms());
    for (name, value) in fields {
        line.push_str(&format!(",\"{name}\":{value}"));
    }
    line.push('}');
    line
}

/// An object with its fields, which are JSON, in this order; a library's map would sort them.
fn object(fields: &[(&str, &dyn Display)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}
