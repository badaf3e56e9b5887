//! Records as JSON, as Kafka's tools print them: names in camel case, bytes in base64, ids as text.
//!
//! It is for people and scripts that look into a log; nothing is read back from it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::error::DecodeError;
use crate::error_code::ErrorCode;
use crate::message::Message;
use crate::reader::Reader;
use crate::text::Str;
use crate::uuid::Uuid;
use crate::value::At;

/// A JSON value; the fields of an object stay in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// Fields with their names.
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    /// A field of an object.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Self> {
        let Self::Object(fields) = self else { return None };
        fields.iter_mut().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => quoted(text, f),
            Self::List(values) => {
                f.write_str("[")?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}\"{name}\":{value}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("}")
            }
        }
    }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for letter in text.chars() {
        match letter {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            control if control < ' ' => write!(f, "\\u{:04X}", u32::from(control))?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// What can be told as JSON, in the version of the message that it stands in.
pub trait ToJson {
    /// Tells it.
    fn to_json(&self, at: At) -> Json;
}

/// A message that can be told as JSON.
pub trait Describe: Message {
    /// The message's fields in this version.
    fn describe(&self, version: i16) -> Json;
}

impl<T: Message + ToJson> Describe for T {
    fn describe(&self, version: i16) -> Json {
        self.to_json(At { version, flexible: Self::is_flexible(version) })
    }
}

/// A record's key, which has one version.
pub(crate) fn key<T: Describe>(reader: &mut Reader) -> Result<Json, DecodeError> {
    Ok(T::decode(reader, 0)?.describe(0))
}

/// A record's value.
pub(crate) fn value<T: Describe>(reader: &mut Reader, version: i16) -> Result<Json, DecodeError> {
    Ok(T::decode(reader, version)?.describe(version))
}

macro_rules! integers {
    ($($type:ty)*) => {$(
        impl ToJson for $type {
            fn to_json(&self, _: At) -> Json {
                Json::Integer((*self).into())
            }
        }
    )*};
}

integers! { i8 i16 u16 i32 i64 }

impl ToJson for bool {
    fn to_json(&self, _: At) -> Json {
        Json::Bool(*self)
    }
}

impl ToJson for f64 {
    fn to_json(&self, _: At) -> Json {
        Json::Float(*self)
    }
}

impl ToJson for Str {
    fn to_json(&self, _: At) -> Json {
        Json::Text(self.as_str().to_owned())
    }
}

impl ToJson for Uuid {
    fn to_json(&self, _: At) -> Json {
        Json::Text(self.to_string())
    }
}

impl ToJson for Bytes {
    fn to_json(&self, _: At) -> Json {
        Json::Text(STANDARD.encode(self))
    }
}

impl ToJson for ErrorCode {
    fn to_json(&self, _: At) -> Json {
        Json::Integer(self.code().into())
    }
}

impl<T: ToJson> ToJson for Vec<T> {
    fn to_json(&self, at: At) -> Json {
        Json::List(self.iter().map(|value| value.to_json(at)).collect())
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn to_json(&self, at: At) -> Json {
        self.as_ref().map_or(Json::Null, |value| value.to_json(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coordinator_records::OffsetCommitValue;
    use crate::metadata::{MetadataRecord, PartitionChangeRecord};
    use crate::raft::KRaftVersionRecord;

    #[test]
    fn fields_are_those_of_the_version_by_kafkas_names() {
        let offset = OffsetCommitValue { offset: 7, metadata: "a\"\n\u{1}".into(), ..Default::default() };
        assert_eq!(
            offset.describe(3).to_string(),
            r#"{"offset":7,"leaderEpoch":-1,"metadata":"a\"\n\u0001","commitTimestamp":0}"#
        );
        assert_eq!(
            offset.describe(0).to_string(),
            r#"{"offset":7,"metadata":"a\"\n\u0001","commitTimestamp":0}"#
        );
        assert_eq!(
            KRaftVersionRecord::default().describe(0).to_string(),
            r#"{"version":0,"kRaftVersion":0}"#
        );
    }

    #[test]
    fn tagged_fields_are_left_out_where_they_say_nothing() {
        let change = PartitionChangeRecord { partition_id: 1, isr: Some(vec![1, 2]), ..Default::default() };
        let record = MetadataRecord::from(change);
        assert_eq!(record.type_name(), "PARTITION_CHANGE_RECORD");
        assert_eq!(
            record.to_json(0).to_string(),
            r#"{"partitionId":1,"topicId":"AAAAAAAAAAAAAAAAAAAAAA","isr":[1,2]}"#
        );
    }
}
