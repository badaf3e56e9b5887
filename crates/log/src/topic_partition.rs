//! A partition's name, as its directory has it: `TOPIC-NUMBER`.

use std::fmt;

/// A partition of a topic.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic's name, already checked to be a legal one.
    pub topic: String,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl TopicPartition {
    /// The partition of this topic and number.
    pub fn new(topic: impl Into<String>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }

    /// Reads a directory's name. `None` for anything that is not a live partition's, such as one that is being
    /// deleted.
    pub fn from_dir_name(name: &str) -> Option<Self> {
        let (topic, number) = name.rsplit_once('-')?;
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let partition = number.parse().ok().filter(|_| plain && !topic.is_empty())?;
        Some(Self::new(topic, partition))
    }

    /// The name of its directory while it waits to be removed; `unique` tells apart topics of the same name. A topic
    /// name that is too long for that is cut, as Kafka does.
    pub(crate) fn deleted_dir_name(&self, unique: &str) -> String {
        let rest = format!("-{}.{unique}-delete", self.partition);
        let topic: String = self.topic.chars().take(255_usize.saturating_sub(rest.len())).collect();
        topic + &rest
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_names() {
        let table = [
            ("clicks-0", Some(("clicks", 0))),
            ("__consumer_offsets-49", Some(("__consumer_offsets", 49))),
            ("a-b-7", Some(("a-b", 7))),
            ("a--7", Some(("a-", 7))),
            ("clicks", None),
            ("-0", None),
            ("clicks-", None),
            ("clicks-+1", None),
            ("clicks-99999999999", None),
            ("clicks-0.0123456789abcdef0123456789abcdef-delete", None),
        ];
        for (name, expected) in table {
            let found = TopicPartition::from_dir_name(name);
            assert_eq!(
                found,
                expected.map(|(topic, partition)| TopicPartition::new(topic, partition)),
                "{name}"
            );
        }
        let long = TopicPartition::new("t".repeat(249), 12).deleted_dir_name(&"0".repeat(32));
        assert_eq!(long.len(), 255);
        assert!(long.ends_with(&format!("t-12.{}-delete", "0".repeat(32))));
    }
}
