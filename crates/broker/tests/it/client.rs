//! A client that speaks any version of any API, and a broker to speak to.

use std::net::SocketAddr;
use std::path::Path;

use bytes::{Buf, Bytes};
use millstream_broker::{Broker, BrokerConfig, ListenAddress, StartError};
use millstream_wire::frame::{decode_response, encode_request};
use millstream_wire::messages::fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, PartitionData,
};
use millstream_wire::messages::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};
use millstream_wire::messages::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, TopicProduceData,
};
use millstream_wire::records::{BatchBuilder, Batches, Budget, Codec};
use millstream_wire::{ErrorCode, Request, Str};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

/// A broker on a free port.
pub(crate) async fn broker(dir: &Path) -> Broker {
    Broker::start(config(dir)).await.unwrap()
}

/// Starts again after a drop: the lock is free when the last task of the old broker has ended.
pub(crate) async fn restarted(dir: &Path) -> Broker {
    loop {
        match Broker::start(config(dir)).await {
            Ok(broker) => return broker,
            Err(StartError::DirectoryLocked { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) fn config(dir: &Path) -> BrokerConfig {
    let mut config = BrokerConfig::new(dir.join("kafka"));
    config.listen = Some(ListenAddress::new("localhost", 0));
    config
}

/// A connection.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    correlation_id: i32,
}

impl Client {
    pub(crate) async fn connect(broker: &Broker) -> Self {
        Self::connect_to(broker.addresses()[0]).await
    }

    pub(crate) async fn connect_to(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), correlation_id: 0 }
    }

    /// Asks, and checks that the whole answer can be read.
    pub(crate) async fn call<R: Request>(&mut self, request: &R, version: i16) -> R::Response {
        self.send(request, version).await;
        self.receive::<R>(version).await
    }

    pub(crate) async fn send<R: Request>(&mut self, request: &R, version: i16) {
        self.correlation_id += 1;
        let frame = encode_request(request, version, self.correlation_id, Some("test")).unwrap().into_bytes();
        self.stream.write_all(&frame).await.unwrap();
    }

    /// A request's bytes, to be sent as often as wanted.
    pub(crate) fn frame<R: Request>(request: &R, version: i16) -> Vec<u8> {
        encode_request(request, version, 0, Some("test")).unwrap().into_bytes().to_vec()
    }

    /// Every whole answer until the broker closes the connection.
    pub(crate) async fn receive_all<R: Request>(mut read: OwnedReadHalf, version: i16) -> Vec<R::Response> {
        let mut bytes = Vec::new();
        // A reset after the last byte is an end too.
        let _ = read.read_to_end(&mut bytes).await;
        let mut bytes = Bytes::from(bytes);
        let mut answers = Vec::new();
        while let Some(prefix) = bytes.first_chunk::<4>() {
            let length = usize::try_from(i32::from_be_bytes(*prefix)).unwrap();
            bytes.advance(4);
            if bytes.len() < length {
                break;
            }
            answers.push(decode_response::<R>(bytes.split_to(length), version).unwrap().1);
        }
        answers
    }

    pub(crate) async fn receive<R: Request>(&mut self, version: i16) -> R::Response {
        let length = self.stream.read_i32().await.unwrap();
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        self.stream.read_exact(&mut frame).await.unwrap();
        decode_response::<R>(Bytes::from(frame), version).unwrap().1
    }

    /// True when the broker has closed the connection without another byte.
    pub(crate) async fn is_closed(&mut self) -> bool {
        matches!(self.stream.read(&mut [0; 1]).await, Ok(0) | Err(_))
    }

    /// Makes a topic by asking for it: the first answer does not know it yet.
    pub(crate) async fn make_topic(&mut self, topic: &str) -> MetadataResponse {
        let topics = vec![MetadataRequestTopic { name: Some(topic.into()), ..Default::default() }];
        let request =
            MetadataRequest { topics: Some(topics), allow_auto_topic_creation: true, ..Default::default() };
        let mut response = self.call(&request, 12).await;
        if response.topics[0].error_code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION {
            response = self.call(&request, 12).await;
        }
        assert_eq!(response.topics[0].error_code, ErrorCode::NONE);
        response
    }

    /// Produces records to partition 0.
    pub(crate) async fn produce(
        &mut self,
        topic: &str,
        records: Bytes,
        version: i16,
    ) -> PartitionProduceResponse {
        let request = produce_request(topic, records);
        let mut response = self.call(&request, version).await;
        response.responses.remove(0).partition_responses.remove(0)
    }

    /// Fetches from partition 0.
    pub(crate) async fn fetch(&mut self, topic: &str, offset: i64, version: i16) -> PartitionData {
        let mut response = self.call(&fetch_request(topic, offset, 0), version).await;
        data(&mut response)
    }
}

pub(crate) fn data(response: &mut FetchResponse) -> PartitionData {
    response.responses.remove(0).partitions.remove(0)
}

pub(crate) fn produce_request(topic: &str, records: Bytes) -> ProduceRequest {
    let partition = PartitionProduceData { index: 0, records: Some(records) };
    let topic =
        TopicProduceData { name: topic.into(), partition_data: vec![partition], ..Default::default() };
    ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 1000, topic_data: vec![topic] }
}

pub(crate) fn fetch_request(topic: &str, fetch_offset: i64, max_wait_ms: i32) -> FetchRequest {
    let partition =
        FetchPartition { partition: 0, fetch_offset, partition_max_bytes: 1 << 20, ..Default::default() };
    let topic = FetchTopic { topic: topic.into(), partitions: vec![partition], ..Default::default() };
    FetchRequest { max_wait_ms, min_bytes: 1, topics: vec![topic], ..Default::default() }
}

/// A batch with these values.
pub(crate) fn batch(values: &[&str]) -> Bytes {
    compressed(Codec::None, values)
}

pub(crate) fn compressed(codec: Codec, values: &[&str]) -> Bytes {
    let mut batch = BatchBuilder::new(codec);
    for value in values {
        batch.append(1_700_000_000_000, None, Some(value.as_bytes()), &[]).unwrap();
    }
    batch.finish().unwrap().freeze()
}

/// Offsets and values of batches.
pub(crate) fn values(data: &PartitionData) -> Vec<(i64, String)> {
    let mut values = Vec::new();
    for batch in Batches::verified(data.records.clone().unwrap_or_default().into_bytes()) {
        for record in batch.unwrap().records(Budget::default()).unwrap() {
            let record = record.unwrap();
            values.push((record.offset, String::from_utf8(record.value.unwrap().to_vec()).unwrap()));
        }
    }
    values
}

pub(crate) fn text(text: &str) -> Option<Str> {
    Some(text.into())
}
