//! Writes how a struct is read and written: a `Value` implementation in terms of its fields' own.

use std::fmt::Write;

use super::schema::{Field, File, Range, Struct, Type};
use super::types::identifier;

/// `impl Value`, and `impl Nullable` where the struct can be null somewhere.
pub(crate) fn implementation(item: &Struct, file: &File) -> String {
    let mut code = format!(
        "impl crate::value::Value for {} {{\n    const MIN_SIZE: usize = {};\n\n",
        item.name,
        min_size(item, file)
    );
    read(item, &mut code);
    write(item, &mut code);
    code.push_str("}\n\n");
    if file.is_ever_null(&item.name) {
        nullable(&item.name, &mut code);
    }
    code
}

/// A field that is in its place by order, and where.
fn in_order(field: &Field) -> Option<Range> {
    match field.tag {
        Some((_, tagged)) if tagged.low > field.versions.low => {
            Some(Range { low: field.versions.low, high: tagged.low - 1 })
        }
        Some(_) => None,
        None => Some(field.versions),
    }
}

fn read(item: &Struct, code: &mut String) {
    code.push_str(
        "    #[allow(clippy::field_reassign_with_default)]\n    fn read(r: &mut crate::Reader, at: crate::value::At) -> Result<Self, crate::DecodeError> {\n",
    );
    let is_empty = item.fields.is_empty();
    let _ = writeln!(code, "        let {}it = Self::default();", if is_empty { "" } else { "mut " });
    for field in &item.fields {
        let Some(place) = in_order(field) else { continue };
        let statement = format!("it.{} = {};", identifier(&field.name), read_expression(field));
        guarded(&statement, place.condition(item.versions), code);
    }
    if item.flexible_from.is_some() {
        code.push_str("        if at.flexible {\n");
        let tagged: Vec<_> = item.fields.iter().filter_map(|field| Some((field.tag?.0, field))).collect();
        if tagged.is_empty() {
            code.push_str("            r.skip_tags()?;\n");
        } else {
            code.push_str("            r.tags(|tag, r| {\n                match tag {\n");
            for (tag, field) in tagged {
                let guard = field
                    .versions
                    .condition(item.versions)
                    .map_or_else(String::new, |condition| format!(" if {condition}"));
                let name = identifier(&field.name);
                let _ = writeln!(
                    code,
                    "                    {tag}{guard} => it.{name} = {},",
                    read_expression(field)
                );
                if !guard.is_empty() {
                    let error = "crate::DecodeError::Tags { at: r.position() }";
                    let _ = writeln!(code, "                    {tag} => return Err({error}),");
                }
            }
            code.push_str("                    _ => return Ok(false),\n                }\n");
            code.push_str("                Ok(true)\n            })?;\n");
        }
        code.push_str("        }\n");
    }
    code.push_str("        Ok(it)\n    }\n\n");
}

fn read_expression(field: &Field) -> String {
    let at = if field.is_rigid { "at.rigid()" } else { "at" };
    let plain = format!("crate::value::Value::read(r, {at})?");
    let nullable = format!("crate::value::Nullable::read_nullable(r, {at})?");
    match field.nullable {
        None => plain,
        Some(range) => match range.condition(field.versions) {
            None => nullable,
            Some(condition) => format!("if {condition} {{ {nullable} }} else {{ Some({plain}) }}"),
        },
    }
}

fn write(item: &Struct, code: &mut String) {
    code.push_str(
        "    fn write(&self, w: &mut crate::Writer, at: crate::value::At) -> Result<(), crate::EncodeError> {\n",
    );
    for field in &item.fields {
        let name = identifier(&field.name);
        let label = format!("\"{}.{}\"", item.name, field.name);
        if let Some(place) = in_order(field) {
            guarded(&write_statement(field, &label), place.condition(item.versions), code);
        }
        if !field.is_ignorable
            && let Some(absent) = field.versions.absence(item.versions)
        {
            let _ = writeln!(
                code,
                "        if {absent} && self.{name} != Self::default().{name} {{
            return Err(crate::EncodeError::Field {{ field: {label}, version: at.version }});
        }}"
            );
        }
    }
    if item.flexible_from.is_some() {
        write_tags(item, code);
    }
    code.push_str("        Ok(())\n    }\n");
}

