//! DescribeTransactions: 0.
//!
//! Behaviour: where transactional ids stand, and the partitions in their transactions (KIP-664). One that is not known
//! is TRANSACTIONAL_ID_NOT_FOUND, an empty one INVALID_REQUEST.

use millstream_coordinator::transaction::DescribedTransaction;
use millstream_wire::messages::describe_transactions::{
    DescribeTransactionsRequest, DescribeTransactionsResponse, TopicData, TransactionState,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};

pub(crate) struct DescribeTransactions;

impl Api for DescribeTransactions {
    type Request = DescribeTransactionsRequest;
    const VERSIONS: Versions = Versions::new(0, 0);

    async fn handle(
        call: Call,
        request: DescribeTransactionsRequest,
    ) -> Result<Reply<DescribeTransactionsResponse>, Refusal> {
        let transaction_states =
            request.transactional_ids.into_iter().map(|id| describe(&call, id)).collect();
        Ok(DescribeTransactionsResponse { transaction_states, ..Default::default() }.into())
    }
}

fn describe(call: &Call, transactional_id: Str) -> TransactionState {
    let transactions = &call.shared.transactions;
    let found = if transactional_id.is_empty() {
        Err(ErrorCode::INVALID_REQUEST)
    } else if !transactions.is_available(&transactional_id) {
        Err(ErrorCode::NOT_COORDINATOR)
    } else {
        transactions.describe(&transactional_id).ok_or(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND)
    };
    match found {
        Ok(described) => TransactionState { transactional_id, ..state(described) },
        Err(error_code) => TransactionState { error_code, transactional_id, ..Default::default() },
    }
}

fn state(described: DescribedTransaction) -> TransactionState {
    let mut topics: Vec<TopicData> = Vec::new();
    for (topic, index) in described.partitions {
        match topics.last_mut().filter(|last| *last.topic == *topic) {
            Some(last) => last.partitions.push(index),
            None => topics.push(TopicData { topic: topic.into(), partitions: vec![index] }),
        }
    }
    TransactionState {
        transaction_state: described.state.name().into(),
        transaction_timeout_ms: described.timeout_ms,
        transaction_start_time_ms: described.started_ms,
        producer_id: described.producer.id,
        producer_epoch: described.producer.epoch,
        topics,
        ..Default::default()
    }
}
