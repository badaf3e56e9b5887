//! What can go wrong with a transaction, as a closed set.

use thiserror::Error;

use crate::AppendFailure;

/// An error that a transaction API answers with; [`TransactionError::code`] is its number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum TransactionError {
    /// The coordinator failed in a way that no retry mends.
    #[error("the transaction coordinator failed")]
    UnknownServerError,
    /// The records could not be written now, or no producer id could be had; retry.
    #[error("the transaction coordinator is not available")]
    CoordinatorNotAvailable,
    /// The partition of `__transaction_state` failed; find the coordinator again.
    #[error("this is not the transaction's coordinator")]
    NotCoordinator,
    /// The transactional id is empty, or longer than its record can hold.
    #[error("the transactional id is not valid")]
    InvalidRequest,
    /// The transaction is in no state in which this can be done.
    #[error("the transaction is in no state for this")]
    InvalidTxnState,
    /// The transactional id is not known, or belongs to another producer id.
    #[error("the producer id does not belong to the transactional id")]
    InvalidProducerIdMapping,
    /// The timeout is not above 0, or above `transaction.max.timeout.ms`.
    #[error("the transaction timeout is out of bounds")]
    InvalidTransactionTimeout,
    /// A step of the transaction is on its way to the disk, or its markers are; retry.
    #[error("a step of the transaction is not finished yet")]
    ConcurrentTransactions,
    /// A newer producer has taken the transactional id over.
    #[error("the producer was replaced by a newer one")]
    ProducerFenced,
    /// The partition is not in the transaction: abort it and begin another.
    #[error("the partition is not part of the transaction")]
    TransactionAbortable,
}

impl TransactionError {
    /// The error code on the wire.
    pub fn code(self) -> i16 {
        match self {
            Self::UnknownServerError => -1,
            Self::CoordinatorNotAvailable => 15,
            Self::NotCoordinator => 16,
            Self::InvalidRequest => 42,
            Self::InvalidTxnState => 48,
            Self::InvalidProducerIdMapping => 49,
            Self::InvalidTransactionTimeout => 50,
            Self::ConcurrentTransactions => 51,
            Self::ProducerFenced => 90,
            Self::TransactionAbortable => 120,
        }
    }
}

impl From<AppendFailure> for TransactionError {
    fn from(failure: AppendFailure) -> Self {
        match failure {
            AppendFailure::Unavailable => Self::CoordinatorNotAvailable,
            AppendFailure::Storage => Self::NotCoordinator,
            AppendFailure::TooLarge => Self::UnknownServerError,
        }
    }
}
