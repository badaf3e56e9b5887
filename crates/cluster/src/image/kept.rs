//! What the metadata log says and nobody here asks for: controllers, quotas, access rules, credentials, tokens.
//!
//! It is kept, the last record of each thing, so that a snapshot says all that the log before it has said.

use std::collections::BTreeMap;
use std::sync::Arc;

use millstream_wire::Uuid;
use millstream_wire::metadata::{ClientQuotaRecord, MetadataRecord};

/// Which thing a record is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Controller(i32),
    Credential(String, i8),
    Quota(Vec<(String, Option<String>)>, String),
    Token(String),
    AccessRule(Uuid),
    ZkMigration,
}

/// The last record of each.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kept(Arc<BTreeMap<Thing, MetadataRecord>>);

impl Kept {
    /// Notes a record that the image does not show.
    pub(super) fn apply(&mut self, record: &MetadataRecord) {
        let Some((thing, is_there)) = thing(record) else { return };
        let things = Arc::make_mut(&mut self.0);
        if is_there {
            things.insert(thing, record.clone());
        } else {
            things.remove(&thing);
        }
    }

    /// The records, in the order of Kafka's snapshots.
    pub(super) fn records(&self) -> impl Iterator<Item = MetadataRecord> {
        self.0.values().cloned()
    }
}

/// What the record is about, and whether the thing is there after it.
fn thing(record: &MetadataRecord) -> Option<(Thing, bool)> {
    Some(match record {
        MetadataRecord::RegisterController(record) => (Thing::Controller(record.controller_id), true),
        MetadataRecord::UserScramCredential(record) => {
            (Thing::Credential(record.name.to_string(), record.mechanism), true)
        }
        MetadataRecord::RemoveUserScramCredential(record) => {
            (Thing::Credential(record.name.to_string(), record.mechanism), false)
        }
        MetadataRecord::ClientQuota(record) => (quota(record), !record.remove),
        MetadataRecord::DelegationToken(record) => (Thing::Token(record.token_id.to_string()), true),
        MetadataRecord::RemoveDelegationToken(record) => (Thing::Token(record.token_id.to_string()), false),
        MetadataRecord::AccessControlEntry(record) => (Thing::AccessRule(record.id), true),
        MetadataRecord::RemoveAccessControlEntry(record) => (Thing::AccessRule(record.id), false),
        MetadataRecord::ZkMigrationState(_) => (Thing::ZkMigration, true),
        _ => return None,
    })
}

fn quota(record: &ClientQuotaRecord) -> Thing {
    let entity = record
        .entity
        .iter()
        .map(|part| (part.entity_type.to_string(), part.entity_name.as_ref().map(ToString::to_string)));
    Thing::Quota(entity.collect(), record.key.to_string())
}

#[cfg(test)]
mod tests {
    use millstream_wire::metadata::{
        AccessControlEntryRecord, EntityData, RemoveAccessControlEntryRecord, UserScramCredentialRecord,
    };

    use super::*;

    #[test]
    fn the_last_record_of_each_thing_stays() {
        let rule =
            |id| MetadataRecord::AccessControlEntry(AccessControlEntryRecord { id, ..Default::default() });
        let (one, two) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        let quota = |value, remove| {
            let entity = vec![EntityData { entity_type: "user".into(), entity_name: None }];
            let key = "producer_byte_rate".into();
            MetadataRecord::ClientQuota(ClientQuotaRecord { entity, key, value, remove })
        };
        let password = MetadataRecord::UserScramCredential(UserScramCredentialRecord::default());
        let gone = MetadataRecord::RemoveAccessControlEntry(RemoveAccessControlEntryRecord { id: one });
        let mut kept = Kept::default();
        for record in [rule(one), quota(1.0, false), rule(two), quota(2.0, false), password.clone(), gone] {
            kept.apply(&record);
        }
        assert_eq!(kept.records().collect::<Vec<_>>(), [password, quota(2.0, false), rule(two)]);
        kept.apply(&quota(0.0, true));
        assert_eq!(kept.records().count(), 2);
    }
}
