//! CreatePartitions: a topic grows; what is in its partitions stays where it is.

use std::collections::HashMap;

use millstream_wire::metadata::MetadataRecord;

use super::create_topics::{MAX_PARTITIONS, new_partition};
use super::placement::check_assignment;
use super::{ControllerError, Decision, MorePartitions, Node, cordoned};
use crate::{Image, Topic};

/// Decides on each topic by itself.
pub(crate) fn create_partitions(
    image: &Image,
    node: Node,
    topics: &[MorePartitions],
) -> Decision<Vec<Result<(), ControllerError>>> {
    let mut named: HashMap<&str, usize> = HashMap::new();
    topics.iter().for_each(|topic| *named.entry(&topic.topic).or_default() += 1);
    let (mut records, mut left) = (Vec::new(), MAX_PARTITIONS);
    let decide = |more: &MorePartitions| {
        if named.get(more.topic.as_str()).is_some_and(|count| *count > 1) {
            return Err(ControllerError::InvalidRequest("Duplicate topic name.".to_owned()));
        }
        let topic =
            image.topic(&more.topic).ok_or_else(|| ControllerError::UnknownTopic(more.topic.clone()))?;
        let added = added(topic, more)?;
        left = left.checked_sub(i64::from(added)).filter(|left| *left >= 0).ok_or_else(|| {
            let error = "Excessively large number of partitions per request.";
            ControllerError::PolicyViolation(error.to_owned())
        })?;
        match &more.assignments {
            Some(assignments) => check_assignments(node, assignments, added)?,
            None => cordoned::check(image, node)?,
        }
        let partition = new_partition(node, vec![node.id]);
        let ids = (more.count - added)..more.count;
        records.extend(ids.map(|id| MetadataRecord::Partition(partition.record(topic, id))));
        Ok(())
    };
    let answer = topics.iter().map(decide).collect();
    Decision { records, answer }
}

/// How many partitions come to those that are there.
fn added(topic: &Topic, more: &MorePartitions) -> Result<i32, ControllerError> {
    let there = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
    if more.count == there {
        let error = format!("Topic already has {there} partition(s).");
        return Err(ControllerError::NoIncrease(error));
    }
    if more.count < there {
        let (name, count) = (&topic.name, more.count);
        let error =
            format!("The topic {name} currently has {there} partition(s); {count} would not be an increase.");
        return Err(ControllerError::NoIncrease(error));
    }
    Ok(more.count - there)
}

fn check_assignments(node: Node, assignments: &[Vec<i32>], added: i32) -> Result<(), ControllerError> {
    if i32::try_from(assignments.len()) != Ok(added) {
        let error = format!(
            "Attempted to add {added} additional partition(s), but only {} assignment(s) were specified.",
            assignments.len()
        );
        return Err(ControllerError::InvalidReplicaAssignment(error));
    }
    assignments.iter().try_for_each(|brokers| check_assignment(node, brokers))
}
