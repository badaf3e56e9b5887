//! What a schema file says.

/// The versions `low..=high`; `high` is `i16::MAX` where there is no end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: i16,
    pub(crate) high: i16,
}

impl Range {
    pub(crate) fn intersect(self, other: Self) -> Self {
        Self { low: self.low.max(other.low), high: self.high.min(other.high) }
    }

    pub(crate) fn contains(self, version: i16) -> bool {
        self.low <= version && version <= self.high
    }

    /// The Rust condition that `version` is in this range, given that it is in `outer`; `None` if it always is.
    pub(crate) fn condition(self, outer: Self) -> Option<String> {
        let starts = self.low <= outer.low;
        let ends = self.high >= outer.high;
        match (starts, ends) {
            (true, true) => None,
            (false, true) => Some(format!("at.version >= {}", self.low)),
            (true, false) if self.high == 0 => Some("at.version == 0".into()),
            (true, false) => Some(format!("at.version <= {}", self.high)),
            (false, false) if self.low == self.high => Some(format!("at.version == {}", self.low)),
            (false, false) => Some(format!("({}..={}).contains(&at.version)", self.low, self.high)),
        }
    }

    /// The Rust condition that `version`, which is in `outer`, is not in this range; `None` if it never is.
    pub(crate) fn absence(self, outer: Self) -> Option<String> {
        match (self.low <= outer.low, self.high >= outer.high) {
            (true, true) => None,
            (false, true) => Some(format!("at.version < {}", self.low)),
            (true, false) => Some(format!("at.version > {}", self.high)),
            (false, false) => Some(format!("!({}..={}).contains(&at.version)", self.low, self.high)),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Request,
    Response,
    Header,
    Data,
    Record,
}

#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) key: Option<i16>,
    pub(crate) versions: Range,
    pub(crate) flexible_from: Option<i16>,
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Type {
    Primitive(Primitive),
    Struct(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Primitive {
    pub(crate) schema: &'static str,
    pub(crate) rust: &'static str,
    /// The fewest bytes it takes, in flexible and in other versions.
    pub(crate) size: (usize, usize),
}

pub(crate) const PRIMITIVES: &[Primitive] = &[
    Primitive { schema: "bool", rust: "bool", size: (1, 1) },
    Primitive { schema: "int8", rust: "i8", size: (1, 1) },
    Primitive { schema: "int16", rust: "i16", size: (2, 2) },
    Primitive { schema: "uint16", rust: "u16", size: (2, 2) },
    Primitive { schema: "int32", rust: "i32", size: (4, 4) },
    Primitive { schema: "int64", rust: "i64", size: (8, 8) },
    Primitive { schema: "float64", rust: "f64", size: (8, 8) },
    Primitive { schema: "string", rust: "crate::Str", size: (1, 2) },
    Primitive { schema: "uuid", rust: "crate::Uuid", size: (16, 16) },
    Primitive { schema: "bytes", rust: "bytes::Bytes", size: (1, 4) },
    Primitive { schema: "records", rust: "bytes::Bytes", size: (1, 4) },
    Primitive { schema: "recordset", rust: "crate::RecordSet", size: (1, 4) },
    Primitive { schema: "error", rust: "crate::ErrorCode", size: (2, 2) },
];

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) of: Type,
    pub(crate) is_array: bool,
    /// Where the field is, within its struct's versions.
    pub(crate) versions: Range,
    /// Where it can be null, within its versions.
    pub(crate) nullable: Option<Range>,
    /// Its tag, and the versions in which it is tagged.
    pub(crate) tag: Option<(u32, Range)>,
    pub(crate) default: Option<String>,
    pub(crate) is_ignorable: bool,
    pub(crate) is_rigid: bool,
    /// The fields of a struct that is defined where it is used.
    pub(crate) fields: Vec<Field>,
}

/// A message's body, a struct inside it, or one that several fields share.
#[derive(Debug, Clone)]
pub(crate) struct Struct {
    pub(crate) name: String,
    /// The message it belongs to, unless it is the message.
    pub(crate) owner: Option<String>,
    pub(crate) versions: Range,
    pub(crate) flexible_from: Option<i16>,
    pub(crate) fields: Vec<Field>,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct File {
    pub(crate) messages: Vec<Message>,
    /// Structs that stand alone, after the message they belong to.
    pub(crate) shared: Vec<Struct>,
}

impl File {
    /// Every struct that needs a Rust type: bodies of messages, structs inside them, shared ones.
    pub(crate) fn structs(&self) -> Vec<Struct> {
        let mut all = Vec::new();
        for message in &self.messages {
            let body = Struct {
                name: message.name.clone(),
                owner: None,
                versions: message.versions,
                flexible_from: message.flexible_from,
                fields: message.fields.clone(),
            };
            collect(&body, &message.name, &mut all);
        }
        for shared in &self.shared {
            collect(shared, shared.owner.as_deref().unwrap_or_default(), &mut all);
        }
        all
    }

    /// Can a field somewhere in the file hold null instead of this struct?
    pub(crate) fn is_ever_null(&self, name: &str) -> bool {
        let of = Type::Struct(name.to_owned());
        self.structs()
            .iter()
            .flat_map(|item| &item.fields)
            .any(|field| field.of == of && !field.is_array && field.nullable.is_some())
    }
}

fn collect(item: &Struct, owner: &str, all: &mut Vec<Struct>) {
    all.push(item.clone());
    for field in &item.fields {
        if let Type::Struct(name) = &field.of
            && !field.fields.is_empty()
        {
            let inner = Struct {
                name: name.clone(),
                owner: Some(owner.to_owned()),
                versions: field.versions.intersect(item.versions),
                flexible_from: item.flexible_from,
                fields: field.fields.clone(),
            };
            collect(&inner, owner, all);
        }
    }
}
