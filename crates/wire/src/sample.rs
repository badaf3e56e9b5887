//! Messages with something in every field, for tests and for the fuzz targets (the feature `sample`).
//!
//! Counted values follow a rule that a program in any language can follow: the n-th choice made while walking the
//! schema in its order gives a value made from n. Random values come from a seed.

use std::fmt::Debug;

use bytes::Bytes;

use crate::message::Message;
use crate::value::At;
use crate::{ErrorCode, RecordSet, Str, Uuid};

/// Where the values come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// The next number.
    Counted(u32),
    /// The state of a generator (splitmix64).
    Random(u64),
    /// What a client or a broker that has little to say sends.
    Terse(Terse),
}

/// A message in few words: what takes most memory for its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Terse {
    /// Elements of an array of the message itself.
    pub outer: u32,
    /// Elements of an array within an element.
    pub inner: u32,
    /// Bytes of each text.
    pub text: usize,
    /// Is what may be null within an element null?
    pub nulls: bool,
    /// How many arrays the place at hand is in.
    depth: u32,
}

impl Terse {
    /// One whose texts have this length.
    pub fn new(outer: u32, inner: u32, text: usize, nulls: bool) -> Self {
        Self { outer, inner, text, nulls, depth: 0 }
    }
}

/// A value for a test.
pub trait Sample {
    /// Makes the next one.
    fn sample(s: &mut Source, at: At) -> Self;
}

/// Something done with the type of every message.
pub trait Visitor {
    /// Does it with one.
    fn visit<M: Message + Sample + PartialEq + Debug>(&mut self);
}

/// Lets the visitor see every request and response.
pub fn visit_messages(visitor: &mut impl Visitor) {
    crate::messages::visit(visitor);
}

/// Lets the visitor see every record and blob, and the headers of frames.
pub fn visit_records(visitor: &mut impl Visitor) {
    crate::header::visit(visitor);
    crate::consumer_protocol::visit(visitor);
    crate::coordinator_records::visit(visitor);
    crate::metadata::visit(visitor);
    crate::raft::visit(visitor);
    crate::transaction_records::visit(visitor);
}

/// A message with something in every field that the version has.
pub fn sample<M: Message + Sample>(source: &mut Source, version: i16) -> M {
    M::sample(source, At { version, flexible: M::is_flexible(version) })
}

impl Source {
    fn next(&mut self) -> u32 {
        match self {
            Self::Counted(n) => {
                *n += 1;
                *n - 1
            }
            Self::Random(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                u32::try_from(z >> 32).unwrap_or_default()
            }
            Self::Terse(_) => 0,
        }
    }

    fn is_null(&mut self) -> bool {
        match self {
            Self::Terse(terse) => terse.nulls && terse.depth > 0,
            Self::Counted(_) | Self::Random(_) => self.next() % 5 == 4,
        }
    }

    pub(crate) fn value<T: Sample>(&mut self, at: At) -> T {
        T::sample(self, at)
    }

    pub(crate) fn nullable<T: Sample>(&mut self, can_be_null: bool, at: At) -> Option<T> {
        if can_be_null && self.is_null() { None } else { Some(T::sample(self, at)) }
    }
}

impl<T: Sample> Sample for Vec<T> {
    fn sample(s: &mut Source, at: At) -> Self {
        let count = match s {
            Source::Counted(_) => 2,
            Source::Random(_) => s.next() % 4,
            Source::Terse(terse) => {
                terse.depth += 1;
                if terse.depth == 1 { terse.outer } else { terse.inner }
            }
        };
        let values = (0..count).map(|_| T::sample(s, at)).collect();
        if let Source::Terse(terse) = s {
            terse.depth -= 1;
        }
        values
    }
}

macro_rules! samples {
    ($($type:ty, |$n:ident| $counted:expr;)*) => {$(
        impl Sample for $type {
            #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
            fn sample(s: &mut Source, _: At) -> Self {
                let $n = s.next();
                $counted
            }
        }
    )*};
}

samples! {
    bool, |n| n % 2 == 1;
    i8, |n| (n % 100 + 1) as i8;
    i16, |n| n.wrapping_add(1) as i16;
    u16, |n| n.wrapping_add(40_000) as u16;
    i32, |n| n.wrapping_mul(1000).wrapping_add(1) as i32;
    i64, |n| i64::from(n) * 1_000_003 + (1 << 33);
    f64, |n| f64::from(n) + 0.5;
    Uuid, |n| Uuid::from_bytes([(n % 255 + 1) as u8; 16]);
    ErrorCode, |n| ErrorCode::from_code(n.wrapping_add(1) as i16);
}

impl Sample for Str {
    fn sample(s: &mut Source, _: At) -> Self {
        match s {
            Source::Terse(terse) => "n".repeat(terse.text).into(),
            _ => format!("s{}", s.next()).into(),
        }
    }
}

impl Sample for Bytes {
    #[allow(clippy::cast_possible_truncation, reason = "any bits will do")]
    fn sample(s: &mut Source, _: At) -> Self {
        match s {
            Source::Terse(terse) => vec![0; terse.text].into(),
            _ => {
                let n = s.next();
                vec![n as u8; n as usize % 7 + 1].into()
            }
        }
    }
}

impl Sample for RecordSet {
    fn sample(s: &mut Source, at: At) -> Self {
        Bytes::sample(s, at).into()
    }
}
