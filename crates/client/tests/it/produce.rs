//! Producing: partitions, and what is sent again.

use std::sync::{Arc, Mutex};

use millstream_client::{Acks, Client, ClientError, NewRecord, Producer, ProducerOptions};
use millstream_wire::messages::produce::{
    PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceResponse,
};
use millstream_wire::records::{Batches, Budget, Codec};
use millstream_wire::{ApiKey, ErrorCode};

use crate::scripted_broker::{Asked, Reply, start};

/// A broker that gives these errors to produce requests in turn, then none; and the values that it accepted.
async fn broker(errors: Vec<ErrorCode>) -> (String, Arc<Mutex<Vec<String>>>) {
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let (errors, log) = (Arc::new(Mutex::new(errors)), Arc::clone(&accepted));
    let script = move |asked: Asked| match asked.api {
        ApiKey::ApiVersions => Reply::Bytes(asked.versions(&[(ApiKey::Metadata, 12), (ApiKey::Produce, 9)])),
        ApiKey::Metadata => Reply::Bytes(asked.metadata()),
        ApiKey::Produce => {
            let request: ProduceRequest = asked.request();
            let mut errors = errors.lock().unwrap();
            let error_code = if errors.is_empty() { ErrorCode::NONE } else { errors.remove(0) };
            if error_code.is_none() {
                log.lock().unwrap().extend(values(&request));
            }
            let partition = PartitionProduceResponse { error_code, base_offset: 40, ..Default::default() };
            let topic = TopicProduceResponse {
                name: "t".into(),
                partition_responses: vec![partition],
                ..Default::default()
            };
            if request.acks == 0 {
                return Reply::Silence;
            }
            let response = ProduceResponse { responses: vec![topic], ..Default::default() };
            Reply::Bytes(asked.answer::<ProduceRequest>(&response))
        }
        _ => Reply::Close,
    };
    (start(script).await, accepted)
}

fn values(request: &ProduceRequest) -> Vec<String> {
    let batches = request.topic_data[0].partition_data[0].records.clone().unwrap();
    let batches = Batches::verified(batches).map(|batch| batch.unwrap());
    let records = batches.flat_map(|batch| batch.records(Budget::default()).unwrap());
    records.map(|record| String::from_utf8(record.unwrap().value.unwrap().to_vec()).unwrap()).collect()
}

fn record(value: &str) -> NewRecord<'_> {
    NewRecord { value: Some(value.as_bytes()), ..NewRecord::default() }
}

#[tokio::test]
async fn records_are_batched_and_sent_again_after_errors_that_pass() {
    let (address, accepted) =
        broker(vec![ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::NOT_ENOUGH_REPLICAS]).await;
    let client = Client::connect(&address).await.unwrap();
    let options = ProducerOptions { codec: Codec::Lz4, ..ProducerOptions::default() };
    let mut producer = Producer::new(client, "t", options).await.unwrap();
    producer.send(None, record("a")).await.unwrap();
    producer.send(Some(0), record("b")).await.unwrap();
    assert!(accepted.lock().unwrap().is_empty(), "nothing is sent before the flush");
    assert_eq!(producer.flush().await.unwrap().into_iter().collect::<Vec<_>>(), [(0, 40)]);
    assert_eq!(*accepted.lock().unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn a_refusal_is_the_callers() {
    let (address, accepted) = broker(vec![ErrorCode::MESSAGE_TOO_LARGE]).await;
    let client = Client::connect(&address).await.unwrap();
    let mut producer = Producer::new(client, "t", ProducerOptions::default()).await.unwrap();
    producer.send(None, record("a")).await.unwrap();
    let error = producer.flush().await.unwrap_err();
    assert_eq!(error.to_string(), "t-0: MESSAGE_TOO_LARGE (10)");
    assert!(accepted.lock().unwrap().is_empty());
    let error = producer.send(Some(7), record("a")).await.unwrap_err();
    assert!(matches!(error, ClientError::NoPartition { partition: 7, count: 1, .. }), "{error}");
}

#[tokio::test]
async fn without_acks_nothing_is_waited_for() {
    let (address, accepted) = broker(Vec::new()).await;
    let client = Client::connect(&address).await.unwrap();
    let options = ProducerOptions { acks: Acks::None, ..ProducerOptions::default() };
    let mut producer = Producer::new(client, "t", options).await.unwrap();
    producer.send(None, record("a")).await.unwrap();
    assert!(producer.flush().await.unwrap().is_empty());
    // The next request is answered after the first was read.
    let mut client = producer.into_client();
    client.describe_topics(Some(&["t"])).await.unwrap();
    assert_eq!(*accepted.lock().unwrap(), ["a"]);
}