fn write_tags(item: &Struct, code: &mut String) {
    let mut tagged: Vec<_> = item.fields.iter().filter_map(|field| Some((field.tag?, field))).collect();
    tagged.sort_by_key(|((tag, _), _)| *tag);
    code.push_str("        if at.flexible {\n");
    if tagged.is_empty() {
        code.push_str("            w.unsigned_varint(0);\n");
    } else {
        code.push_str("            let mut tags = crate::TagWriter::default();\n");
        code.push_str("            let unset = Self::default();\n");
        for ((tag, range), field) in tagged {
            let name = identifier(&field.name);
            let label = format!("\"{}.{}\"", item.name, field.name);
            let guard = range
                .condition(item.versions)
                .map_or_else(String::new, |condition| format!("{condition} && "));
            let _ = writeln!(code, "            if {guard}self.{name} != unset.{name} {{");
            let statement = write_statement(field, &label);
            let body = statement.strip_suffix("?;").unwrap_or(&statement);
            let _ = writeln!(code, "                tags.put({tag}, |w| {body})?;\n            }}");
        }
        code.push_str("            tags.finish(w);\n");
    }
    code.push_str("        }\n");
}

fn write_statement(field: &Field, label: &str) -> String {
    let name = identifier(&field.name);
    let at = if field.is_rigid { "at.rigid()" } else { "at" };
    let nullable = format!("crate::value::Nullable::write_nullable(self.{name}.as_ref(), w, {at})?;");
    match field.nullable {
        None => format!("crate::value::Value::write(&self.{name}, w, {at})?;"),
        Some(range) => match range.condition(field.versions) {
            None => nullable,
            Some(condition) => format!(
                "if {condition} {{ {nullable} }} else {{ \
                 crate::value::write_required(self.{name}.as_ref(), {label}, w, {at})?; }}"
            ),
        },
    }
}

fn guarded(statement: &str, condition: Option<String>, code: &mut String) {
    let _ = match condition {
        None => writeln!(code, "        {statement}"),
        Some(condition) => writeln!(code, "        if {condition} {{ {statement} }}"),
    };
}

fn nullable(name: &str, code: &mut String) {
    let _ = writeln!(
        code,
        "impl crate::value::Nullable for {name} {{
    fn read_nullable(r: &mut crate::Reader, at: crate::value::At) -> Result<Option<Self>, crate::DecodeError> {{
        crate::value::read_nullable_struct(r, at)
    }}

    fn write_nullable(
        value: Option<&Self>,
        w: &mut crate::Writer,
        at: crate::value::At,
    ) -> Result<(), crate::EncodeError> {{
        crate::value::write_nullable_struct(value, w, at)
    }}
}}\n"
    );
}

/// The fewest bytes the struct takes in any of its versions; at least 1, so that no count is free.
fn min_size(item: &Struct, file: &File) -> usize {
    let versions = item.versions.low..=item.versions.high;
    versions.map(|version| size_in(item, version, file)).min().unwrap_or_default().max(1)
}

fn size_in(item: &Struct, version: i16, file: &File) -> usize {
    let flexible = item.flexible_from.is_some_and(|from| version >= from);
    let fields =
        item.fields.iter().filter(|field| in_order(field).is_some_and(|place| place.contains(version))).map(
            |field| match &field.of {
                _ if field.is_array => {
                    if flexible {
                        1
                    } else {
                        4
                    }
                }
                Type::Primitive(primitive) if flexible => primitive.size.0,
                Type::Primitive(primitive) => primitive.size.1,
                Type::Struct(_) if field.nullable.is_some() => 1,
                Type::Struct(name) => file
                    .structs()
                    .iter()
                    .find(|inner| inner.name == *name)
                    .map_or(1, |inner| size_in(inner, version, file)),
            },
        );
    fields.sum::<usize>() + usize::from(flexible)
}
