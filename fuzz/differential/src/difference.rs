//! The permitted differences.
//!
//! | class | who | why it is permitted |
//! |---|---|---|
//! | text that is not UTF-8 | Kafka | Java puts U+FFFD in the place of what it cannot read; we refuse, as the field would not be what was sent |
//! | a length below -1 | Kafka | where null is allowed, Java takes any negative length for null; we take -1, which is all that anybody writes |
//! | another form of the same value | all | tags that are not known are kept, a default is written or left out: read again, it is the same |

use crate::cases::{Case, Kind};
use crate::ours::Verdict;

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
pub fn between(case: &Case, ours: &Verdict, theirs: &Verdict) -> Difference {
    match (ours, theirs) {
        (Verdict::Refused { good, .. }, Verdict::Refused { good: their_good, .. }) => {
            if case.is_message() || good == their_good { Difference::None } else { Difference::Unexplained }
        }
        (
            Verdict::Accepted { left, canonical: Some(canonical) },
            Verdict::Accepted { left: their_left, canonical: Some(theirs) },
        ) if left == their_left => {
            if canonical == theirs {
                Difference::None
            } else if case.is_message() && ours_of(case, theirs).as_ref() == Some(canonical) {
                Difference::Class("another form of the same value")
            } else {
                Difference::Unexplained
            }
        }
        (Verdict::Refused { reason, .. }, Verdict::Accepted { .. }) => refused_by_us(reason),
        _ => Difference::Unexplained,
    }
}

fn refused_by_us(reason: &str) -> Difference {
    if reason.starts_with("Utf8") {
        Difference::Class("text that is not UTF-8")
    } else if reason.starts_with("Count") && reason.contains("count: -") {
        Difference::Class("a length below -1")
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
