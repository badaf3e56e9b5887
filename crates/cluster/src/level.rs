//! `metadata.version`: which release's records the metadata log holds.
//!
//! A cluster that was formatted for an older release writes that release's records, and nothing that they cannot hold:
//! so that the release can start on the directory. What a record cannot hold is taken away before the record is applied,
//! for the image must be what replaying the log gives.

use std::borrow::Cow;

use millstream_wire::metadata::MetadataRecord;

use crate::Image;
use crate::format::{MAX_METADATA_VERSION, METADATA_VERSION};

/// A level of `metadata.version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MetadataLevel(i16);

impl MetadataLevel {
    /// The newest.
    pub(crate) const NEWEST: Self = Self(MAX_METADATA_VERSION);
    /// 3.4-IV0: a registration tells whether the broker comes from ZooKeeper.
    const MIGRATION: Self = Self(8);
    /// 3.6-IV1: KIP-868.
    const TRANSACTIONS: Self = Self(13);
    /// 3.7-IV2: KIP-858.
    const DIRECTORIES: Self = Self(17);
    /// 4.0-IV1: KIP-966.
    const ELR: Self = Self(23);
    /// 4.3-IV0: KIP-1066.
    const CORDONED: Self = Self(30);

    /// The level of this number.
    pub(crate) fn new(level: i16) -> Self {
        Self(level)
    }

    /// The image's; of one that has none yet, the newest.
    pub(crate) fn of(image: &Image) -> Self {
        image.features().get(METADATA_VERSION).map_or(Self::NEWEST, |level| Self(*level))
    }

    /// The level that these records begin with.
    pub(crate) fn set_by(records: &[MetadataRecord]) -> Self {
        records.iter().fold(Self::NEWEST, Self::after)
    }

    /// The level behind this record.
    fn after(self, record: &MetadataRecord) -> Self {
        match record {
            MetadataRecord::FeatureLevel(feature) if feature.name == METADATA_VERSION => {
                Self(feature.feature_level)
            }
            _ => self,
        }
    }

    /// Are there transactions of metadata records?
    pub(crate) fn has_transactions(self) -> bool {
        self >= Self::TRANSACTIONS
    }

    /// Do records tell the directories of brokers and partitions?
    pub(crate) fn has_directories(self) -> bool {
        self >= Self::DIRECTORIES
    }

    /// Do records tell which directories are cordoned?
    pub(crate) fn has_cordoned(self) -> bool {
        self >= Self::CORDONED
    }

    /// The records with the version of each.
    pub(crate) fn versions(self, records: &[MetadataRecord]) -> impl Iterator<Item = (&MetadataRecord, i16)> {
        records.iter().scan(self, |level, record| {
            *level = level.after(record);
            Some((record, level.version(record)))
        })
    }

    /// The version that Kafka 4.3 writes a record in at this level.
    fn version(self, record: &MetadataRecord) -> i16 {
        match record {
            MetadataRecord::RegisterBroker(_) => match self {
                level if level >= Self::CORDONED => 4,
                level if level >= Self::DIRECTORIES => 3,
                level if level >= Self::MIGRATION => 2,
                _ => 1,
            },
            MetadataRecord::Partition(_) | MetadataRecord::PartitionChange(_) => match self {
                level if level >= Self::ELR => 2,
                level if level >= Self::DIRECTORIES => 1,
                _ => 0,
            },
            MetadataRecord::BrokerRegistrationChange(change) if change.cordoned_log_dirs.is_some() => 3,
            MetadataRecord::BrokerRegistrationChange(change) if !change.log_dirs.is_empty() => 2,
            MetadataRecord::BrokerRegistrationChange(change) if change.in_controlled_shutdown != 0 => 1,
            _ => 0,
        }
    }

