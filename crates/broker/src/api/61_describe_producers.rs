//! DescribeProducers: 0.
//!
//! Behaviour: the producers that a partition remembers, and where their open transactions begin (KIP-664):
//! `kafka-transactions` finds with it a transaction that nobody will end.

use millstream_cluster::validate_topic_name;
use millstream_log::ProducerView;
use millstream_wire::messages::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, PartitionResponse, ProducerState, TopicRequest,
    TopicResponse,
};
use millstream_wire::{ErrorCode, Versions};

use super::{Api, Call, Refusal, Reply};

/// What Kafka says of an unknown topic.
const UNKNOWN_TOPIC: &str = "This server does not host this topic-partition.";

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
    let unknown = |partition_index: &i32| {
        let (error_code, message) = match validate_topic_name(&topic.name) {
            Err(error) => (ErrorCode::INVALID_TOPIC_EXCEPTION, error.to_string()),
            Ok(()) => (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC.to_owned()),
        };
        let (partition_index, error_message) = (*partition_index, Some(message.into()));
        PartitionResponse { partition_index, error_code, error_message, active_producers: Vec::new() }
    };
    let indexes = topic.partition_indexes.iter();
    let partitions = match led {
        Some(_) => indexes.map(row).collect(),
        None => indexes.map(unknown).collect(),
    };
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
