//! Which names a topic may have (Kafka's `Topic.validate`), and which topics are Kafka's own.

use thiserror::Error;

/// Longest topic name: with `-`, the partition and the deletion suffix it still fits into a file name.
const MAX_LENGTH: usize = 249;

/// Why a name cannot be a topic's. The texts are those that Kafka's tools show.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidTopicName {
    /// No name.
    #[error("Topic name is invalid: the empty string is not allowed")]
    Empty,
    /// A name that a file system keeps for itself.
    #[error("Topic name is invalid: '{0}' is not allowed")]
    Reserved(String),
    /// Longer than 249 characters.
    #[error("Topic name is invalid: the length of '{0}' is longer than the max allowed length 249")]
    TooLong(String),
    /// Other characters than letters, digits, `.`, `_` and `-`.
    #[error(
        "Topic name is invalid: '{0}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
    )]
    Characters(String),
}

/// Checks a topic's name.
///
/// # Errors
/// Why the name is refused.
pub fn validate_topic_name(name: &str) -> Result<(), InvalidTopicName> {
    if name.is_empty() {
        return Err(InvalidTopicName::Empty);
    }
    if name == "." || name == ".." {
        return Err(InvalidTopicName::Reserved(name.to_owned()));
    }
    if name.chars().count() > MAX_LENGTH {
        return Err(InvalidTopicName::TooLong(name.to_owned()));
    }
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) {
        return Err(InvalidTopicName::Characters(name.to_owned()));
    }
    Ok(())
}

/// Whether the topic is one that Kafka keeps its own state in.
pub fn is_internal(name: &str) -> bool {
    matches!(name, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

/// The name under which two topics collide: metrics cannot tell `.` from `_`.
pub(crate) fn collision_name(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "a".repeat(250);
        let table = [
            ("clicks", None),
            ("a.b_c-D9", None),
            (&"a".repeat(249), None),
            ("", Some(InvalidTopicName::Empty)),
            (".", Some(InvalidTopicName::Reserved(".".into()))),
            ("..", Some(InvalidTopicName::Reserved("..".into()))),
            (&long, Some(InvalidTopicName::TooLong(long.clone()))),
            ("bad/name", Some(InvalidTopicName::Characters("bad/name".into()))),
            ("grün", Some(InvalidTopicName::Characters("grün".into()))),
        ];
        for (name, expected) in table {
            assert_eq!(validate_topic_name(name).err(), expected, "{name}");
        }
    }
}
