//! Spark's data types and Arrow's, and Spark's ways to write them: protobuf, DDL text, JSON, the tree of
//! `printSchema`.
//!
//! Inside, a type is always Arrow's. Many Arrow types stand for one Spark type (three kinds of strings, unsigned
//! numbers, timestamps of any unit); [`canonical`] picks the one that clients are sent.

mod canonical;
mod ddl;
mod from_proto;
mod json;
mod names;
mod nullable;
mod to_proto;
mod tree;

use arrow::datatypes::DataType;

pub(crate) use canonical::{canonical, canonical_schema};
pub(crate) use from_proto::{decimal_type, from_proto};
pub(crate) use names::to_ddl;
pub use names::type_name_in_sql;
pub(crate) use nullable::nullable;
pub(crate) use to_proto::{struct_to_proto, to_proto};
pub(crate) use tree::tree_string;

use crate::error::{Result, invalid_schema};

/// How deep a type may nest.
const MAX_DEPTH: usize = 64;
/// Characters of a schema's text.
const MAX_TEXT: usize = 1 << 20;

/// Reads a schema or type as programs write it: DDL (`a INT, b STRING`, `array<int>`) or Spark's JSON.
pub(crate) fn parse_schema(text: &str) -> Result<DataType> {
    if text.len() > MAX_TEXT {
        let start: String = text.chars().take(60).collect();
        return Err(invalid_schema(&start, &format!("the text is longer than {MAX_TEXT} bytes")));
    }
    let trimmed = text.trim_start();
    if trimmed.starts_with('{') || trimmed.starts_with('"') {
        return json::parse(text);
    }
    ddl::parse(text)
}
