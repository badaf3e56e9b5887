//! DescribeProducers: 0.
//!
//! Behaviour: the producers that a partition remembers, and where their open transactions begin (KIP-664):
//! `kafka-transactions` finds with it a transaction that nobody will end.

use millstream_log::ProducerView;
use millstream_wire::messages::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, PartitionResponse, ProducerState, TopicRequest,
    TopicResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct DescribeProducers;

impl Api for DescribeProducers {
    type Request = DescribeProducersRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        call: Call,
        request: DescribeProducersRequest,
    ) -> Result<Reply<DescribeProducersResponse>, Refusal> {
        let topics = request.topics.into_iter().map(|topic| describe(&call, topic)).collect();
        Ok(DescribeProducersResponse { topics, ..Default::default() }.into())
    }
}

fn describe(call: &Call, topic: TopicRequest) -> TopicResponse {
    let led = call.shared.catalog.topic(&topic.name);
    let row = |partition_index: &i32| {
        let led = led.as_ref().ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let found = led.and_then(|led| led.partition(*partition_index));
        let (error_code, active_producers) = match found {
            Ok(partition) => (ErrorCode::NONE, partition.log.producers().into_iter().map(state).collect()),
            Err(error_code) => (error_code, Vec::new()),
        };
        let partition_index = *partition_index;
        PartitionResponse { partition_index, error_code, error_message: None, active_producers }
    };
    let partitions = topic.partition_indexes.iter().map(row).collect();
    TopicResponse { name: topic.name, partitions }
}

fn state(producer: ProducerView) -> ProducerState {
    ProducerState {
        producer_id: producer.producer_id,
        producer_epoch: producer.epoch.into(),
        last_sequence: producer.last_sequence,
        last_timestamp: producer.last_timestamp,
        coordinator_epoch: producer.coordinator_epoch,
        current_txn_start_offset: producer.transaction.unwrap_or(-1),
    }
}
