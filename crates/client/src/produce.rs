//! Sending batches to the leaders of a topic's partitions.

use std::collections::BTreeMap;
use std::str::FromStr;

use bytes::Bytes;
use millstream_wire::messages::produce::{
    PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData,
};
use millstream_wire::{ErrorCode, Versions};

use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;
use crate::transactional::{TransactionProtocol, Transactional, waits};

/// The versions that carry record batches and name topics by name.
pub(crate) const VERSIONS: Versions = Versions::new(3, 12);

/// Those of them that take a transaction's batches in each protocol: up to 11, the client adds a partition to its
/// transaction before; from 12 on, its first batch does.
pub(crate) const fn in_transaction(protocol: TransactionProtocol) -> Versions {
    match protocol {
        TransactionProtocol::First => Versions::new(3, 11),
        TransactionProtocol::Second => Versions::new(12, 12),
    }
}

/// What a broker has done before it says that a batch is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Acks {
    /// Nothing: it does not even answer.
    None,
    /// The leader has it.
    Leader,
    /// All in-sync replicas have it.
    #[default]
    All,
}

/// What an `acks` setting may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("one of 0, 1 and all is wanted")]
pub struct AcksError;

impl FromStr for Acks {
    type Err = AcksError;

    /// As Kafka's producer reads `acks`: -1 is another word for all.
    fn from_str(text: &str) -> Result<Self, AcksError> {
        match text {
            "0" => Ok(Self::None),
            "1" => Ok(Self::Leader),
            "all" | "-1" => Ok(Self::All),
            _ => Err(AcksError),
        }
    }
}

impl Acks {
    pub(crate) const fn code(self) -> i16 {
        match self {
            Self::None => 0,
            Self::Leader => 1,
            Self::All => -1,
        }
    }
}

impl Client {
    /// Sends at most one batch to each partition of a topic, and again what failed and may succeed. Gives the offset
    /// of each batch's first record, by partition; none for [`Acks::None`].
    ///
    /// A batch whose answer got lost is sent again: it may then be in the log twice.
    pub async fn produce(
        &mut self,
        topic: &str,
        batches: BTreeMap<i32, Bytes>,
        acks: Acks,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        self.produce_as(None, topic, batches, acks).await
    }

    /// As [`Self::produce`], for batches of a transaction, which all of their partitions belong to. Waits while the
    /// transaction before is still being ended.
    pub async fn produce_in(
        &mut self,
        transaction: &Transactional,
        topic: &str,
        batches: BTreeMap<i32, Bytes>,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        self.produce_as(Some(transaction), topic, batches, Acks::All).await
    }

    async fn produce_as(
        &mut self,
        transaction: Option<&Transactional>,
        topic: &str,
        batches: BTreeMap<i32, Bytes>,
        acks: Acks,
    ) -> Result<BTreeMap<i32, i64>, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        let mut waiting = batches;
        let mut written = BTreeMap::new();
        while !waiting.is_empty() {
            match self.produce_once(transaction, topic, (&mut waiting, &mut written), acks).await {
                Err(error) if waits(&error) && retries.pause().await => self.forget(topic),
                outcome => outcome?,
            }
        }
        Ok(written)
    }

    /// Tries every waiting batch once; those that are written move from `waiting` to `written`.
    async fn produce_once(
        &mut self,
        transaction: Option<&Transactional>,
        topic: &str,
        (waiting, written): (&mut BTreeMap<i32, Bytes>, &mut BTreeMap<i32, i64>),
        acks: Acks,
    ) -> Result<(), ClientError> {
        let versions = transaction.map_or(VERSIONS, |open| in_transaction(open.protocol()));
        let mut by_leader: BTreeMap<String, Vec<PartitionProduceData>> = BTreeMap::new();
        for (partition, batch) in &*waiting {
            let leader = self.leader(topic, *partition).await?;
            let data = PartitionProduceData { index: *partition, records: Some(batch.clone()) };
            by_leader.entry(leader).or_default().push(data);
        }
        let timeout = self.options.request_timeout;
        let mut failure = Ok(());
        for (leader, partition_data) in by_leader {
            let partitions: Vec<_> = partition_data.iter().map(|data| data.index).collect();
            let request = ProduceRequest {
                transactional_id: transaction.map(|open| open.id().into()),
                acks: acks.code(),
                timeout_ms: millis(timeout),
                topic_data: vec![TopicProduceData {
                    name: topic.into(),
                    partition_data,
                    ..Default::default()
                }],
            };
            let connection = self.at(&leader).await?;
            let version = connection.version::<ProduceRequest>(versions)?;
            if acks == Acks::None {
                connection.send(&request, version).await?;
                waiting.retain(|partition, _| !partitions.contains(partition));
            } else {
                let response = connection.call_held(&request, version, timeout).await?;
                failure = failure.and(settle(topic, response, waiting, written));
            }
        }
        failure
    }
}

/// Moves what the response confirms; the first refusal is the error.
fn settle(
    topic: &str,
    response: ProduceResponse,
    waiting: &mut BTreeMap<i32, Bytes>,
    written: &mut BTreeMap<i32, i64>,
) -> Result<(), ClientError> {
    let mut outcome = Ok(());
    for partition in response.responses.into_iter().flat_map(|topic| topic.partition_responses) {
        if partition.error_code == ErrorCode::NONE {
            waiting.remove(&partition.index);
            written.insert(partition.index, partition.base_offset);
            continue;
        }
        let what = || format!("{topic}-{}", partition.index);
        let message = partition.error_message.as_deref();
        outcome = outcome.and(ClientError::check(partition.error_code, message, what));
    }
    outcome
}
