//! Cordoned directories (KIP-1066): while `cordoned.log.dirs` names the one directory that there is, partitions whose
//! brokers are the controller's choice cannot be placed. Those that a client places by hand can, as with Apache Kafka.

use millstream_wire::Uuid;
use millstream_wire::metadata::{BrokerRegistrationChangeRecord, MetadataRecord};

use super::{ControllerError, Node};
use crate::Image;
use crate::config::{CORDONED, changed_config};

/// The node's cordoned directories, as its configs say: all of the one, or none.
pub(super) fn directories(image: &Image, node: Node) -> Vec<Uuid> {
    of_value(node, changed_config(image, node.id, CORDONED))
}

/// What becomes of the registration when the config does; broker has checked the value against its directory.
pub(super) fn change(image: &Image, node: Node, value: Option<&str>) -> Option<MetadataRecord> {
    let broker = image.broker(node.id)?;
    let cordoned = of_value(node, value);
    (cordoned != broker.cordoned_log_dirs).then(|| {
        MetadataRecord::BrokerRegistrationChange(BrokerRegistrationChangeRecord {
            broker_id: node.id,
            broker_epoch: broker.epoch,
            cordoned_log_dirs: Some(cordoned),
            ..BrokerRegistrationChangeRecord::default()
        })
    })
}

fn of_value(node: Node, changed: Option<&str>) -> Vec<Uuid> {
    let is_cordoned = changed.map_or(node.cordoned_at_start, |value| !value.trim().is_empty());
    if is_cordoned { vec![node.directory_id] } else { Vec::new() }
}

/// Refuses what the controller would have to find a place for.
pub(super) fn check(image: &Image, node: Node) -> Result<(), ControllerError> {
    match image.broker(node.id) {
        Some(broker) if broker.is_cordoned() => {
            Err(ControllerError::InvalidReplicationFactor(
                "Unable to replicate the partition 1 time(s): All brokers are currently fenced, or have all their log \
                 directories cordoned."
                    .to_owned(),
            ))
        }
        _ => Ok(()),
    }
}
