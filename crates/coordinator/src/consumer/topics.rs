//! The topics there are, as far as groups need to know: names, ids, how many partitions.

use std::collections::BTreeMap;

use millstream_wire::Uuid;

use super::hash;

/// A topic, new or with more partitions than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTopic {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: Uuid,
    /// How many partitions it has.
    pub partitions: i32,
}

/// One topic as it is kept.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) id: Uuid,
    pub(crate) partitions: i32,
    /// Of its id, name and partitions: another value means that groups must look again.
    pub(crate) hash: u64,
}

/// All topics of the cluster.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    by_name: BTreeMap<String, Topic>,
    names: BTreeMap<Uuid, String>,
    /// The metadata's offset.
    version: i64,
    /// The metadata's offset when the last topic was created.
    version_of_newest: i64,
}

impl Topics {
    pub(crate) fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    pub(crate) fn name(&self, id: Uuid) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    pub(crate) fn by_id(&self, id: Uuid) -> Option<&Topic> {
        self.by_name.get(self.names.get(&id)?)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(String::as_str)
    }

    pub(crate) fn version(&self) -> i64 {
        self.version
    }

    pub(crate) fn version_of_newest(&self) -> i64 {
        self.version_of_newest
    }

    /// Takes in topics that are new or have changed, at this offset of the metadata.
    pub(crate) fn put(&mut self, version: i64, topics: &[ExistingTopic]) {
        self.version = self.version.max(version);
        for ExistingTopic { name, id, partitions } in topics {
            if self.names.insert(*id, name.clone()).is_none() {
                self.version_of_newest = self.version;
            }
            let hash = hash::of_topic(*id, name, *partitions);
            let topic = Topic { id: *id, partitions: *partitions, hash };
            if let Some(before) = self.by_name.insert(name.clone(), topic)
                && before.id != *id
            {
                self.names.remove(&before.id);
            }
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if let Some(topic) = self.by_name.remove(name) {
            self.names.remove(&topic.id);
        }
    }
}