    /// The records without what they cannot hold.
    pub(crate) fn fitted(self, records: &[MetadataRecord]) -> Cow<'_, [MetadataRecord]> {
        if self >= Self::CORDONED {
            return Cow::Borrowed(records);
        }
        let mut level = self;
        let fitted = records.iter().cloned().map(|mut record| {
            level = level.after(&record);
            level.fit(&mut record);
            record
        });
        Cow::Owned(fitted.collect())
    }

    fn fit(self, record: &mut MetadataRecord) {
        let (has_directories, has_elr, has_cordoned) =
            (self.has_directories(), self >= Self::ELR, self.has_cordoned());
        match record {
            MetadataRecord::RegisterBroker(broker) => {
                keep(has_directories, &mut broker.log_dirs);
                keep(has_cordoned, &mut broker.cordoned_log_dirs);
            }
            MetadataRecord::BrokerRegistrationChange(change) => {
                keep(has_directories, &mut change.log_dirs);
                keep(has_cordoned, &mut change.cordoned_log_dirs);
            }
            MetadataRecord::Partition(partition) => {
                keep(has_directories, &mut partition.directories);
                keep(has_elr, &mut partition.eligible_leader_replicas);
                keep(has_elr, &mut partition.last_known_elr);
            }
            MetadataRecord::PartitionChange(change) => {
                keep(has_directories, &mut change.directories);
                keep(has_elr, &mut change.eligible_leader_replicas);
                keep(has_elr, &mut change.last_known_elr);
            }
            _ => {}
        }
    }
}

fn keep<T: Default>(is_kept: bool, field: &mut T) {
    if !is_kept {
        *field = T::default();
    }
}

#[cfg(test)]
mod tests {
    use millstream_wire::Uuid;
    use millstream_wire::metadata::{
        BrokerRegistrationChangeRecord, FeatureLevelRecord, PartitionChangeRecord, PartitionRecord,
        RegisterBrokerRecord,
    };

    use super::*;

    fn records() -> Vec<MetadataRecord> {
        let dir = Uuid::from_bytes([7; 16]);
        vec![
            MetadataRecord::RegisterBroker(RegisterBrokerRecord {
                log_dirs: vec![dir],
                cordoned_log_dirs: Some(vec![dir]),
                ..Default::default()
            }),
            MetadataRecord::Partition(PartitionRecord {
                directories: vec![dir],
                eligible_leader_replicas: Some(vec![1]),
                ..Default::default()
            }),
            MetadataRecord::PartitionChange(PartitionChangeRecord {
                directories: Some(vec![dir]),
                last_known_elr: Some(vec![1]),
                ..Default::default()
            }),
            MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChangeRecord {
                log_dirs: vec![dir],
                cordoned_log_dirs: Some(vec![dir]),
                ..Default::default()
            }),
        ]
    }

    /// The versions are those of Kafka's `MetadataVersion`, and every record can be written in its version.
    #[test]
    fn each_level_has_its_records() {
        for (level, expected) in [
            (7, [1, 0, 0, 0]),
            (8, [2, 0, 0, 0]),
            (16, [2, 0, 0, 0]),
            (17, [3, 1, 1, 2]),
            (22, [3, 1, 1, 2]),
            (23, [3, 2, 2, 2]),
            (29, [3, 2, 2, 2]),
            (30, [4, 2, 2, 3]),
        ] {
            let level = MetadataLevel(level);
            let fitted = level.fitted(&records()).into_owned();
            let versions: Vec<i16> = level.versions(&fitted).map(|(_, version)| version).collect();
            assert_eq!(versions, expected, "{level:?}");
            for (record, version) in level.versions(&fitted) {
                // What is read again is what was to be written: nothing was lost.
                assert_eq!(MetadataRecord::decode(record.encode(version).unwrap()).unwrap(), *record);
            }
        }
    }

    #[test]
    fn a_level_holds_from_its_record_on() {
        let rise = FeatureLevelRecord { name: METADATA_VERSION.into(), feature_level: 17 };
        let mut all = records();
        all.splice(1..1, [MetadataRecord::FeatureLevel(rise)]);
        let fitted = MetadataLevel(8).fitted(&all).into_owned();
        let versions: Vec<i16> = MetadataLevel(8).versions(&fitted).map(|(_, version)| version).collect();
        assert_eq!(versions, [2, 0, 1, 1, 2]);
    }
}
