//! A client without a library: one connection, one request at a time, for what a library's own waits would hide.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use bytes::Bytes;
use millstream_wire::frame::{decode_response, encode_request};
use millstream_wire::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use millstream_wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use millstream_wire::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use millstream_wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use millstream_wire::records::{BatchBuilder, Codec};
use millstream_wire::{ErrorCode, Request};

/// How long to ask again for what is not ready yet.
const PATIENCE: Duration = Duration::from_secs(120);
const BREATH: Duration = Duration::from_millis(1);

/// A connection.
pub struct Raw {
    stream: TcpStream,
    correlation_id: i32,
}

impl Raw {
    /// Connects.
    pub fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        Ok(Self { stream, correlation_id: 0 })
    }

    fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, String> {
        self.correlation_id += 1;
        let frame = encode_request(request, version, self.correlation_id, Some("bench"));
        let frame = frame.map_err(|error| error.to_string())?.into_bytes();
        let failed = |error: std::io::Error| error.to_string();
        self.stream.write_all(&frame).map_err(failed)?;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).map_err(failed)?;
        let mut answer =
            vec![0; usize::try_from(i32::from_be_bytes(length)).map_err(|error| error.to_string())?];
        self.stream.read_exact(&mut answer).map_err(failed)?;
        let (_, response) =
            decode_response::<R>(Bytes::from(answer), version).map_err(|error| error.to_string())?;
        Ok(response)
    }

    /// Makes a topic of one partition, unless it is there.
    pub fn make_topic(&mut self, topic: &str) -> Result<(), String> {
        let began = Instant::now();
        let row = CreatableTopic {
            name: topic.into(),
            num_partitions: 1,
            replication_factor: 1,
            ..Default::default()
        };
        let create = CreateTopicsRequest { topics: vec![row], timeout_ms: 30_000, validate_only: false };
        loop {
            let response = self.call(&create, 5)?;
            match response.topics.first().map(|topic| topic.error_code) {
                Some(ErrorCode::NONE | ErrorCode::TOPIC_ALREADY_EXISTS) => return Ok(()),
                // A controller that does not know its broker yet.
                Some(ErrorCode::INVALID_REPLICATION_FACTOR) => {}
                Some(error) if !error.is_retriable() => return Err(error.to_string()),
                _ => {}
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("topic {topic} was not made within {PATIENCE:?}"));
            }
            std::thread::sleep(BREATH);
        }
    }

    /// Produces one record with acks=all to partition 0, as soon as the topic is there; makes it if need be.
    pub fn first_record(&mut self, topic: &str) -> Result<(), String> {
        self.make_topic(topic)?;
        let began = Instant::now();
        let wanted = MetadataRequestTopic { name: Some(topic.into()), ..Default::default() };
        let metadata = MetadataRequest {
            topics: Some(vec![wanted]),
            allow_auto_topic_creation: false,
            ..Default::default()
        };
        let mut batch = BatchBuilder::new(Codec::None);
        batch.append(-1, None, Some(b"first"), &[]).map_err(|error| error.to_string())?;
        let records = Some(batch.finish().map_err(|error| error.to_string())?.freeze());
        let partition = PartitionProduceData { index: 0, records };
        let data =
            TopicProduceData { name: topic.into(), partition_data: vec![partition], ..Default::default() };
        let produce =
            ProduceRequest { transactional_id: None, acks: -1, timeout_ms: 30_000, topic_data: vec![data] };
        loop {
            let found = self.call(&metadata, 12)?;
            let topic = found.topics.first().filter(|topic| topic.error_code == ErrorCode::NONE);
            if topic.is_some_and(|topic| topic.partitions.iter().any(|partition| partition.leader_id >= 0)) {
                let response = self.call(&produce, 9)?;
                let answers = response.responses.first().and_then(|topic| topic.partition_responses.first());
                match answers.map(|answer| answer.error_code) {
                    Some(ErrorCode::NONE) => return Ok(()),
                    Some(error) if !error.is_retriable() => return Err(error.to_string()),
                    _ => {}
                }
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("no acknowledgement within {PATIENCE:?}"));
            }
            std::thread::sleep(BREATH);
        }
    }

    /// One past the last offset of a partition that can be read.
    pub fn end(&mut self, topic: &str, partition: i32) -> Result<i64, String> {
        let partition =
            ListOffsetsPartition { partition_index: partition, timestamp: -1, ..Default::default() };
        let topic = ListOffsetsTopic { name: topic.into(), partitions: vec![partition] };
        let request = ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() };
        let response = self.call(&request, 5)?;
        let found = response.topics.first().and_then(|topic| topic.partitions.first());
        found.map(|partition| partition.offset).ok_or_else(|| "no offset in the answer".to_owned())
    }

    /// Fetches about `bytes` from an offset; how long that took.
    pub fn fetch(
        &mut self,
        topic: &str,
        partition: i32,
        offset: i64,
        bytes: i32,
    ) -> Result<Duration, String> {
        let position = FetchPartition {
            partition,
            fetch_offset: offset,
            partition_max_bytes: bytes,
            ..Default::default()
        };
        let topic = FetchTopic { topic: topic.into(), partitions: vec![position], ..Default::default() };
        let request = FetchRequest { max_bytes: bytes, topics: vec![topic], ..Default::default() };
        let began = Instant::now();
        let response = self.call(&request, 11)?;
        let took = began.elapsed();
        let found = response.responses.into_iter().flat_map(|topic| topic.partitions).next();
        let records = found.and_then(|partition| partition.records).unwrap_or_default();
        if records.is_empty() { Err(format!("nothing at offset {offset}")) } else { Ok(took) }
    }
}
