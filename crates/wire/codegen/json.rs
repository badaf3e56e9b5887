//! Writes how a struct is told as JSON, by Kafka's names and rules.

use std::fmt::Write;

use super::schema::{Field, File, Range, Struct};
use super::types::identifier;

/// `impl ToJson`: the fields of the version in order; a tagged one only if it differs from its default.
pub(crate) fn implementation(item: &Struct) -> String {
    let name = &item.name;
    let mut code = format!(
        "impl crate::json::ToJson for {name} {{
    fn to_json(&self, at: crate::value::At) -> crate::Json {{
        let _ = at;\n"
    );
    let has_tags = item.fields.iter().any(|field| field.tag.is_some());
    if has_tags {
        code.push_str("        let unset = Self::default();\n");
    }
    let present: String = item.fields.iter().map(|field| entry(item, field)).collect();
    let _ = write!(
        code,
        "        let fields: [Option<(&'static str, crate::Json)>; {}] = [\n{present}        ];
        crate::Json::Object(fields.into_iter().flatten().collect())\n    }}\n}}\n\n",
        item.fields.len()
    );
    code
}

/// A field's name and value, if it is there.
fn entry(item: &Struct, field: &Field) -> String {
    let name = identifier(&field.name);
    let tagged = field.tag.map(|(_, range): (u32, Range)| {
        let differs = format!("self.{name} != unset.{name}");
        match range.absence(field.versions) {
            None => differs,
            Some(untagged) => format!("({untagged} || {differs})"),
        }
    });
    let pair = format!("(\"{}\", crate::json::ToJson::to_json(&self.{name}, at))", camel_case(&field.name));
    let conditions: Vec<_> = field.versions.condition(item.versions).into_iter().chain(tagged).collect();
    match conditions.as_slice() {
        [] => format!("            Some({pair}),\n"),
        all => format!("            ({}).then(|| {pair}),\n", all.join(" && ")),
    }
}

/// Functions that tell the keys and the values of records as JSON: those whose messages are called `...Key` and
/// `...Value` and carry the number of their type.
pub(crate) fn keys_and_values(file: &File) -> String {
    let (mut keys, mut values) = (String::new(), String::new());
    for message in &file.messages {
        let Some(id) = message.key else { continue };
        let name = &message.name;
        if name.ends_with("Key") {
            let _ = writeln!(keys, "        {id} => crate::json::key::<{name}>(reader),");
        } else if name.ends_with("Value") {
            let _ = writeln!(values, "        {id} => crate::json::value::<{name}>(reader, version),");
        }
    }
    format!(
        "/// A record's key of this type as JSON; `None` for a type that is not known.
pub fn key_as_json(id: i16, reader: &mut crate::Reader) -> Option<Result<crate::Json, crate::DecodeError>> {{
    Some(match id {{
{keys}        _ => return None,
    }})
}}

/// A record's value as JSON, in this version, to a key of this type; `None` for a type that is not known.
pub fn value_as_json(
    id: i16,
    version: i16,
    reader: &mut crate::Reader,
) -> Option<Result<crate::Json, crate::DecodeError>> {{
    Some(match id {{
{values}        _ => return None,
    }})
}}\n\n"
    )
}

/// The name and the JSON of a record of an enum.
pub(crate) fn record_enum(name: &str, file: &File) -> String {
    let (mut names, mut bodies) = (String::new(), String::new());
    for message in &file.messages {
        let record = &message.name;
        let variant = record.trim_end_matches("Record");
        let _ = writeln!(names, "            Self::{variant}(_) => \"{}\",", screaming_case(record));
        let _ = writeln!(
            bodies,
            "            Self::{variant}(record) => crate::json::Describe::describe(record, version),"
        );
    }
    format!(
        "impl {name} {{
    /// Kafka's name of the record's type.
    pub const fn type_name(&self) -> &'static str {{
        match self {{
{names}        }}
    }}

    /// The record in this version as JSON.
    pub fn to_json(&self, version: i16) -> crate::Json {{
        match self {{
{bodies}        }}
    }}
}}\n\n"
    )
}

/// `isr_nodes` is `isrNodes`; KRaft keeps its capital.
fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default();
    let mut camel = if first == "kraft" { "kRaft".to_owned() } else { first.to_owned() };
    for word in words {
        let (head, tail) = word.split_at(1.min(word.len()));
        camel.push_str(&head.to_uppercase());
        camel.push_str(tail);
    }
    camel
}

/// `RegisterBrokerRecord` is `REGISTER_BROKER_RECORD`.
fn screaming_case(name: &str) -> String {
    let mut text = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}
