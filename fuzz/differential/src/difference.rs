//! The permitted differences.
//!
//! | class | who | why it is permitted |
//! |---|---|---|
//! | text that is not UTF-8 | Kafka | Java puts U+FFFD in the place of what it cannot read; we refuse, as the field would not be what was sent |
//! | a length below -1 | Kafka | where null is allowed, Java takes any negative length for null, and a compact count of 2^32 - 1 is -2 to it; we take -1, which is all that anybody writes |
//! | a length below -1 in a record | kafka-protocol | it refuses the keys and values that Kafka and we take for null |
//! | a piece of a message at the end of a wrapper | Kafka | it leaves it out without looking at its format; we say that there is something |
//! | a tag whose size is wrong | Kafka | Java reads a tag that it knows without looking at its size; we read within it. A tag that came after 3.9 and that the version does not have is unknown to 3.9; 4.3 and we refuse it |
//! | another form of the same value | all | tags that are not known are kept, a default is written or left out: read again, it is the same |
//! | read, and not to be written again | all | the decoder reads a value that its own encoder refuses in this version |
//! | a header that no writer writes | Kafka | a negative count of records or last offset; Kafka takes the batch for an empty one |
//! | damage that Kafka does not look at | Kafka | a batch that says it has no records is not decompressed, whatever codec it names, bytes behind the last record are not read, a match of distance 0 is copied; we look at all of it |
//! | bytes in a record that Kafka does not look at | Kafka | an old message that is longer than its fields |
//! | a part of a batch at the end | kafka-protocol | a fetch may end within a batch; Kafka's consumers and ours leave it out |
//! | an impossible length in the last 16 bytes | Kafka | too few bytes to see a format: to us the part of a batch, to Kafka damage |
//! | a window before the data | Kafka | zlib refuses a match that begins before the data; the checksum behind the data, which fits, says that it is right |
//! | out of memory | Kafka | it reserves what a length inside the batch says |
//! | snappy in another framing | kafka-protocol | it takes a frame of another version for a bare block |
//! | an overflow in Kafka's reader | Kafka | a length within 12 of 2^31 becomes a negative one there; to us it is the part of a batch |
//! | a key of a header that is not UTF-8 | all | Kafka's broker keeps such a record, and so do we, as it is; its reader puts U+FFFD in, and `kafka-protocol` refuses it |
//! | a struct that may be null | kafka-protocol | of the byte in front of it, it takes only 1 for a struct; Kafka and we take any that is not negative |
//! | headers and times of its own | kafka-protocol | it keeps one of several headers with the same key, and not the time of the append; offsets, keys and values are the same |

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::cases::{Case, Kind};
use crate::ours::{Verdict, put_bytes};
use crate::third;

/// How two answers differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Not at all.
    None,
    /// In a way that has a reason.
    Class(&'static str),
    /// Somebody is wrong.
    Unexplained,
}

/// Compares two answers.
pub fn between(case: &Case, who: &str, ours: &Verdict, theirs: &Verdict) -> Difference {
    if !case.is_message() {
        return records(case, ours, theirs, who.starts_with("Kafka"));
    }
    let class = messages(case, ours, theirs);
    match ours {
        Verdict::Accepted { canonical: Some(canonical), .. }
            if class == Difference::Unexplained
                && who == "kafka-protocol"
                && is_marker_of_its_own(case, canonical) =>
        {
            Difference::Class("a struct that may be null")
        }
        _ => class,
    }
}

fn messages(case: &Case, ours: &Verdict, theirs: &Verdict) -> Difference {
    match (ours, theirs) {
        (Verdict::Refused { .. }, Verdict::Refused { .. }) => Difference::None,
        (
            Verdict::Accepted { left, canonical: Some(canonical) },
            Verdict::Accepted { left: their_left, canonical: Some(theirs) },
        ) if left == their_left => {
            if canonical == theirs {
                Difference::None
            } else if ours_of(case, theirs).as_ref() == Some(canonical) {
                Difference::Class("another form of the same value")
            } else {
                Difference::Unexplained
            }
        }
        (Verdict::Accepted { left, .. }, Verdict::Accepted { left: their_left, canonical: None })
            if left == their_left =>
        {
            Difference::Class("read, and not to be written again")
        }
        (Verdict::Refused { reason, .. }, Verdict::Accepted { canonical, .. }) => {
            refused_by_us(case, reason, canonical.as_ref())
        }
        _ => Difference::Unexplained,
    }
}

