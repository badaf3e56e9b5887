//! The cases: valid messages and batches made from a seed, and mutated ones.

use std::fmt;

use bytes::Bytes;
use millstream_fuzz::engine::{corpus::Corpus, mutate};
use millstream_fuzz::random::Random;
use millstream_fuzz::targets::messages::{APIS, Schema};
use millstream_fuzz::targets::{batches, checksums, message_sets};
use millstream_wire::ApiKey;
use millstream_wire::records::{Codec, TimestampType};

/// Mutated bytes are not longer than this.
const LONGEST: usize = 2048;

/// What the bytes are meant to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request without its header.
    Request,
    /// A response without its header.
    Response,
    /// Batches and message sets.
    Records,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Request, Self::Response, Self::Records];

    /// The number that stands for it.
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// Bytes, and what they are meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What.
    pub kind: Kind,
    /// API key.
    pub key: i16,
    /// Version.
    pub version: i16,
    /// The bytes.
    pub bytes: Bytes,
}

impl Case {
    /// No records?
    pub fn is_message(&self) -> bool {
        self.kind != Kind::Records
    }

    /// Our schema of the message.
    pub fn schema(&self) -> Option<&'static Schema> {
        let (request, response) = APIS.get(&self.key)?;
        Some(if self.kind == Kind::Request { request } else { response })
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = ApiKey::from_code(self.key).map_or("?", ApiKey::name);
        match self.kind {
            Kind::Records => write!(f, "records:")?,
            kind => write!(f, "{name} {kind:?} version {}:", self.version)?,
        }
        self.bytes.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
    }
}

/// The source of cases.
pub struct Cases {
    random: Random,
    corpus: Corpus,
    /// Every message in every version.
    messages: Vec<(Kind, i16, i16)>,
}

impl Cases {
    /// One that starts here.
    pub fn new(seed: u64) -> Self {
        let mut messages = Vec::new();
        for (key, (request, response)) in APIS.iter() {
            for (kind, schema) in [(Kind::Request, request), (Kind::Response, response)] {
                messages.extend(schema.versions.iter().map(|version| (kind, *key, version)));
            }
        }
        let mut cases = Self { random: Random::new(seed), corpus: Corpus::default(), messages };
        cases.fill();
        cases
    }

    /// What mutations begin with: each message twice, each format of records with each codec.
    fn fill(&mut self) {
        let mut number = 0;
        let mut add = |corpus: &mut Corpus, input: Vec<u8>| {
            number += 1;
            corpus.offer(input, &[number]);
        };
        for (kind, key, version) in self.messages.clone() {
            for seed in [0, 1] {
                let bytes = sample(kind, key, version, seed);
                add(&mut self.corpus, packed(kind, key, version, &bytes));
            }
        }
        // As many as there are messages would be too few for three formats and five codecs.
        for _ in 0..20 {
            for codec in Codec::ALL {
                let batch = batches::sample(codec).finish().unwrap_or_default();
                add(&mut self.corpus, packed(Kind::Records, 0, 2, &batch));
                for magic in [0, 1] {
                    let set = message_sets::sample(magic, codec, TimestampType::CreateTime);
                    add(&mut self.corpus, packed(Kind::Records, 0, 1, &set));
                }
            }
        }
        self.corpus.end_of_seeds();
    }

    /// The next case: a third are valid.
    pub fn next(&mut self) -> Case {
        if self.random.one_in(3) {
            let at = self.random.below(self.messages.len());
            let (kind, key, version) = self.messages.get(at).copied().unwrap_or((Kind::Request, 0, 0));
            let bytes = sample(kind, key, version, self.random.next() | 1);
            return Case { kind, key, version, bytes };
        }
        loop {
            let input = mutate::next(&self.corpus, &mut self.random, LONGEST);
            if let Some(case) = unpacked(&input) {
                return case;
            }
        }
    }
}

fn sample(kind: Kind, key: i16, version: i16, seed: u64) -> Bytes {
    let case = Case { kind, key, version, bytes: Bytes::new() };
    case.schema().and_then(|schema| (schema.sample)(seed, version)).unwrap_or_default()
}

fn packed(kind: Kind, key: i16, version: i16, bytes: &[u8]) -> Vec<u8> {
    [&[kind.number()], &key.to_be_bytes()[..], &version.to_be_bytes(), bytes].concat()
}

/// Reads what [`packed`] wrote, after it was changed. Of records the version says which checksums are put right;
/// nothing for a message that there is not.
fn unpacked(input: &[u8]) -> Option<Case> {
    let ([kind, k0, k1, v0, v1], bytes) = input.split_first_chunk()?;
    let kind = *Kind::ALL.get(usize::from(*kind))?;
    let (key, version) = (i16::from_be_bytes([*k0, *k1]), i16::from_be_bytes([*v0, *v1]));
    let mut bytes = bytes.to_vec();
    if kind == Kind::Records {
        match version {
            1 => checksums::repair_messages(&mut bytes),
            2 => checksums::repair_batches(&mut bytes),
            _ => {}
        }
    }
    let case = Case { kind, key, version, bytes: bytes.into() };
    let exists = case.schema().is_some_and(|schema| schema.versions.contains(version));
    (kind == Kind::Records || exists).then_some(case)
}
