//! `printSchema`: a schema as a tree of text.

use std::fmt::Write;

use arrow::datatypes::{DataType, Schema};

use super::canonical;
use super::names::{key_and_value, type_name};
use crate::error::Result;

/// The tree, `level` levels deep; all of it if none is given.
pub(crate) fn tree_string(schema: &Schema, level: Option<i32>) -> Result<String> {
    let depth =
        level.and_then(|level| usize::try_from(level).ok()).filter(|&level| level > 0).unwrap_or(usize::MAX);
    let mut out = String::from("root\n");
    for field in schema.fields() {
        let nullable = format!(" (nullable = {})", field.is_nullable());
        branch(&mut out, " |", field.name(), field.data_type(), &nullable, depth)?;
    }
    Ok(out)
}

fn branch(
    out: &mut String,
    indent: &str,
    name: &str,
    data_type: &DataType,
    note: &str,
    depth: usize,
) -> Result<()> {
    if depth == 0 {
        return Ok(());
    }
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{indent}-- {name}: {}{note}", type_name(data_type)?);
    let (indent, depth) = (format!("{indent}    |"), depth - 1);
    match canonical(data_type, "UTC")? {
        DataType::Struct(fields) => {
            for field in &fields {
                let nullable = format!(" (nullable = {})", field.is_nullable());
                branch(out, &indent, field.name(), field.data_type(), &nullable, depth)?;
            }
        }
        DataType::List(element) => {
            let note = format!(" (containsNull = {})", element.is_nullable());
            branch(out, &indent, "element", element.data_type(), &note, depth)?;
        }
        DataType::Map(entries, _) => {
            let (key, value) = key_and_value(&entries)?;
            branch(out, &indent, "key", key.data_type(), "", depth)?;
            let note = format!(" (valueContainsNull = {})", value.is_nullable());
            branch(out, &indent, "value", value.data_type(), &note, depth)?;
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::types::parse_schema;

    #[test]
    fn trees() {
        let DataType::Struct(fields) = parse_schema(
            "word STRING, count BIGINT NOT NULL, window STRUCT<start: TIMESTAMP, end: TIMESTAMP>, \
             list ARRAY<STRUCT<a: INT>>, tags MAP<STRING, DECIMAL(10,2)>",
        )
        .unwrap() else {
            panic!("not a struct")
        };
        let schema = Schema::new(fields);
        expect![[r"
            root
             |-- word: string (nullable = true)
             |-- count: long (nullable = false)
             |-- window: struct (nullable = true)
             |    |-- start: timestamp (nullable = true)
             |    |-- end: timestamp (nullable = true)
             |-- list: array (nullable = true)
             |    |-- element: struct (containsNull = true)
             |    |    |-- a: integer (nullable = true)
             |-- tags: map (nullable = true)
             |    |-- key: string
             |    |-- value: decimal(10,2) (valueContainsNull = true)
        "]]
        .assert_eq(&tree_string(&schema, None).unwrap());
        expect![[r"
            root
             |-- word: string (nullable = true)
             |-- count: long (nullable = false)
             |-- window: struct (nullable = true)
             |-- list: array (nullable = true)
             |-- tags: map (nullable = true)
        "]]
        .assert_eq(&tree_string(&schema, Some(1)).unwrap());
    }
}