/// Whether the message has a struct that may be null, and `kafka-protocol` reads the same from what we have written, in
/// which the byte in front of the struct is 1 or -1.
fn is_marker_of_its_own(case: &Case, canonical: &Bytes) -> bool {
    const CONSUMER_GROUP_HEARTBEAT: i16 = 68;
    const DESCRIBE_TOPIC_PARTITIONS: i16 = 75;
    let has_struct = matches!(
        (case.key, case.kind),
        (CONSUMER_GROUP_HEARTBEAT, Kind::Response) | (DESCRIBE_TOPIC_PARTITIONS, _)
    );
    let ours = Verdict::Accepted { left: 0, canonical: Some(canonical.clone()) };
    has_struct && third::message(&Case { bytes: canonical.clone(), ..case.clone() }) == ours
}

/// Why the first record that only the other decoder takes may be refused by us.
const STRICTER: [(&str, &str); 5] = [
    ("BadField", "a header that no writer writes"),
    ("Compression", "damage that Kafka does not look at"),
    ("BadRecord", "bytes in a record that Kafka does not look at"),
    ("UnknownCodec", "damage that Kafka does not look at"),
    ("RecordCount", "damage that Kafka does not look at"),
];

/// Why the first record that only we take may be refused by another.
const MORE_LENIENT: [(&str, &str); 10] = [
    ("Unexpected negative record key length", "a length below -1 in a record"),
    ("Unexpected negative record value length", "a length below -1 in a record"),
    ("Unexpected negative record header value length", "a length below -1 in a record"),
    ("Not enough bytes remaining", "a part of a batch at the end"),
    ("Unexpected negative batch size", "a part of a batch at the end"),
    ("newLimit < 0", "an overflow in Kafka's reader"),
    ("less than the minimum record overhead", "an impossible length in the last 16 bytes"),
    ("invalid distance too far back", "a window before the data"),
    ("OutOfMemoryError", "out of memory"),
    ("raw snappy bytes", "snappy in another framing"),
];

/// The records up to where a decoder stopped, and why.
fn told(verdict: &Verdict) -> Option<(&Bytes, Option<&str>)> {
    match verdict {
        Verdict::Refused { reason, good } => Some((good, Some(reason))),
        Verdict::Accepted { canonical, .. } => canonical.as_ref().map(|records| (records, None)),
        Verdict::Unknown => None,
    }
}

/// One decoder may stop earlier than the other, for a reason; the records before that are the same.
fn records(case: &Case, ours: &Verdict, theirs: &Verdict, is_kafkas: bool) -> Difference {
    let (Some((ours, our_reason)), Some((theirs, their_reason))) = (told(ours), told(theirs)) else {
        return Difference::Unexplained;
    };
    let as_told = records_told(case, (ours, our_reason), (theirs, their_reason), is_kafkas);
    let readable = readable_keys(ours);
    if as_told != Difference::Unexplained || readable == *ours {
        return as_told;
    }
    let is_refused = their_reason.is_some_and(|reason| reason.contains("utf-8"));
    let of_key = Difference::Class("a key of a header that is not UTF-8");
    match records_told(case, (&readable, our_reason), (&readable_keys(theirs), their_reason), is_kafkas) {
        Difference::None => of_key,
        Difference::Unexplained if !is_kafkas && is_refused => of_key,
        other => other,
    }
}

/// The same, with the records up to where each stopped and why.
fn records_told(
    case: &Case,
    (ours, our_reason): (&Bytes, Option<&str>),
    (theirs, their_reason): (&Bytes, Option<&str>),
    is_kafkas: bool,
) -> Difference {
    if ours == theirs && our_reason.is_some() == their_reason.is_some() {
        return Difference::None;
    }
    let class = |reason: Option<&str>, classes: &[(&str, &'static str)]| {
        let found = classes.iter().find(|(part, _)| reason.is_some_and(|reason| reason.contains(part)));
        found.map_or(Difference::Unexplained, |(_, class)| Difference::Class(class))
    };
    let is_old = case.bytes.get(16).is_some_and(|magic| *magic < 2);
    let left_out = our_reason.is_some_and(|reason| reason.starts_with("BadMagic")) && their_reason.is_none();
    if is_kafkas && is_old && left_out && theirs.starts_with(ours) {
        return Difference::Class("a piece of a message at the end of a wrapper");
    }
    let stricter =
        if theirs.starts_with(ours) { class(our_reason, &STRICTER) } else { Difference::Unexplained };
    let lenient =
        if ours.starts_with(theirs) { class(their_reason, &MORE_LENIENT) } else { Difference::Unexplained };
    match (stricter, lenient) {
        (Difference::Unexplained, Difference::Unexplained)
            if !is_kafkas && our_reason.is_none() && their_reason.is_none() && are_alike(ours, theirs) =>
        {
            Difference::Class("headers and times of its own")
        }
        (Difference::Unexplained, lenient) => lenient,
        (stricter, _) => stricter,
    }
}

/// A record as [`crate::ours::put`] writes it.
#[derive(PartialEq)]
struct Told<'a> {
    offset: i64,
    key: Option<&'a [u8]>,
    value: Option<&'a [u8]>,
    headers: BTreeMap<&'a [u8], Option<&'a [u8]>>,
}

