//! Producing at full speed: several requests are under way at once on each connection.
//!
//! A broker answers the requests of a connection in their order. So one task writes, and for each connection another
//! reads and hands out the answers; between them lies a bounded queue, whose bound is the number of requests under
//! way. Nothing is sent twice: a batch that fails is told and lost, which is what a load generator wants.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use millstream_wire::frame::{decode_response, encode_request};
use millstream_wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use millstream_wire::{ApiKey, Chunk, Writer};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout};

use crate::admin::millis;
use crate::client::Client;
use crate::connection::{Connection, read_frame};
use crate::error::ClientError;
use crate::produce::{Acks, VERSIONS, in_transaction};
use crate::transactional::{TransactionProtocol, Transactional};

/// How a pipeline sends.
#[derive(Debug, Clone, Copy)]
pub struct PipelineOptions {
    /// When a batch counts as written.
    pub acks: Acks,
    /// Requests under way on each connection; Kafka's producer has 5.
    pub in_flight: u16,
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self { acks: Acks::All, in_flight: 5 }
    }
}

/// What became of a batch.
#[derive(Debug)]
pub struct Sent<T> {
    /// What the caller gave with the batch.
    pub tag: T,
    /// The partition.
    pub partition: i32,
    /// The offset of the first record, -1 with [`Acks::None`], or why it is not written.
    pub outcome: Result<i64, ClientError>,
    /// When the answer came.
    pub at: Instant,
}

/// Sends batches to a topic without waiting for the answers, which come through a channel.
#[derive(Debug)]
pub struct Pipeline<T> {
    client: Client,
    topic: String,
    options: PipelineOptions,
    transactional_id: Option<(String, TransactionProtocol)>,
    lanes: HashMap<String, Lane<T>>,
    answers: mpsc::UnboundedSender<Sent<T>>,
}

/// One connection.
#[derive(Debug)]
struct Lane<T> {
    write: OwnedWriteHalf,
    version: i16,
    next_id: i32,
    expected: mpsc::Sender<Expected<T>>,
    room: std::sync::Arc<Semaphore>,
}

/// A request under way.
#[derive(Debug)]
struct Expected<T> {
    id: i32,
    partition: i32,
    tag: T,
}

impl<T: Send + 'static> Pipeline<T> {
    /// A pipeline to a topic that is there. Answers come through the receiver, in each partition's order.
    pub async fn open(
        mut client: Client,
        topic: &str,
        options: PipelineOptions,
    ) -> Result<(Self, mpsc::UnboundedReceiver<Sent<T>>), ClientError> {
        client.topic(topic).await?;
        // At most `in_flight` requests a connection are under way, so no more than that can lie in the channel
        // before the caller has the time to look.
        let (answers, receiver) = mpsc::unbounded_channel();
        Ok((
            Self {
                client,
                topic: topic.to_owned(),
                options,
                transactional_id: None,
                lanes: HashMap::new(),
                answers,
            },
            receiver,
        ))
    }

    /// Every batch from now on belongs to transactions of this producer.
    #[must_use]
    pub fn transactional(mut self, producer: Option<&Transactional>) -> Self {
        self.transactional_id = producer.map(|producer| (producer.id().to_owned(), producer.protocol()));
        self
    }

    /// The client, for what has to be asked between two batches.
    pub const fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Sends the first batch of a transaction to a partition and waits until it is written: in the second protocol it
    /// makes the partition a part of the transaction, and those behind it need it to be one.
    pub async fn send_first(
        &mut self,
        transaction: &Transactional,
        partition: i32,
        batch: Bytes,
        tag: T,
    ) -> Result<(), ClientError> {
        if transaction.protocol() == TransactionProtocol::First {
            return self.send(partition, batch, tag).await;
        }
        let batches = [(partition, batch)].into();
        let written = self.client.produce_in(transaction, &self.topic, batches).await;
        let outcome = written.map(|written| written.get(&partition).copied().unwrap_or(-1));
        let _ = self.answers.send(Sent { tag, partition, outcome, at: Instant::now() });
        Ok(())
    }

    /// Sends a batch; waits while as many requests are under way as may be.
    pub async fn send(&mut self, partition: i32, batch: Bytes, tag: T) -> Result<(), ClientError> {
        let leader = self.client.leader(&self.topic, partition).await?;
        let time = self.client.options.request_timeout;
        let request = ProduceRequest {
            transactional_id: self.transactional_id.as_ref().map(|(id, _)| id.as_str().into()),
            acks: self.options.acks.code(),
            timeout_ms: millis(time),
            topic_data: vec![TopicProduceData {
                name: self.topic.as_str().into(),
                partition_data: vec![PartitionProduceData { index: partition, records: Some(batch) }],
                ..Default::default()
            }],
        };
        let is_answered = self.options.acks != Acks::None;
        let client_id = self.client.options.client_id.clone();
        let lane = self.lane(&leader).await?;
        let id = lane.next_id;
        lane.next_id = id.wrapping_add(1);
        let frame = encode_request(&request, lane.version, id, Some(&client_id))
            .map_err(|source| ClientError::Encode { api: ApiKey::Produce, source })?;
        if is_answered {
            // The permit comes back with the answer. The lane's reader holds the semaphore as long as it lives.
            if let Ok(permit) = lane.room.acquire().await {
                permit.forget();
            }
            if lane.expected.send(Expected { id, partition, tag }).await.is_err() {
                return Err(broken(&leader, "the broker hung up".into()));
            }
            return lane.write(frame, &leader).await;
        }
        lane.write(frame, &leader).await?;
        let _ = self.answers.send(Sent { tag, partition, outcome: Ok(-1), at: Instant::now() });
        Ok(())
    }

    async fn lane(&mut self, leader: &str) -> Result<&mut Lane<T>, ClientError> {
        if !self.lanes.contains_key(leader) {
            let connection = Connection::open(leader, &self.client.options).await?;
            let versions =
                self.transactional_id.as_ref().map_or(VERSIONS, |(_, protocol)| in_transaction(*protocol));
            let version = connection.version::<ProduceRequest>(versions)?;
            let (read, write) = connection.into_stream().into_split();
            let room = std::sync::Arc::new(Semaphore::new(self.options.in_flight.max(1).into()));
            let (expected, queue) = mpsc::channel(usize::from(self.options.in_flight.max(1)));
            let reader = LaneReader {
                read,
                version,
                leader: leader.to_owned(),
                topic: self.topic.clone(),
                time: self.client.options.request_timeout,
                room: room.clone(),
                answers: self.answers.clone(),
            };
            tokio::spawn(reader.run(queue));
            let next_id = 0;
            self.lanes.insert(leader.to_owned(), Lane { write, version, next_id, expected, room });
        }
        let missing = || ClientError::Address { text: leader.to_owned(), reason: "there is no connection" };
        self.lanes.get_mut(leader).ok_or_else(missing)
    }
}

