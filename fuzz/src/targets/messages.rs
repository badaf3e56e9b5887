//! Any message of any schema in any version: what must hold when bytes are decoded as one.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::LazyLock;

use bytes::Bytes;
use millstream_wire::sample::{self, Sample, Source, Visitor};
use millstream_wire::{ApiKey, DecodeError, Message, Reader, Versions, Writer};

use crate::target::{Trial, ensure, scale, variant};

/// How many bytes follow a message, and its new bytes.
pub type Again = Result<(usize, Bytes), String>;

/// A message's schema, as functions.
pub struct Schema {
    /// Its name.
    pub name: &'static str,
    /// Its versions.
    pub versions: Versions,
    /// The first version with compact lengths and tags.
    pub flexible_from: Option<i16>,
    /// Decodes bytes that should hold it, and checks what must hold then.
    pub check: fn(&Bytes, i16, &mut Trial) -> Result<(), String>,
    /// Decodes bytes and encodes what they say.
    pub again: fn(&Bytes, i16) -> Again,
    /// A valid one made from a seed; a seed of 0 is the counted sample.
    pub sample: fn(u64, i16) -> Option<Bytes>,
}

struct Collect(Vec<Schema>);

impl Visitor for Collect {
    fn visit<M: Message + Sample + PartialEq + Debug>(&mut self) {
        self.0.push(Schema {
            name: M::NAME,
            versions: M::VERSIONS,
            flexible_from: M::FLEXIBLE_FROM,
            check: check::<M>,
            again: again::<M>,
            sample: sampled::<M>,
        });
    }
}

/// Requests and responses by API key: a request, then its response.
pub static APIS: LazyLock<BTreeMap<i16, (Schema, Schema)>> = LazyLock::new(|| {
    let mut all = Collect(Vec::new());
    sample::visit_messages(&mut all);
    let mut schemas = all.0.into_iter();
    let mut apis = BTreeMap::new();
    while let (Some(request), Some(response)) = (schemas.next(), schemas.next()) {
        let name = request.name.trim_end_matches("Request");
        let key =
            (0..=i16::from(u8::MAX)).find(|key| ApiKey::from_code(*key).is_some_and(|k| k.name() == name));
        if let Some(key) = key {
            apis.insert(key, (request, response));
        }
    }
    apis
});

/// Everything else: headers, records, the consumer protocol.
pub static RECORDS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    let mut all = Collect(Vec::new());
    sample::visit_records(&mut all);
    all.0
});

impl Schema {
    /// Is this version flexible?
    pub fn is_flexible(&self, version: i16) -> bool {
        self.flexible_from.is_some_and(|from| version >= from)
    }
}

fn sampled<M: Message + Sample>(seed: u64, version: i16) -> Option<Bytes> {
    let mut source = if seed == 0 { Source::Counted(0) } else { Source::Random(seed) };
    encode(&sample::sample::<M>(&mut source, version), version).ok()
}

fn again<M: Message>(bytes: &Bytes, version: i16) -> Result<(usize, Bytes), String> {
    let mut reader = Reader::new(bytes.clone());
    let message = M::decode(&mut reader, version).map_err(|error| format!("{error:?}"))?;
    Ok((reader.remaining(), encode(&message, version)?))
}

fn encode<M: Message>(message: &M, version: i16) -> Result<Bytes, String> {
    let mut writer = Writer::new();
    let encoded = message.encode(&mut writer, version);
    encoded.map_err(|error| format!("{} {version} decodes and cannot be encoded: {error}", M::NAME))?;
    Ok(writer.into_bytes())
}

/// What decodes is encoded to bytes that decode to an equal value, and these bytes are no longer than what was read.
fn check<M: Message + PartialEq + Debug>(
    bytes: &Bytes,
    version: i16,
    trial: &mut Trial,
) -> Result<(), String> {
    let name = M::NAME;
    let decoded = trial.bounded(name, bytes.len(), 0, || {
        let mut reader = Reader::new(bytes.clone());
        let message = M::decode(&mut reader, version)?;
        Ok::<_, DecodeError>((message, reader.position()))
    })?;
    let (message, read) = match decoded {
        Ok(decoded) => decoded,
        Err(error) => {
            trial.feature((name, version, variant(&error)));
            return Ok(());
        }
    };
    trial.feature((name, version, scale(read), read == bytes.len()));
    let again = encode(&message, version)?;
    ensure(again.len() <= read, || {
        format!("{name} {version}: {read} bytes were read, {} written", again.len())
    })?;
    let mut reader = Reader::new(again.clone());
    let second = M::decode(&mut reader, version)
        .and_then(|second| reader.finish().map(|()| second))
        .map_err(|error| format!("{name} {version}: what was encoded does not decode: {error}"))?;
    // A number that is none (NaN) is not equal to itself.
    #[expect(clippy::eq_op, reason = "asks whether a NaN is in it")]
    let comparable = message == message;
    ensure(!comparable || second == message, || {
        format!("{name} {version}: {message:?} was encoded and decoded to {second:?}")
    })?;
    ensure(encode(&second, version)? == again, || {
        format!("{name} {version}: encoded twice to different bytes")
    })
}
