//! Transactions as an administrator sees them: which there are, what they have touched, and how to end one that hangs.

use std::collections::BTreeMap;

use millstream_wire::messages::describe_producers::{DescribeProducersRequest, TopicRequest};
use millstream_wire::messages::describe_transactions::DescribeTransactionsRequest;
use millstream_wire::messages::find_coordinator::FindCoordinatorRequest;
use millstream_wire::messages::list_transactions::ListTransactionsRequest;
use millstream_wire::messages::write_txn_markers::{
    WritableTxnMarker, WritableTxnMarkerTopic, WriteTxnMarkersRequest,
};
use millstream_wire::{ErrorCode, Versions};

use crate::address;
use crate::client::Client;
use crate::error::ClientError;
use crate::retries::Retries;

/// The key type of transactional ids in FindCoordinator.
const TRANSACTION: i8 = 1;

/// A transactional id in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionListing {
    /// The id.
    pub transactional_id: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// Its producer.
    pub producer_id: i64,
    /// Kafka's name of the state: `Ongoing`, `CompleteCommit` ...
    pub state: String,
}

/// A transactional id and its transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionDescription {
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// Its producer.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// Kafka's name of the state.
    pub state: String,
    /// After how many ms it is aborted.
    pub timeout_ms: i32,
    /// When it began, in ms since 1970, if one is open.
    pub start_ms: Option<i64>,
    /// The partitions that it has written to.
    pub partitions: Vec<(String, i32)>,
}

/// A producer that has lately written to a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveProducer {
    /// Its id.
    pub id: i64,
    /// Its epoch.
    pub epoch: i32,
    /// The epoch of the coordinator that wrote its last marker; -1 for none.
    pub coordinator_epoch: i32,
    /// The sequence number of its last record.
    pub last_sequence: i32,
    /// The time of its last batch in ms since 1970.
    pub last_timestamp: i64,
    /// The first offset of its open transaction, if it has one.
    pub transaction_start: Option<i64>,
}

/// Which transactional ids are listed.
#[derive(Debug, Clone, Default)]
pub struct TransactionFilter {
    /// Only those of these producers, if there are any.
    pub producer_ids: Vec<i64>,
    /// Only those whose transaction has been open for longer, in ms.
    pub longer_than_ms: Option<i64>,
    /// Only ids that match this regular expression of Java's.
    pub pattern: Option<String>,
}

impl Client {
    /// The transactional ids of all brokers.
    pub async fn list_transactions(
        &mut self,
        filter: &TransactionFilter,
    ) -> Result<Vec<TransactionListing>, ClientError> {
        self.refresh(Some(&[])).await?;
        let least = match filter {
            TransactionFilter { pattern: Some(_), .. } => 2,
            TransactionFilter { longer_than_ms: Some(_), .. } => 1,
            _ => 0,
        };
        let request = ListTransactionsRequest {
            producer_id_filters: filter.producer_ids.clone(),
            duration_filter: filter.longer_than_ms.unwrap_or(-1),
            transactional_id_pattern: filter.pattern.as_deref().map(Into::into),
            ..ListTransactionsRequest::default()
        };
        let brokers: Vec<i32> = self.cluster.brokers.keys().copied().collect();
        let mut found = Vec::new();
        for coordinator in brokers {
            let mut retries = Retries::within(self.options.retry_for);
            let response = loop {
                let connection = self.broker(coordinator).await?;
                let version = connection.version::<ListTransactionsRequest>(Versions::new(least, 2))?;
                let response = connection.call(&request, version).await?;
                let what = || format!("the transactions of broker {coordinator}");
                match ClientError::check(response.error_code, None, what) {
                    Err(error) if error.is_retriable() && retries.pause().await => {}
                    outcome => break outcome.map(|()| response)?,
                }
            };
            found.extend(response.transaction_states.into_iter().map(|one| TransactionListing {
                transactional_id: one.transactional_id.into(),
                coordinator,
                producer_id: one.producer_id,
                state: one.transaction_state.into(),
            }));
        }
        Ok(found)
    }

    /// A transactional id and its transaction.
    pub async fn describe_transaction(&mut self, id: &str) -> Result<TransactionDescription, ClientError> {
        let (coordinator, address) = self.transaction_coordinator(id).await?;
        let connection = self.at(&address).await?;
        let version = connection.version::<DescribeTransactionsRequest>(Versions::new(0, 0))?;
        let request = DescribeTransactionsRequest { transactional_ids: vec![id.into()] };
        let response = connection.call(&request, version).await?;
        let what = || format!("transactional id '{id}'");
        let missing = || ClientError::Refused {
            what: what(),
            code: ErrorCode::TRANSACTIONAL_ID_NOT_FOUND,
            message: None,
        };
        let found = response.transaction_states.into_iter().next().ok_or_else(missing)?;
        ClientError::check(found.error_code, None, what)?;
        let mut partitions = Vec::new();
        for topic in found.topics {
            partitions.extend(topic.partitions.into_iter().map(|index| (topic.topic.to_string(), index)));
        }
        Ok(TransactionDescription {
            coordinator,
            producer_id: found.producer_id,
            producer_epoch: found.producer_epoch,
            state: found.transaction_state.into(),
            timeout_ms: found.transaction_timeout_ms,
            start_ms: Some(found.transaction_start_time_ms).filter(|time| *time >= 0),
            partitions,
        })
    }

