//! A start of the broker: it is registered, taken into service, and leads every partition that it keeps.
//!
//! Each of them begins a new leader epoch, as in a cluster of Apache Kafka whose only broker comes back: what a client
//! knew of the leader before is fenced. Kafka counts two (the leader goes, the leader comes); one record is enough.

use millstream_wire::Uuid;
use millstream_wire::metadata::{BrokerRegistrationChangeRecord, MetadataRecord, PartitionChangeRecord};

use super::{Node, cordoned};
use crate::format::SUPPORTED_FEATURES;
use crate::level::MetadataLevel;
use crate::{Broker, BrokerEndpoint, BrokerFeature, Image, Partition};

/// What a registration says.
#[derive(Debug)]
pub(crate) struct Registration<'a> {
    pub(crate) endpoints: &'a [BrokerEndpoint],
    pub(crate) incarnation_id: Uuid,
    /// The offset that the first of the records will get.
    pub(crate) epoch: i64,
}

/// The records of a start.
pub(crate) fn register_broker(
    image: &Image,
    node: Node,
    registration: &Registration<'_>,
) -> Vec<MetadataRecord> {
    let feature = |(name, min, max): &(&str, i16, i16)| BrokerFeature {
        name: (*name).to_owned(),
        min: *min,
        max: *max,
    };
    let broker = Broker {
        id: node.id,
        epoch: registration.epoch,
        incarnation_id: registration.incarnation_id,
        endpoints: registration.endpoints.to_vec(),
        rack: None,
        fenced: true,
        in_controlled_shutdown: false,
        features: SUPPORTED_FEATURES.iter().map(feature).collect(),
        log_dirs: vec![node.directory_id],
        cordoned_log_dirs: cordoned::directories(image, node),
    };
    let unfence = BrokerRegistrationChangeRecord {
        broker_id: node.id,
        broker_epoch: registration.epoch,
        fenced: -1,
        ..BrokerRegistrationChangeRecord::default()
    };
    let mut records = vec![
        MetadataRecord::RegisterBroker(broker.record()),
        MetadataRecord::BrokerRegistrationChange(unfence),
    ];
    for topic in image.topics() {
        let kept = topic.partitions.iter().filter(|(_, partition)| partition.replicas.contains(&node.id));
        records.extend(kept.map(|(id, partition)| {
            MetadataRecord::PartitionChange(PartitionChangeRecord {
                partition_id: *id,
                topic_id: topic.id,
                directories: place(image, partition, node),
                ..take_over(partition, node.id)
            })
        }));
    }
    records
}

/// Kafka leaves partitions without a leader when it shuts down in order; what is so already is not said again.
fn take_over(partition: &Partition, node_id: i32) -> PartitionChangeRecord {
    let cleared = |list: &Vec<i32>| (!list.is_empty()).then(Vec::new);
    PartitionChangeRecord {
        isr: (partition.isr != [node_id]).then(|| vec![node_id]),
        leader: node_id,
        leader_recovery_state: if partition.leader_recovery_state == 0 { -1 } else { 0 },
        eligible_leader_replicas: cleared(&partition.eligible_leader_replicas),
        last_known_elr: cleared(&partition.last_known_elr),
        ..PartitionChangeRecord::default()
    }
}

/// The directories of a partition that was made when `metadata.version` knew none; those of other brokers stay unknown.
fn place(image: &Image, partition: &Partition, node: Node) -> Option<Vec<Uuid>> {
    let here = |replica: &i32| if *replica == node.id { node.directory_id } else { Uuid::ZERO };
    let is_missing = partition.directories.is_empty() && MetadataLevel::of(image).has_directories();
    is_missing.then(|| partition.replicas.iter().map(here).collect())
}

/// What the registration of a broker in service could not tell before `metadata.version` came to this level.
pub(super) fn completed(image: &Image, node: Node, level: MetadataLevel) -> Option<MetadataRecord> {
    let broker = image.broker(node.id)?;
    let is_placed = !broker.log_dirs.is_empty() || !level.has_directories();
    let cordoned = cordoned::directories(image, node);
    let is_told = broker.cordoned_log_dirs == cordoned || !level.has_cordoned();
    (!is_placed || !is_told).then(|| {
        MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChangeRecord {
            broker_id: node.id,
            broker_epoch: broker.epoch,
            log_dirs: if is_placed { Vec::new() } else { vec![node.directory_id] },
            cordoned_log_dirs: (!is_told).then_some(cordoned),
            ..BrokerRegistrationChangeRecord::default()
        })
    })
}
