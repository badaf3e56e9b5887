//! Where the partitions of a new topic go: all to the one node, if the request leaves it that freedom.

use std::collections::BTreeMap;

use super::{ControllerError, NewTopic, Node, TopicDefaults, cordoned};
use crate::Image;

/// The replicas of each partition, by partition.
pub(super) fn place(
    image: &Image,
    node: Node,
    defaults: &TopicDefaults,
    new: &NewTopic,
) -> Result<Vec<Vec<i32>>, ControllerError> {
    if !new.assignments.is_empty() {
        return place_as_assigned(node, new);
    }
    let factor = new.replication_factor;
    if factor < -1 || factor == 0 {
        let error = "Replication factor must be larger than 0, or -1 to use the default value.";
        return Err(ControllerError::InvalidReplicationFactor(error.to_owned()));
    }
    let partitions = if new.partitions == -1 { defaults.partitions } else { new.partitions };
    let partitions = usize::try_from(partitions).ok().filter(|partitions| *partitions > 0);
    let partitions = partitions.ok_or(ControllerError::InvalidPartitions)?;
    if factor > 1 {
        return Err(ControllerError::InvalidReplicationFactor(format!(
            "Unable to replicate the partition {factor} time(s): The target replication factor of {factor} cannot be \
             reached because only 1 broker(s) are registered or some brokers have all their log directories cordoned."
        )));
    }
    cordoned::check(image, node)?;
    Ok(vec![vec![node.id]; partitions])
}

fn place_as_assigned(node: Node, new: &NewTopic) -> Result<Vec<Vec<i32>>, ControllerError> {
    let contradiction = |what: &str| {
        let error = format!("A manual partition assignment was specified, but {what} was not set to -1.");
        Err(ControllerError::InvalidRequest(error))
    };
    if new.replication_factor != -1 {
        return contradiction("replication factor");
    }
    if new.partitions != -1 {
        return contradiction("numPartitions");
    }
    let mut by_partition: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (partition, brokers) in &new.assignments {
        check_assignment(node, brokers)?;
        if by_partition.insert(*partition, brokers.clone()).is_some() {
            let error = format!("Found multiple manual partition assignments for partition {partition}");
            return Err(ControllerError::InvalidReplicaAssignment(error));
        }
    }
    if !by_partition.keys().copied().eq((0..).take(by_partition.len())) {
        let error = "partitions should be a consecutive 0-based integer sequence".to_owned();
        return Err(ControllerError::InvalidReplicaAssignment(error));
    }
    Ok(by_partition.into_values().collect())
}

/// Checks the brokers that a client has chosen for one partition.
pub(super) fn check_assignment(node: Node, brokers: &[i32]) -> Result<(), ControllerError> {
    let refuse = |error: String| Err(ControllerError::InvalidReplicaAssignment(error));
    if brokers.is_empty() {
        return refuse("The manual partition assignment includes an empty replica list.".to_owned());
    }
    if let Some(other) = brokers.iter().find(|broker| **broker != node.id) {
        return refuse(format!(
            "The manual partition assignment includes broker {other}, but no such broker is registered."
        ));
    }
    if brokers.len() > 1 {
        let id = node.id;
        return refuse(format!("The manual partition assignment includes the broker {id} more than once."));
    }
    Ok(())
}
