//! OffsetDelete: 0.
//!
//! Behaviour: a group forgets how far it is in some partitions (KIP-496). A topic or partition that is not there is
//! UNKNOWN_TOPIC_OR_PARTITION, one that the group's members are subscribed to GROUP_SUBSCRIBED_TO_TOPIC; of the whole
//! group: GROUP_ID_NOT_FOUND, and NON_EMPTY_GROUP for members that are no consumers.

use std::collections::BTreeMap;

use millstream_coordinator::{DeleteOffsets, Event, OffsetsTopic, Response};
use millstream_wire::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestTopic, OffsetDeleteResponse, OffsetDeleteResponsePartition,
    OffsetDeleteResponseTopic,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;
use crate::groups::{error_code, optional_code, unexpected};

pub(crate) struct OffsetDelete;

impl Api for OffsetDelete {
    type Request = OffsetDeleteRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        call: Call,
        request: OffsetDeleteRequest,
    ) -> Result<Reply<OffsetDeleteResponse>, Refusal> {
        if request.group_id.is_empty() {
            let error_code = ErrorCode::INVALID_GROUP_ID;
            return Ok(OffsetDeleteResponse { error_code, ..Default::default() }.into());
        }
        if !call.shared.groups.is_available(&request.group_id) {
            let error_code = ErrorCode::NOT_COORDINATOR;
            return Ok(OffsetDeleteResponse { error_code, ..Default::default() }.into());
        }
        let mut rows: BTreeMap<Str, Vec<OffsetDeleteResponsePartition>> = BTreeMap::new();
        let mut known = Vec::new();
        for topic in request.topics {
            let (missing, there) = split(&call.shared.catalog, &topic);
            if !missing.is_empty() {
                rows.entry(topic.name).or_default().extend(missing);
            }
            known.extend(there);
        }
        let event = DeleteOffsets { group_id: request.group_id.to_string(), topics: known };
        let answer = call.shared.groups.ask(|waiter| Event::DeleteOffsets(waiter, event)).await;
        let done = match answer {
            Ok(Response::DeleteOffsets(Ok(done))) => done,
            Ok(Response::DeleteOffsets(Err(error))) | Err(error) => {
                return Ok(
                    OffsetDeleteResponse { error_code: error_code(error), ..Default::default() }.into()
                );
            }
            Ok(other) => return Err(unexpected(&other)),
        };
        for topic in done.topics {
            let done = topic.partitions.into_iter().map(|(index, error)| row(index, optional_code(error)));
            rows.entry(topic.name.into()).or_default().extend(done);
        }
        let topics = rows
            .into_iter()
            .map(|(name, partitions)| OffsetDeleteResponseTopic { name, partitions })
            .collect();
        Ok(OffsetDeleteResponse { topics, ..Default::default() }.into())
    }
}

/// What is not there, answered at once, and what the coordinator is asked about.
fn split(
    catalog: &Catalog,
    topic: &OffsetDeleteRequestTopic,
) -> (Vec<OffsetDeleteResponsePartition>, Option<OffsetsTopic>) {
    let led = catalog.topic(&topic.name);
    let there = |index: &i32| {
        let found = led.as_ref().map(|led| led.partition(*index));
        found.is_some_and(|found| found.err() != Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))
    };
    let indexes = topic.partitions.iter().map(|partition| partition.partition_index);
    let (known, missing): (Vec<i32>, Vec<i32>) = indexes.partition(there);
    let rows = missing.into_iter().map(|index| row(index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)).collect();
    let asked = OffsetsTopic { name: topic.name.to_string(), topic_id: [0; 16], partitions: known };
    (rows, Some(asked).filter(|topic| !topic.partitions.is_empty()))
}

fn row(partition_index: i32, error_code: ErrorCode) -> OffsetDeleteResponsePartition {
    OffsetDeleteResponsePartition { partition_index, error_code }
}
