//! ConsumerGroupHeartbeat: 0-1.
//!
//! Behaviour: a member of a consumer group (KIP-848) joins with epoch 0, lives, leaves with -1, or as a static member
//! leaves for a while with -2; the answer has its epoch and, when that changed, the partitions it may use.
//! UNSUPPORTED_VERSION while `group.version` is 0.
//!
//! Version notes: 1: topics by regular expression, and the client makes its own member id (KIP-1082).

use std::collections::BTreeSet;

use millstream_cluster::random_id;
use millstream_coordinator::{ConsumerHeartbeat, Event, HeartbeatAnswer, Response};
use millstream_wire::messages::consumer_group_heartbeat::{
    Assignment, ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, TopicPartitions,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::features::has_consumer_groups;
use crate::groups::{error_code, unexpected};

/// The rebalance timeout that means none was sent.
const NOT_SENT: i32 = -1;

pub(crate) struct ConsumerGroupHeartbeat;

impl Api for ConsumerGroupHeartbeat {
    type Request = ConsumerGroupHeartbeatRequest;
    const VERSIONS: Versions = Versions::new(0, 1);

    async fn handle(
        call: Call,
        request: ConsumerGroupHeartbeatRequest,
    ) -> Result<Reply<ConsumerGroupHeartbeatResponse>, Refusal> {
        if !has_consumer_groups(&call.shared.catalog.image()) {
            let error_code = ErrorCode::UNSUPPORTED_VERSION;
            return Ok(ConsumerGroupHeartbeatResponse { error_code, ..Default::default() }.into());
        }
        let Some(fresh) = random_id() else {
            return Err(Refusal::Invalid("the operating system gives no random numbers".to_owned()));
        };
        let beat = heartbeat(&call, request, fresh.to_string());
        match call.shared.groups.ask(|waiter| Event::ConsumerHeartbeat(waiter, beat)).await {
            Ok(Response::ConsumerHeartbeat(Ok(answer))) => Ok(granted(answer).into()),
            Ok(Response::ConsumerHeartbeat(Err(refused))) => Ok(ConsumerGroupHeartbeatResponse {
                error_code: error_code(refused.error),
                error_message: Some(refused.message.into()),
                ..Default::default()
            }
            .into()),
            Ok(other) => Err(unexpected(&other)),
            Err(error) => {
                let error_code = error_code(error);
                Ok(ConsumerGroupHeartbeatResponse { error_code, ..Default::default() }.into())
            }
        }
    }
}

fn heartbeat(call: &Call, request: ConsumerGroupHeartbeatRequest, fresh_uuid: String) -> ConsumerHeartbeat {
    call.connection.set_group(&request.group_id);
    let owned = request.topic_partitions.map(|topics| {
        let some = topics.into_iter().filter(|topic| !topic.partitions.is_empty());
        some.map(|topic| (topic.topic_id, topic.partitions.into_iter().collect::<BTreeSet<i32>>())).collect()
    });
    ConsumerHeartbeat {
        version: call.version,
        group_id: request.group_id.into(),
        member_id: request.member_id.into(),
        member_epoch: request.member_epoch,
        instance_id: request.instance_id.map(Into::into),
        rack_id: request.rack_id.map(Into::into),
        rebalance_timeout_ms: Some(request.rebalance_timeout_ms).filter(|timeout| *timeout != NOT_SENT),
        topics: request.subscribed_topic_names.map(|names| names.into_iter().map(Into::into).collect()),
        regex: request.subscribed_topic_regex.map(Into::into),
        assignor: request.server_assignor.map(Into::into),
        owned,
        client_id: call.connection.client_id().to_string(),
        client_host: format!("/{}", call.connection.peer.ip().to_canonical()),
        fresh_uuid,
    }
}

fn granted(answer: HeartbeatAnswer) -> ConsumerGroupHeartbeatResponse {
    let assignment = answer.assignment.map(|partitions| Assignment {
        topic_partitions: partitions
            .into_iter()
            .map(|(topic_id, partitions)| TopicPartitions {
                topic_id,
                partitions: partitions.into_iter().collect(),
            })
            .collect(),
    });
    ConsumerGroupHeartbeatResponse {
        member_id: Some(answer.member_id.into()),
        member_epoch: answer.member_epoch,
        heartbeat_interval_ms: answer.heartbeat_interval_ms,
        assignment,
        ..Default::default()
    }
}
