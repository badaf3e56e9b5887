//! Offsets of partitions, as Spark writes them: `{"topic":{"0":4}}`, topics and partitions sorted.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::EngineError;
use crate::topics::TopicPartition;

/// An offset per partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PartitionOffsets(BTreeMap<TopicPartition, i64>);

impl FromIterator<(TopicPartition, i64)> for PartitionOffsets {
    fn from_iter<I: IntoIterator<Item = (TopicPartition, i64)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl IntoIterator for PartitionOffsets {
    type Item = (TopicPartition, i64);
    type IntoIter = std::collections::btree_map::IntoIter<TopicPartition, i64>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl PartitionOffsets {
    /// Reads the JSON text.
    ///
    /// # Errors
    /// It is something else.
    pub(crate) fn parse(text: &str) -> Result<Self, EngineError> {
        let topics: BTreeMap<String, BTreeMap<i32, i64>> = serde_json::from_str(text).map_err(|_| {
            EngineError::illegal_argument(format!(
                "Expected e.g. {{\"topicA\":{{\"0\":23,\"1\":-1}},\"topicB\":{{\"0\":-2}}}}, got {text}"
            ))
        })?;
        let mut offsets = BTreeMap::new();
        for (topic, partitions) in topics {
            let topic: Arc<str> = Arc::from(topic);
            for (partition, offset) in partitions {
                offsets.insert(TopicPartition { topic: Arc::clone(&topic), partition }, offset);
            }
        }
        Ok(Self(offsets))
    }

    /// Reads what a checkpoint has.
    ///
    /// # Errors
    /// It is that of another source.
    pub(super) fn kept(text: &str) -> Result<Self, EngineError> {
        Self::parse(text).map_err(|_| EngineError::other_source("Kafka", text))
    }

    /// The JSON text.
    pub(crate) fn json(&self) -> String {
        let mut topics: BTreeMap<&str, BTreeMap<i32, i64>> = BTreeMap::new();
        for (partition, offset) in &self.0 {
            topics.entry(&partition.topic).or_default().insert(partition.partition, *offset);
        }
        serde_json::to_string(&topics).unwrap_or_default()
    }

    /// The offset of a partition.
    pub(crate) fn get(&self, partition: &TopicPartition) -> Option<i64> {
        self.0.get(partition).copied()
    }

    /// The partitions, sorted.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = &TopicPartition> {
        self.0.keys()
    }

    /// These offsets, of the partitions that `limit` has, and not beyond it.
    pub(crate) fn at_most(&self, limit: &Self) -> Self {
        let within = self.0.iter().filter_map(|(partition, offset)| {
            Some((partition.clone(), (*offset).min(limit.get(partition)?)))
        });
        within.collect()
    }

    /// These offsets, none before its start; partitions that are gone keep their start.
    pub(crate) fn never_before(&self, start: &Self) -> Self {
        let mut offsets = self.0.clone();
        for (partition, from) in &start.0 {
            let offset = offsets.entry(partition.clone()).or_insert(*from);
            *offset = (*offset).max(*from);
        }
        Self(offsets)
    }

    /// The given start with -2 as earliest and -1 as latest; exactly the partitions that there are must be given.
    ///
    /// # Errors
    /// A partition is missing or too many.
    pub(super) fn resolve(
        &self,
        partitions: &[TopicPartition],
        earliest: &Self,
        latest: &Self,
    ) -> Result<Self, EngineError> {
        if partitions.len() != self.0.len() || !partitions.iter().all(|p| self.0.contains_key(p)) {
            let name = |p: &TopicPartition| format!("{}-{}", p.topic, p.partition);
            let assigned: Vec<_> = partitions.iter().map(name).collect();
            let given: Vec<_> = self.0.keys().map(name).collect();
            return Err(EngineError::execution(format!(
                "If startingOffsets contains specific offsets, you must specify all TopicPartitions.\nUse -1 for \
                 latest, -2 for earliest.\nSpecified: Set({}) Assigned: Set({})",
                given.join(", "),
                assigned.join(", ")
            )));
        }
        Ok(self
            .0
            .iter()
            .map(|(partition, offset)| {
                let resolved = match offset {
                    -2 => earliest.get(partition).unwrap_or(0),
                    -1 => latest.get(partition).unwrap_or(0),
                    given => *given,
                };
                (partition.clone(), resolved)
            })
            .collect())
    }

    /// How far these offsets are behind the newest, as Spark's source metrics say it.
    #[expect(clippy::cast_precision_loss, reason = "a mean for people to read")]
    pub(super) fn behind(&self, newest: &Self) -> BTreeMap<String, String> {
        let lags: Vec<i64> = newest
            .0
            .iter()
            .map(|(partition, newest)| newest - self.get(partition).unwrap_or(*newest))
            .collect();
        let (Some(least), Some(most)) = (lags.iter().min(), lags.iter().max()) else {
            return BTreeMap::new();
        };
        let mean = lags.iter().map(|lag| *lag as f64).sum::<f64>() / lags.len() as f64;
        BTreeMap::from([
            ("minOffsetsBehindLatest".to_owned(), least.to_string()),
            ("maxOffsetsBehindLatest".to_owned(), most.to_string()),
            ("avgOffsetsBehindLatest".to_owned(), format!("{mean:?}")),
        ])
    }
}

/// The end of a batch of at most `limit` offsets, shared out by how much each partition has (Spark's rule: at least one
/// from each that has any).
pub(super) fn within_limit(start: &PartitionOffsets, end: &PartitionOffsets, limit: i64) -> PartitionOffsets {
    let size = |partition: &TopicPartition, to: i64| (to - start.get(partition).unwrap_or(to)).max(0);
    let total: i128 = end.0.iter().map(|(partition, to)| i128::from(size(partition, *to))).sum();
    if total <= i128::from(limit) {
        return end.clone();
    }
    end.0
        .iter()
        .map(|(partition, to)| {
            let size = size(partition, *to);
            let share = i128::from(limit) * i128::from(size) / total;
            let share = if share == 0 && size > 0 { 1 } else { i64::try_from(share).unwrap_or(size) };
            (partition.clone(), (to - size).saturating_add(share).min(*to))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> PartitionOffsets {
        PartitionOffsets::parse(text).unwrap()
    }

    #[test]
    fn limits_are_shared_by_size() {
        let cases = [
            (r#"{"t":{"0":0,"1":0}}"#, r#"{"t":{"0":10,"1":30}}"#, 20, r#"{"t":{"0":5,"1":15}}"#),
            (r#"{"t":{"0":0,"1":0}}"#, r#"{"t":{"0":1,"1":100}}"#, 2, r#"{"t":{"0":1,"1":1}}"#),
            (r#"{"t":{"0":5}}"#, r#"{"t":{"0":8}}"#, 100, r#"{"t":{"0":8}}"#),
            (r#"{"t":{"0":8}}"#, r#"{"t":{"0":8}}"#, 1, r#"{"t":{"0":8}}"#),
        ];
        for (start, end, limit, expected) in cases {
            assert_eq!(within_limit(&parse(start), &parse(end), limit).json(), expected);
        }
    }

    #[test]
    fn bad_offsets_are_refused() {
        for text in ["", "5", "[]", r#"{"t":5}"#, r#"{"t":{"x":1}}"#] {
            assert!(PartitionOffsets::parse(text).is_err(), "{text}");
        }
    }
}
