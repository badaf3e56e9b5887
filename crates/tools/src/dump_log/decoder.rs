//! How keys and values become text: plain, numbers, or the records of Kafka's own topics as JSON.

use bytes::Bytes;
use millstream_wire::consumer_protocol::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use millstream_wire::metadata::MetadataRecord;
use millstream_wire::records::Record;
use millstream_wire::{
    DecodeError, Describe, Json, Message, Reader, coordinator_records, transaction_records,
};

use crate::failure::Failure;

/// Which decoder is wanted.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// How values are read: StringDecoder, IntegerDecoder, LongDecoder
    #[arg(long, value_name = "CLASS", num_args = 0..=1, default_missing_value = "StringDecoder")]
    value_decoder_class: Option<String>,
    /// How keys are read
    #[arg(long, value_name = "CLASS", num_args = 0..=1, default_missing_value = "StringDecoder")]
    key_decoder_class: Option<String>,
    /// The file is of __consumer_offsets
    #[arg(long, group = "decoder")]
    offsets_decoder: bool,
    /// The file is of __cluster_metadata
    #[arg(long, group = "decoder")]
    cluster_metadata_decoder: bool,
    /// The file is of __transaction_state
    #[arg(long, group = "decoder")]
    transaction_log_decoder: bool,
    #[arg(long, hide = true, group = "decoder")]
    remote_log_metadata_decoder: bool,
    #[arg(long, hide = true, group = "decoder")]
    share_group_state_decoder: bool,
}

impl Flags {
    pub(super) fn decoder(&self) -> Result<Option<Decoder>, Failure> {
        if self.remote_log_metadata_decoder || self.share_group_state_decoder {
            return Err(Failure::with_way_out(
                "tiered storage and share groups keep no records here that could be decoded",
                "--print-data-log prints their bytes as text.",
            ));
        }
        if self.offsets_decoder {
            return Ok(Some(Decoder::Offsets));
        }
        if self.transaction_log_decoder {
            return Ok(Some(Decoder::Transactions));
        }
        if self.cluster_metadata_decoder {
            return Ok(Some(Decoder::Metadata));
        }
        let plain = |class: &Option<String>| Plain::named(class.as_deref().unwrap_or("StringDecoder"));
        let is_given = self.key_decoder_class.is_some() || self.value_decoder_class.is_some();
        let both = Decoder::Plain(plain(&self.key_decoder_class)?, plain(&self.value_decoder_class)?);
        Ok(is_given.then_some(both))
    }
}

/// How a key or a value becomes text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Plain {
    Text,
    Integer,
    Long,
}

impl Plain {
    fn named(class: &str) -> Result<Self, Failure> {
        match class.rsplit('.').next().unwrap_or(class) {
            "StringDecoder" => Ok(Self::Text),
            "IntegerDecoder" => Ok(Self::Integer),
            "LongDecoder" => Ok(Self::Long),
            _ => Err(Failure::with_way_out(
                format!("{class}: there is no Java here to run the class in"),
                "StringDecoder, IntegerDecoder and LongDecoder are there.",
            )),
        }
    }

    fn text(self, bytes: &Bytes) -> Result<String, Failure> {
        let short =
            |wanted: usize| Failure::new(format!("{} bytes are no number of {wanted} bytes", bytes.len()));
        Ok(match self {
            Self::Text => String::from_utf8_lossy(bytes).into_owned(),
            Self::Integer => i32::from_be_bytes(*bytes.first_chunk().ok_or_else(|| short(4))?).to_string(),
            Self::Long => i64::from_be_bytes(*bytes.first_chunk().ok_or_else(|| short(8))?).to_string(),
        })
    }
}

/// How records become text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decoder {
    /// Keys and values each by themselves.
    Plain(Plain, Plain),
    /// `__consumer_offsets`.
    Offsets,
    /// `__transaction_state`.
    Transactions,
    /// `__cluster_metadata`.
    Metadata,
}

impl Decoder {
    pub(super) const TEXT: Self = Self::Plain(Plain::Text, Plain::Text);