impl<T> Lane<T> {
    async fn write(&mut self, frame: Writer, leader: &str) -> Result<(), ClientError> {
        for chunk in frame.into_chunks() {
            // No request has records elsewhere.
            let Chunk::Bytes(bytes) = chunk else { continue };
            self.write.write_all(&bytes).await.map_err(|error| broken(leader, error.to_string()))?;
        }
        Ok(())
    }
}

struct LaneReader<T> {
    read: OwnedReadHalf,
    version: i16,
    leader: String,
    topic: String,
    time: Duration,
    room: std::sync::Arc<Semaphore>,
    answers: mpsc::UnboundedSender<Sent<T>>,
}

impl<T> LaneReader<T> {
    /// Reads an answer for each request; after the first that fails, all that follow fail as well.
    async fn run(mut self, mut queue: mpsc::Receiver<Expected<T>>) {
        let mut is_broken = None;
        while let Some(Expected { id, partition, tag }) = queue.recv().await {
            let outcome = match &is_broken {
                None => self.answer(id, partition).await,
                Some(why) => Err(broken(&self.leader, String::clone(why))),
            };
            if let Err(error) = &outcome
                && error.code().is_none()
            {
                is_broken.get_or_insert_with(|| error.to_string());
            }
            self.room.add_permits(1);
            let _ = self.answers.send(Sent { tag, partition, outcome, at: Instant::now() });
        }
    }

    async fn answer(&mut self, id: i32, partition: i32) -> Result<i64, ClientError> {
        let time = self.time;
        let timed_out =
            |_| ClientError::Timeout { address: self.leader.clone(), api: ApiKey::Produce, after: time };
        let frame = timeout(time + time, read_frame(&mut self.read)).await.map_err(timed_out)?;
        let frame = frame.map_err(|error| broken(&self.leader, error.to_string()))?;
        let malformed =
            |source| ClientError::Malformed { address: self.leader.clone(), api: ApiKey::Produce, source };
        let (received, response) =
            decode_response::<ProduceRequest>(frame, self.version).map_err(malformed)?;
        if received != id {
            return Err(broken(&self.leader, format!("the answer is to request {received}, not {id}")));
        }
        let answers = response.responses.into_iter().flat_map(|topic| topic.partition_responses);
        let Some(answer) = answers.into_iter().find(|answer| answer.index == partition) else {
            return Err(broken(&self.leader, format!("nothing is said of partition {partition}")));
        };
        let what = || format!("{}-{partition}", self.topic);
        ClientError::check(answer.error_code, answer.error_message.as_deref(), what)?;
        Ok(answer.base_offset)
    }
}

fn broken(leader: &str, why: String) -> ClientError {
    ClientError::Closed {
        address: leader.to_owned(),
        api: ApiKey::Produce,
        source: std::io::Error::other(why),
    }
}
