//! Writes the Rust types: structs with documentation, their defaults, and what kind of message they are.

use std::fmt::Write;

use super::schema::{Field, File, Kind, Message, Range, Struct, Type};

/// The struct and its `Default`.
pub(crate) fn definition(item: &Struct) -> String {
    let is_plain = item.fields.iter().all(|field| default_value(field).is_none());
    let mut code = String::new();
    let place = item.owner.as_ref().map_or("A message".into(), |owner| format!("Part of [`{owner}`]"));
    let _ = writeln!(code, "/// {place}, {}.", versions(item.versions));
    let default = if is_plain { "Default, " } else { "" };
    let _ = writeln!(code, "#[derive(Debug, Clone, {default}PartialEq)]\npub struct {} {{", item.name);
    for field in &item.fields {
        let _ = writeln!(code, "    /// {}", field_doc(field, item.versions));
        let _ = writeln!(code, "    pub {}: {},", identifier(&field.name), rust_type(field));
    }
    code.push_str("}\n\n");
    if !is_plain {
        let _ =
            writeln!(code, "impl Default for {} {{\n    fn default() -> Self {{\n        Self {{", item.name);
        for field in &item.fields {
            let value = default_value(field).unwrap_or_else(|| "Default::default()".into());
            let _ = writeln!(code, "            {}: {value},", identifier(&field.name));
        }
        code.push_str("        }\n    }\n}\n\n");
    }
    code
}

/// The traits of a message.
pub(crate) fn message(message: &Message, file: &File) -> String {
    let Message { name, versions, .. } = message;
    let flexible = message
        .flexible_from
        .map_or_else(|| "None".into(), |from| format!("Some({})", from.max(versions.low)));
    let (low, high) = (versions.low, versions.high);
    let mut code = format!(
        "impl crate::Message for {name} {{
    const NAME: &'static str = \"{name}\";
    const VERSIONS: crate::Versions = crate::Versions::new({low}, {high});
    const FLEXIBLE_FROM: Option<i16> = {flexible};
}}\n\n"
    );
    let response = file.messages.iter().find(|other| other.kind == Kind::Response);
    if let (Kind::Request, Some(response)) = (message.kind, response) {
        let api = name.trim_end_matches("Request");
        let response = &response.name;
        let _ = writeln!(
            code,
            "impl crate::Request for {name} {{
    const KEY: crate::ApiKey = crate::ApiKey::{api};
    type Response = {response};
}}\n"
        );
    }
    code
}

/// A field's name in Rust.
pub(crate) fn identifier(name: &str) -> String {
    if matches!(name, "type" | "match" | "ref") { format!("r#{name}") } else { name.to_owned() }
}

fn rust_type(field: &Field) -> String {
    let element = match &field.of {
        Type::Primitive(primitive) => primitive.rust,
        Type::Struct(name) => name,
    };
    let whole = if field.is_array { format!("Vec<{element}>") } else { element.to_owned() };
    if field.nullable.is_some() { format!("Option<{whole}>") } else { whole }
}

/// The default, where it is not what `Default` gives.
fn default_value(field: &Field) -> Option<String> {
    let is_records =
        matches!(&field.of, Type::Primitive(primitive) if primitive.schema.starts_with("record"));
    match field.default.as_deref() {
        None if field.nullable.is_some() && !is_records => Some("Some(Default::default())".into()),
        None | Some("null") => None,
        Some(value) => Some(value.to_owned()),
    }
}

fn field_doc(field: &Field, outer: Range) -> String {
    let mut doc = match field.versions.condition(outer) {
        None => "In all versions".to_owned(),
        Some(_) => format!("In {}", versions(field.versions)),
    };
    if let Some(nullable) = field.nullable {
        doc.push_str("; can be null");
        if nullable.condition(field.versions).is_some() {
            let _ = write!(doc, " in {}", versions(nullable));
        }
    }
    if let Some((tag, _)) = field.tag {
        let _ = write!(doc, "; tag {tag}");
    }
    if let Some(default) = &field.default {
        let _ = write!(doc, "; default {default}");
    }
    if field.is_ignorable {
        doc.push_str("; ignorable");
    }
    doc.push('.');
    doc
}

fn versions(range: Range) -> String {
    match range {
        Range { low, high: i16::MAX } => format!("versions {low} and up"),
        Range { low, high } if low == high => format!("version {low}"),
        Range { low, high } => format!("versions {low} to {high}"),
    }
}