    /// The producers that have lately written to a partition, as its leader or this broker knows them.
    pub async fn describe_producers(
        &mut self,
        topic: &str,
        partition: i32,
        broker: Option<i32>,
    ) -> Result<Vec<ActiveProducer>, ClientError> {
        let connection = match broker {
            Some(id) => self.broker(id).await?,
            None => {
                let leader = self.leader(topic, partition).await?;
                self.at(&leader).await?
            }
        };
        let version = connection.version::<DescribeProducersRequest>(Versions::new(0, 0))?;
        let request = DescribeProducersRequest {
            topics: vec![TopicRequest { name: topic.into(), partition_indexes: vec![partition] }],
        };
        let response = connection.call(&request, version).await?;
        let mut producers = Vec::new();
        for one in response.topics.into_iter().flat_map(|topic| topic.partitions) {
            let message = one.error_message.as_deref();
            ClientError::check(one.error_code, message, || format!("{topic}-{partition}"))?;
            producers.extend(one.active_producers.into_iter().map(|state| ActiveProducer {
                id: state.producer_id,
                epoch: state.producer_epoch,
                coordinator_epoch: state.coordinator_epoch,
                last_sequence: state.last_sequence,
                last_timestamp: state.last_timestamp,
                transaction_start: Some(state.current_txn_start_offset).filter(|offset| *offset >= 0),
            }));
        }
        Ok(producers)
    }

    /// Writes an abort marker of a producer into one partition, whatever its coordinator thinks.
    pub async fn abort_transaction(
        &mut self,
        topic: &str,
        partition: i32,
        (producer_id, producer_epoch): (i64, i16),
        coordinator_epoch: i32,
    ) -> Result<(), ClientError> {
        let leader = self.leader(topic, partition).await?;
        let request = WriteTxnMarkersRequest {
            markers: vec![WritableTxnMarker {
                producer_id,
                producer_epoch,
                transaction_result: false,
                topics: vec![WritableTxnMarkerTopic {
                    name: topic.into(),
                    partition_indexes: vec![partition],
                }],
                coordinator_epoch,
                ..WritableTxnMarker::default()
            }],
        };
        let connection = self.at(&leader).await?;
        let version = connection.version::<WriteTxnMarkersRequest>(Versions::new(0, 1))?;
        let response = connection.call(&request, version).await?;
        for one in
            response.markers.into_iter().flat_map(|marker| marker.topics).flat_map(|topic| topic.partitions)
        {
            ClientError::check(one.error_code, None, || format!("{topic}-{partition}"))?;
        }
        Ok(())
    }

    /// Ends the open transaction of an id by taking the id over, which aborts it and fences its producer.
    pub async fn terminate_transaction(&mut self, id: &str) -> Result<(), ClientError> {
        self.take_over(id, self.options.request_timeout).await.map(|_| ())
    }

    pub(crate) async fn transaction_coordinator(&mut self, id: &str) -> Result<(i32, String), ClientError> {
        let mut retries = Retries::within(self.options.retry_for);
        loop {
            match self.find_transaction_coordinator(id).await {
                Err(error) if error.is_retriable() && retries.pause().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn find_transaction_coordinator(&mut self, id: &str) -> Result<(i32, String), ClientError> {
        let connection = self.any().await?;
        let version = connection.version::<FindCoordinatorRequest>(Versions::new(1, 3))?;
        let request = FindCoordinatorRequest { key: id.into(), key_type: TRANSACTION, ..Default::default() };
        let response = connection.call(&request, version).await?;
        let message = response.error_message.as_deref();
        ClientError::check(response.error_code, message, || format!("the coordinator of '{id}'"))?;
        Ok((response.node_id, address::of_broker(&response.host, response.port)))
    }
}

/// Partitions with their open transactions, by producer.
pub type OpenTransactions = BTreeMap<i64, Vec<(String, i32, ActiveProducer)>>;

impl Client {
    /// Open transactions that no coordinator will end: their last batch is older than `longer_than_ms`, and no
    /// transactional id of their producer names the partition.
    pub async fn find_hanging_transactions(
        &mut self,
        partitions: &[(String, i32)],
        broker: Option<i32>,
        older_than_ms: i64,
    ) -> Result<Vec<(String, i32, ActiveProducer)>, ClientError> {
        let mut open = OpenTransactions::new();
        for (topic, partition) in partitions {
            for producer in self.describe_producers(topic, *partition, broker).await? {
                if producer.transaction_start.is_some() && producer.last_timestamp < older_than_ms {
                    open.entry(producer.id).or_default().push((topic.clone(), *partition, producer));
                }
            }
        }
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let filter = TransactionFilter { producer_ids: open.keys().copied().collect(), ..Default::default() };
        for listing in self.list_transactions(&filter).await? {
            match self.describe_transaction(&listing.transactional_id).await {
                Ok(found) => {
                    if let Some(rows) = open.get_mut(&listing.producer_id) {
                        rows.retain(|(topic, partition, _)| {
                            !found.partitions.iter().any(|(name, index)| name == topic && index == partition)
                        });
                    }
                }
                Err(error) if error.code() == Some(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(open.into_values().flatten().collect())
    }
}
