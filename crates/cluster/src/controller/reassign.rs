//! AlterPartitionReassignments: with one broker there is one place for a partition, where it is already. So nothing is
//! ever moved, and what remains is to say what is wrong with a wish.

use super::placement::check_assignment;
use super::{ControllerError, Node};
use crate::{Image, Uuid};

/// Whether partition `index` of a topic can have these replicas; `None` asks to cancel a reassignment that is going on.
/// `may_change_count`: whether the wish may have another number of replicas than there are (KIP-860).
///
/// # Errors
/// What Kafka says of such a wish.
pub fn check_reassignment(
    image: &Image,
    node_id: i32,
    (topic, index): (&str, i32),
    replicas: Option<&[i32]>,
    may_change_count: bool,
) -> Result<(), ControllerError> {
    let missing = |what: String| Err(ControllerError::NotFound(what));
    let Some(found) = image.topic(topic) else {
        return missing(format!("Unable to find a topic named {topic}."));
    };
    let Some(partition) = found.partitions.get(&index) else {
        return missing(format!("Unable to find partition {topic}:{index}."));
    };
    let Some(replicas) = replicas else { return Err(ControllerError::NoReassignmentInProgress) };
    check_assignment(Node::new(node_id, Uuid::ZERO), replicas)?;
    let (had, wanted) = (partition.replicas.len(), replicas.len());
    if !may_change_count && had != wanted {
        let error = format!("The replication factor is changed from {had} to {wanted}");
        return Err(ControllerError::InvalidReplicationFactor(error));
    }
    Ok(())
}