/// The same offsets, keys, values, and the same last header of each key.
fn are_alike(mut ours: &[u8], mut theirs: &[u8]) -> bool {
    while !ours.is_empty() && !theirs.is_empty() {
        let (our, their) = (take_record(&mut ours), take_record(&mut theirs));
        if our.is_none() || our != their {
            return false;
        }
    }
    ours.is_empty() && theirs.is_empty()
}

fn take_record<'a>(bytes: &mut &'a [u8]) -> Option<Told<'a>> {
    let offset = i64::from_be_bytes(*bytes.split_off(..8)?.first_chunk()?);
    bytes.split_off(..8)?;
    let (key, value) = (take_bytes(bytes)?, take_bytes(bytes)?);
    let count = u32::from_be_bytes(*bytes.split_off(..4)?.first_chunk()?);
    let mut headers = BTreeMap::new();
    for _ in 0..count {
        headers.insert(take_bytes(bytes)??, take_bytes(bytes)?);
    }
    Some(Told { offset, key, value, headers })
}

/// A length and bytes; -1 for none.
fn take_bytes<'a>(bytes: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let length = i32::from_be_bytes(*bytes.split_off(..4)?.first_chunk()?);
    match usize::try_from(length) {
        Ok(length) => bytes.split_off(..length).map(Some),
        Err(_) => Some(None),
    }
}

/// The records with U+FFFD in the keys of headers where they are not UTF-8. Java puts one for some bytes for which Rust
/// puts several, so any number is told as one.
fn readable_keys(records: &Bytes) -> Bytes {
    let mut out = Vec::new();
    let mut rest = records.as_ref();
    while !rest.is_empty() {
        // What is no record stays as it is, and differs.
        if put_readable(&mut rest, &mut out).is_none() {
            return records.clone();
        }
    }
    out.into()
}

fn put_readable(rest: &mut &[u8], out: &mut Vec<u8>) -> Option<()> {
    out.extend_from_slice(rest.split_off(..16)?);
    put_bytes(out, take_bytes(rest)?);
    put_bytes(out, take_bytes(rest)?);
    let count: [u8; 4] = *rest.split_off(..4)?.first_chunk()?;
    out.extend_from_slice(&count);
    for _ in 0..u32::from_be_bytes(count) {
        let mut key = String::new();
        for letter in String::from_utf8_lossy(take_bytes(rest)??).chars() {
            if letter != char::REPLACEMENT_CHARACTER || !key.ends_with(letter) {
                key.push(letter);
            }
        }
        put_bytes(out, Some(key.as_bytes()));
        put_bytes(out, take_bytes(rest)?);
    }
    Some(())
}

fn refused_by_us(case: &Case, reason: &str, theirs: Option<&Bytes>) -> Difference {
    let is_flexible = case.schema().is_some_and(|schema| schema.is_flexible(case.version));
    // What they make of it is a message to us as well.
    let is_readable = theirs.is_none_or(|theirs| ours_of(case, theirs).is_some());
    if reason.starts_with("Utf8") {
        Difference::Class("text that is not UTF-8")
    } else if reason.starts_with("Count")
        && ["count: -", "count: 4294967294,"].iter().any(|count| reason.contains(count))
    {
        Difference::Class("a length below -1")
    } else if is_flexible
        && is_readable
        && ["Truncated", "Tags", "Count"].iter().any(|kind| reason.starts_with(kind))
    {
        Difference::Class("a tag whose size is wrong")
    } else {
        Difference::Unexplained
    }
}

/// What we make of the bytes that another decoder wrote.
fn ours_of(case: &Case, bytes: &bytes::Bytes) -> Option<bytes::Bytes> {
    debug_assert_ne!(case.kind, Kind::Records);
    let (left, canonical) = (case.schema()?.again)(bytes, case.version).ok()?;
    (left == 0).then_some(canonical)
}