    /// The texts of key and value, as far as there are any.
    pub(super) fn decode(self, record: &Record) -> Result<(Option<String>, Option<String>), Failure> {
        match self {
            Self::Plain(key, value) => Ok((
                record.key.as_ref().map(|bytes| key.text(bytes)).transpose()?,
                record.value.as_ref().map(|bytes| value.text(bytes)).transpose()?,
            )),
            Self::Offsets => keyed(record, &OFFSETS),
            Self::Transactions => keyed(record, &TRANSACTIONS),
            Self::Metadata => {
                let told = metadata(record.value.clone().unwrap_or_default());
                let told =
                    told.unwrap_or_else(|error| format!("Error at {}, skipping. {error}", record.offset));
                Ok((None, Some(told)))
            }
        }
    }
}

fn metadata(value: Bytes) -> Result<String, String> {
    let text = |error: DecodeError| error.to_string();
    let mut reader = Reader::new(value.clone());
    let frame = reader.unsigned_varint().map_err(text)?;
    if frame != 1 {
        return Err(format!(
            "Could not deserialize metadata record due to unknown frame version {frame}(only frame version 1 is supported)"
        ));
    }
    let _type = reader.unsigned_varint().map_err(text)?;
    let version = reader.unsigned_varint().map_err(text)?;
    let record = MetadataRecord::decode(value).map_err(text)?;
    let body = record.to_json(i16::try_from(version).unwrap_or_default());
    Ok(format!("{{\"type\":\"{}\",\"version\":{version},\"data\":{body}}}", record.type_name()))
}

/// How the keys and values of a topic of Kafka's are told.
struct Family {
    key: fn(i16, &mut Reader) -> Option<Result<Json, DecodeError>>,
    value: fn(i16, i16, &mut Reader) -> Option<Result<Json, DecodeError>>,
}

const OFFSETS: Family =
    Family { key: coordinator_records::key_as_json, value: coordinator_records::value_as_json };
const TRANSACTIONS: Family =
    Family { key: transaction_records::key_as_json, value: transaction_records::value_as_json };

fn keyed(record: &Record, family: &Family) -> Result<(Option<String>, Option<String>), Failure> {
    let Some(key) = record.key.clone() else {
        return Err(Failure::new(format!(
            "Failed to decode message at offset {} using the specified decoder (message had a missing key)",
            record.offset
        )));
    };
    let error =
        |error: DecodeError| (Some(format!("Error at offset {}, skipping. {error}", record.offset)), None);
    Ok(coordinator_record(family, key, record.value.clone(), record.offset).unwrap_or_else(error))
}

fn coordinator_record(
    family: &Family,
    key: Bytes,
    value: Option<Bytes>,
    offset: i64,
) -> Result<(Option<String>, Option<String>), DecodeError> {
    let mut reader = Reader::new(key);
    let id = reader.i16()?;
    let Some(key) = (family.key)(id, &mut reader) else {
        return Ok((Some(format!("Unknown record type {id} at offset {offset}, skipping.")), None));
    };
    let key = format!("{{\"type\":\"{id}\",\"data\":{}}}", key?);
    let Some(value) = value else { return Ok((Some(key), Some("<DELETE>".into()))) };
    let mut reader = Reader::new(value);
    let version = reader.i16()?;
    let mut told = (family.value)(id, version, &mut reader).transpose()?;
    if let Some(told) = &mut told {
        tell_members(told);
    }
    let told = told.unwrap_or(Json::Null);
    Ok((Some(key), Some(format!("{{\"version\":\"{version}\",\"data\":{told}}}"))))
}

/// What the members of a group of consumers have told each other is bytes to the broker, and known here.
fn tell_members(group: &mut Json) {
    if group.get_mut("protocolType").is_none_or(|kind| *kind != Json::Text("consumer".into())) {
        return;
    }
    let Some(Json::List(members)) = group.get_mut("members") else { return };
    for member in members {
        tell::<ConsumerProtocolSubscription>(member, "subscription");
        tell::<ConsumerProtocolAssignment>(member, "assignment");
    }
}

/// Bytes that cannot be read stay as they are.
fn tell<T: Message + Describe>(member: &mut Json, field: &str) {
    let Some(place) = member.get_mut(field) else { return };
    let Json::Text(encoded) = place else { return };
    let Ok(bytes) = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded) else {
        return;
    };
    let mut reader = Reader::new(bytes);
    if let Ok(version) = reader.i16()
        && let Ok(told) = T::decode(&mut reader, version)
    {
        *place = told.describe(version);
    }
}
