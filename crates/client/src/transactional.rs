//! Writing in transactions: a producer id that belongs to a transactional id, the partitions of a transaction, its end.
//!
//! There are two protocols. In the first, which every broker from 0.11 on speaks, a partition is added at the coordinator
//! before the first batch goes there. In the second (KIP-890; a cluster whose `transaction.version` is 2), the first batch
//! adds it by itself, and the end of a transaction gives the producer a new epoch: what arrives late belongs to nobody.

use std::collections::BTreeSet;
use std::time::Duration;

use millstream_wire::messages::add_partitions_to_txn::{AddPartitionsToTxnRequest, AddPartitionsToTxnTopic};
use millstream_wire::messages::end_txn::EndTxnRequest;
use millstream_wire::messages::init_producer_id::InitProducerIdRequest;
use millstream_wire::{ErrorCode, Versions};

use crate::admin::millis;
use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::retries::Retries;

/// A producer as the records that it writes name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProducerIdentity {
    /// Its id.
    pub id: i64,
    /// Which of the producers that have had this id it is.
    pub epoch: i16,
}

/// The feature whose level says which protocol a cluster speaks.
const TRANSACTION_VERSION: &str = "transaction.version";

/// How a producer and a cluster speak of transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionProtocol {
    /// Partitions are added before their first batch; a producer keeps its epoch.
    First,
    /// A batch adds its partition; each end of a transaction raises the epoch (KIP-890).
    Second,
}

/// The first version of EndTxn that gives a new epoch.
const END_WITH_EPOCH: i16 = 5;

impl TransactionProtocol {
    /// The newer one that both sides speak.
    fn of(connection: &Connection) -> Self {
        let offer = connection.offer();
        let is_second = offer.finalized_features.get(TRANSACTION_VERSION).is_some_and(|level| *level >= 2)
            && connection.version::<EndTxnRequest>(Versions::new(END_WITH_EPOCH, END_WITH_EPOCH)).is_ok();
        if is_second { Self::Second } else { Self::First }
    }
}

/// A producer of transactions, one after another.
#[derive(Debug)]
pub struct Transactional {
    id: String,
    protocol: TransactionProtocol,
    producer: ProducerIdentity,
    /// The partitions of the transaction that is open.
    added: BTreeSet<(String, i32)>,
}

impl Transactional {
    /// Takes over a transactional id: what a producer before left open is aborted, and that producer fenced. A
    /// transaction that stays open for longer than `timeout` is aborted.
    pub async fn start(client: &mut Client, id: &str, timeout: Duration) -> Result<Self, ClientError> {
        let producer = client.take_over(id, timeout).await?;
        let (_, coordinator) = client.transaction_coordinator(id).await?;
        let protocol = TransactionProtocol::of(client.at(&coordinator).await?);
        Ok(Self { id: id.to_owned(), protocol, producer, added: BTreeSet::new() })
    }

    /// Which protocol it speaks with its cluster.
    pub const fn protocol(&self) -> TransactionProtocol {
        self.protocol
    }

    /// The transactional id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whose records the transaction's are. In the second protocol it is another one after each end of a transaction, and
    /// sequence numbers begin again at 0.
    pub const fn producer(&self) -> ProducerIdentity {
        self.producer
    }

    /// Makes a partition part of the transaction, which begins with its first one. In the second protocol the first batch
    /// does so at the broker: it has to be sent with [`Client::produce_in`]. Gives whether the partition is new.
    pub async fn add(
        &mut self,
        client: &mut Client,
        topic: &str,
        partition: i32,
    ) -> Result<bool, ClientError> {
        if self.added.contains(&(topic.to_owned(), partition)) {
            return Ok(false);
        }
        if self.protocol == TransactionProtocol::First {
            self.add_at_coordinator(client, topic, partition).await?;
        }
        Ok(self.added.insert((topic.to_owned(), partition)))
    }

