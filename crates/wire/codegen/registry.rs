//! Writes what knows all messages of a family: the modules and lists of APIs, the enum of records.

use std::fmt::Write;

use super::schema::{File, Kind, Message};

/// An API: a request and its response.
pub(crate) struct Api {
    module: String,
    name: String,
    key: i16,
    messages: Vec<String>,
    versions: (i16, i16),
    flexible_from: Option<i16>,
}

impl Api {
    /// The API of a file; the error says what the file lacks.
    pub(crate) fn of(module: &str, file: &File) -> Result<Self, String> {
        let [request, response] = file.messages.as_slice() else {
            return Err("a request and a response are wanted".into());
        };
        if (request.kind, response.kind) != (Kind::Request, Kind::Response) {
            return Err("a request comes first, then its response".into());
        }
        if request.versions != response.versions || request.flexible_from != response.flexible_from {
            return Err("the request and its response have different versions".into());
        }
        Ok(Self {
            module: module.to_owned(),
            name: request.name.trim_end_matches("Request").to_owned(),
            key: request.key.ok_or("a request has a key")?,
            messages: vec![request.name.clone(), response.name.clone()],
            versions: (request.versions.low, request.versions.high),
            flexible_from: request.flexible_from,
        })
    }

    /// The API's module around its types.
    pub(crate) fn module(&self, types: &str) -> String {
        let Self { module, name, key, versions: (low, high), .. } = self;
        format!("/// {name}: API key {key}, versions {low} to {high}.\npub mod {module} {{\n{types}}}\n\n")
    }
}

/// The lists of all APIs.
pub(crate) fn apis(apis: &[Api]) -> String {
    let (mut versions, mut flexible) = (String::new(), String::new());
    for Api { name, versions: (low, high), flexible_from, .. } in apis {
        let _ =
            writeln!(versions, "        crate::ApiKey::{name} => Some(crate::Versions::new({low}, {high})),");
        if let Some(from) = flexible_from {
            let _ = writeln!(flexible, "        crate::ApiKey::{name} => Some({from}),");
        }
    }
    let names = apis.iter().flat_map(|api| api.messages.iter().map(|name| format!("{}::{name}", api.module)));
    format!(
        "/// The versions of an API whose messages are known here.
pub const fn versions(api: crate::ApiKey) -> Option<crate::Versions> {{
    match api {{
{versions}        _ => None,
    }}
}}

/// The first flexible version of an API whose messages are known here.
pub const fn flexible_from(api: crate::ApiKey) -> Option<i16> {{
    match api {{
{flexible}        _ => None,
    }}
}}

{}",
        visit(names)
    )
}

/// A function for tests that calls a visitor for every message.
pub(crate) fn visit(names: impl Iterator<Item = String>) -> String {
    let mut code = String::from(
        "#[cfg(any(test, feature = \"sample\"))]\n#[allow(clippy::too_many_lines, reason = \"a line a message\")]\npub(crate) fn visit(visitor: &mut impl crate::sample::Visitor) {\n",
    );
    for name in names {
        let _ = writeln!(code, "    visitor.visit::<{name}>();");
    }
    code.push_str("}\n");
    code
}

/// An enum of all records of a file, by type.
pub(crate) fn record_enum(name: &str, family: &str, file: &File) -> String {
    let (mut variants, mut ids, mut reads, mut writes, mut froms) =
        (String::new(), String::new(), String::new(), String::new(), String::new());
    for Message { name: record, key, .. } in &file.messages {
        let variant = record.trim_end_matches("Record");
        let id = key.unwrap_or_default();
        let _ = writeln!(variants, "    /// Record type {id}.\n    {variant}({record}),");
        let _ = writeln!(ids, "            Self::{variant}(_) => {id},");
        let _ = writeln!(
            reads,
            "            {id} => crate::Message::decode(reader, version).map(Self::{variant}),"
        );
        let _ = writeln!(
            writes,
            "            Self::{variant}(record) => crate::Message::encode(record, writer, version),"
        );
        let _ = writeln!(
            froms,
            "impl From<{record}> for {name} {{\n    fn from(record: {record}) -> Self {{\n        Self::{variant}(record)\n    }}\n}}\n"
        );
    }
    format!(
        "/// Any record of the family.
#[derive(Debug, Clone, PartialEq)]
pub enum {name} {{
{variants}}}

impl {name} {{
    /// The number of the record's type.
    pub const fn id(&self) -> u32 {{
        match self {{
{ids}        }}
    }}

    fn decode_body(id: u32, version: i16, reader: &mut crate::Reader) -> Result<Self, crate::DecodeError> {{
        match id {{
{reads}            other => Err(crate::DecodeError::UnknownRecord {{ family: \"{family}\", id: other.into() }}),
        }}
    }}

    fn encode_body(&self, version: i16, writer: &mut crate::Writer) -> Result<(), crate::EncodeError> {{
        match self {{
{writes}        }}
    }}
}}

{froms}"
    )
}
