//! Kafka's deserializers, by the names of their Java classes.

use crate::failure::Failure;

/// How bytes become text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deserializer {
    /// As they are: text, and bytes that are already what shall be printed.
    Bytes,
    Short,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Uuid,
    Void,
}

const CLASSES: [(&str, Deserializer); 12] = [
    ("StringDeserializer", Deserializer::Bytes),
    ("ByteArrayDeserializer", Deserializer::Bytes),
    ("ByteBufferDeserializer", Deserializer::Bytes),
    ("BytesDeserializer", Deserializer::Bytes),
    ("ShortDeserializer", Deserializer::Short),
    ("IntegerDeserializer", Deserializer::Integer),
    ("LongDeserializer", Deserializer::Long),
    ("FloatDeserializer", Deserializer::Float),
    ("DoubleDeserializer", Deserializer::Double),
    ("BooleanDeserializer", Deserializer::Boolean),
    ("UUIDDeserializer", Deserializer::Uuid),
    ("VoidDeserializer", Deserializer::Void),
];

impl Deserializer {
    /// The one of this class, with or without its package.
    pub(super) fn of_class(class: &str) -> Result<Self, Failure> {
        let name = class.strip_prefix("org.apache.kafka.common.serialization.").unwrap_or(class);
        let known = CLASSES.iter().find(|(known, _)| *known == name).map(|(_, deserializer)| *deserializer);
        known.ok_or_else(|| {
            let names = CLASSES.map(|(name, _)| name).join(", ");
            Failure::with_way_out(
                format!("{class}: Java classes cannot be run here"),
                format!("Of org.apache.kafka.common.serialization there are {names}."),
            )
        })
    }

    /// The text to print.
    pub(super) fn text(self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let text = match self {
            Self::Bytes => return Ok(bytes.to_vec()),
            Self::Short => i16::from_be_bytes(self.exactly(bytes)?).to_string(),
            Self::Integer => i32::from_be_bytes(self.exactly(bytes)?).to_string(),
            Self::Long => i64::from_be_bytes(self.exactly(bytes)?).to_string(),
            Self::Float => java_float(&f32::from_be_bytes(self.exactly(bytes)?)),
            Self::Double => java_float(&f64::from_be_bytes(self.exactly(bytes)?)),
            Self::Boolean => match self.exactly::<1>(bytes)? {
                [0] => "false".into(),
                [1] => "true".into(),
                [other] => return Err(format!("a BooleanDeserializer reads 0 or 1, the record has {other}")),
            },
            Self::Uuid => String::from_utf8_lossy(bytes).into_owned(),
            Self::Void => "null".into(),
        };
        Ok(text.into_bytes())
    }

    fn exactly<const N: usize>(self, bytes: &[u8]) -> Result<[u8; N], String> {
        bytes.try_into().map_err(|_| {
            format!(
                "a {self:?}Deserializer reads {N} bytes, the record has {} (is it text? StringDeserializer reads that)",
                bytes.len()
            )
        })
    }
}

/// Java writes a whole number as `1.0`, as Rust's debug format does.
fn java_float(number: &impl std::fmt::Debug) -> String {
    format!("{number:?}")
}