    async fn add_at_coordinator(
        &self,
        client: &mut Client,
        topic: &str,
        partition: i32,
    ) -> Result<(), ClientError> {
        let topics = vec![AddPartitionsToTxnTopic { name: topic.into(), partitions: vec![partition] }];
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: self.id.as_str().into(),
            v3_and_below_producer_id: self.producer.id,
            v3_and_below_producer_epoch: self.producer.epoch,
            v3_and_below_topics: topics,
            ..Default::default()
        };
        let mut retries = Retries::within(client.options.retry_for);
        loop {
            let (_, address) = client.transaction_coordinator(&self.id).await?;
            let connection = client.at(&address).await?;
            let version = connection.version::<AddPartitionsToTxnRequest>(Versions::new(0, 3))?;
            let response = connection.call(&request, version).await?;
            let rows = response.results_by_topic_v3_and_below;
            let mut codes = rows.into_iter().flat_map(|topic| topic.results_by_partition);
            let code = codes.next().map_or(ErrorCode::UNKNOWN_SERVER_ERROR, |row| row.partition_error_code);
            let checked = ClientError::check(code, None, || format!("transactional id '{}'", self.id));
            match checked {
                Err(error) if waits(&error) && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    /// Commits what was written since the last end, or aborts it; nothing happens without a partition.
    pub async fn end(&mut self, client: &mut Client, committed: bool) -> Result<(), ClientError> {
        if self.added.is_empty() {
            return Ok(());
        }
        let request = EndTxnRequest {
            transactional_id: self.id.as_str().into(),
            producer_id: self.producer.id,
            producer_epoch: self.producer.epoch,
            committed,
        };
        let versions = match self.protocol {
            TransactionProtocol::First => Versions::new(0, END_WITH_EPOCH - 1),
            TransactionProtocol::Second => Versions::new(END_WITH_EPOCH, END_WITH_EPOCH),
        };
        let mut retries = Retries::within(client.options.retry_for);
        loop {
            let (_, address) = client.transaction_coordinator(&self.id).await?;
            let connection = client.at(&address).await?;
            let version = connection.version::<EndTxnRequest>(versions)?;
            let response = connection.call(&request, version).await?;
            let what = || format!("transactional id '{}'", self.id);
            match ClientError::check(response.error_code, None, what) {
                Err(error) if waits(&error) && retries.pause().await => {}
                Err(error) => return Err(error),
                Ok(()) if version >= END_WITH_EPOCH => {
                    self.producer =
                        ProducerIdentity { id: response.producer_id, epoch: response.producer_epoch };
                    break;
                }
                Ok(()) => break,
            }
        }
        self.added.clear();
        Ok(())
    }
}

impl Client {
    /// A new producer of this transactional id, or of none: then its records are only kept from being written twice.
    pub async fn init_producer(
        &mut self,
        transactional: Option<(&str, Duration)>,
    ) -> Result<ProducerIdentity, ClientError> {
        if let Some((id, timeout)) = transactional {
            return self.take_over(id, timeout).await;
        }
        let mut retries = Retries::within(self.options.retry_for);
        let request = InitProducerIdRequest {
            transactional_id: None,
            // Without a transaction nothing times out.
            transaction_timeout_ms: i32::MAX,
            ..InitProducerIdRequest::default()
        };
        loop {
            let connection = self.any().await?;
            let version = connection.version::<InitProducerIdRequest>(Versions::new(0, 5))?;
            let response = connection.call(&request, version).await?;
            match ClientError::check(response.error_code, None, || "a producer id".to_owned()) {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => {
                    return outcome.map(|()| ProducerIdentity {
                        id: response.producer_id,
                        epoch: response.producer_epoch,
                    });
                }
            }
        }
    }

    /// The next producer of a transactional id; the one before is fenced and its open transaction aborted.
    pub(crate) async fn take_over(
        &mut self,
        id: &str,
        timeout: Duration,
    ) -> Result<ProducerIdentity, ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        let request = InitProducerIdRequest {
            transactional_id: Some(id.into()),
            transaction_timeout_ms: millis(timeout),
            ..InitProducerIdRequest::default()
        };
        loop {
            let (_, address) = self.transaction_coordinator(id).await?;
            let connection = self.at(&address).await?;
            let version = connection.version::<InitProducerIdRequest>(Versions::new(0, 5))?;
            let response = connection.call(&request, version).await?;
            match ClientError::check(response.error_code, None, || format!("transactional id '{id}'")) {
                Err(error) if waits(&error) && retries.pause().await => {}
                outcome => {
                    return outcome.map(|()| ProducerIdentity {
                        id: response.producer_id,
                        epoch: response.producer_epoch,
                    });
                }
            }
        }
    }
}

/// Does it go away by itself: the transaction before is still being ended, or the coordinator moves?
pub(crate) fn waits(error: &ClientError) -> bool {
    error.is_retriable() || error.code() == Some(ErrorCode::CONCURRENT_TRANSACTIONS)
}
