//! Moving partitions to other brokers.

use std::collections::BTreeMap;

use millstream_wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, ReassignablePartition, ReassignableTopic,
};
use millstream_wire::messages::list_partition_reassignments::ListPartitionReassignmentsRequest;
use millstream_wire::{ErrorCode, Versions};

use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;

/// A partition on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reassignment {
    /// The brokers that hold it, old and new.
    pub replicas: Vec<i32>,
    /// Those that are to hold it.
    pub adding: Vec<i32>,
    /// Those that are to let it go.
    pub removing: Vec<i32>,
}

impl Client {
    /// The partitions that are on their way.
    pub async fn list_reassignments(&mut self) -> Result<BTreeMap<(String, i32), Reassignment>, ClientError> {
        let wait = self.options.request_timeout;
        let request = ListPartitionReassignmentsRequest { timeout_ms: millis(wait), topics: None };
        let connection = self.controller().await?;
        let version = connection.version::<ListPartitionReassignmentsRequest>(Versions::new(0, 0))?;
        let response = connection.call_held(&request, version, wait).await?;
        let message = response.error_message.as_deref();
        ClientError::check(response.error_code, message, || "the reassignments".into())?;
        let mut found = BTreeMap::new();
        for topic in response.topics {
            for one in topic.partitions {
                let reassignment = Reassignment {
                    replicas: one.replicas,
                    adding: one.adding_replicas,
                    removing: one.removing_replicas,
                };
                found.insert((topic.name.to_string(), one.partition_index), reassignment);
            }
        }
        Ok(found)
    }

    /// Moves partitions to these brokers; `None` calls a move off. Gives the error of each partition that has one.
    pub async fn reassign(
        &mut self,
        partitions: &BTreeMap<(String, i32), Option<Vec<i32>>>,
        may_change_factor: bool,
    ) -> Result<BTreeMap<(String, i32), (ErrorCode, Option<String>)>, ClientError> {
        let mut topics: BTreeMap<&str, Vec<ReassignablePartition>> = BTreeMap::new();
        for ((topic, partition), replicas) in partitions {
            let row = ReassignablePartition { partition_index: *partition, replicas: replicas.clone() };
            topics.entry(topic).or_default().push(row);
        }
        let topic = |(name, partitions): (&str, _)| ReassignableTopic { name: name.into(), partitions };
        let wait = self.options.request_timeout;
        let request = AlterPartitionReassignmentsRequest {
            timeout_ms: millis(wait),
            allow_replication_factor_change: may_change_factor,
            topics: topics.into_iter().map(topic).collect(),
        };
        let least = if may_change_factor { 0 } else { 1 };
        let connection = self.controller().await?;
        let version = connection.version::<AlterPartitionReassignmentsRequest>(Versions::new(least, 1))?;
        let response = connection.call_held(&request, version, wait).await?;
        let message = response.error_message.as_deref();
        ClientError::check(response.error_code, message, || "the reassignment".into())?;
        let mut errors = BTreeMap::new();
        for topic in response.responses {
            for one in topic.partitions {
                if !one.error_code.is_none() {
                    let key = (topic.name.to_string(), one.partition_index);
                    errors.insert(key, (one.error_code, one.error_message.map(String::from)));
                }
            }
        }
        Ok(errors)
    }
}
