//! What can go wrong between this client and a cluster. Every error names the address and the cause.

use std::io;
use std::time::Duration;

use millstream_wire::records::RecordsError;
use millstream_wire::{ApiKey, DecodeError, EncodeError, ErrorCode, Versions};

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The bootstrap address is not one. Give another.
    #[error("'{text}' is not an address: {reason}; write HOST:PORT, for example 127.0.0.1:9092")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Nobody listens there, or no way leads there. Start the broker or give another address.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// The address.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// No answer came in time. The request may or may not have been carried out.
    #[error("no answer to {api} from {address} within {} ms", .after.as_millis())]
    Timeout {
        /// The address.
        address: String,
        /// The request.
        api: ApiKey,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before the answer. The request may or may not have been carried out.
    #[error("the connection to {address} broke during {api}: {source}")]
    Closed {
        /// The address.
        address: String,
        /// The request.
        api: ApiKey,
        /// The system's reason.
        source: io::Error,
    },
    /// The answer is not one. Is something else than a Kafka broker listening there?
    #[error("{address} answers {api} with something that is no Kafka response: {source}")]
    Malformed {
        /// The address.
        address: String,
        /// The request.
        api: ApiKey,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The broker has no version of the API that this client speaks.
    #[error("{address} offers {api} in {}, this client needs one in {wanted}", offer(.offered))]
    Unsupported {
        /// The address.
        address: String,
        /// The API.
        api: ApiKey,
        /// The versions that the broker has.
        offered: Option<Versions>,
        /// The versions that would do.
        wanted: Versions,
    },
    /// The request cannot be said in the protocol: something in it is too long.
    #[error("{api} cannot be sent: {source}")]
    Encode {
        /// The request.
        api: ApiKey,
        /// Why.
        source: EncodeError,
    },
    /// The broker refuses.
    #[error("{what}: {code}{}", said(.message))]
    Refused {
        /// What was refused: `topic 'clicks'`, `clicks-0`, `group 'lab'`.
        what: String,
        /// Kafka's error.
        code: ErrorCode,
        /// What the broker says about it.
        message: Option<String>,
    },
    /// The cluster has no such broker.
    #[error("there is no broker {id} in the cluster")]
    NoBroker {
        /// The id asked for.
        id: i32,
    },
    /// The topic has no such partition.
    #[error("topic '{topic}' has no partition {partition}: it has {count}")]
    NoPartition {
        /// The topic.
        topic: String,
        /// The partition asked for.
        partition: i32,
        /// How many it has.
        count: usize,
    },
    /// The partition has no leader now; it may have one soon.
    #[error("{topic}-{partition} has no leader at the moment")]
    NoLeader {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// The records that came are damaged.
    #[error("the records of {topic}-{partition} at offset {offset} cannot be read: {source}")]
    Records {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where reading stopped.
        offset: i64,
        /// What is wrong.
        source: RecordsError,
    },
    /// The records to send do not fit a batch.
    #[error("the records for {topic}-{partition} do not fit a batch: {source}")]
    Batch {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Why.
        source: RecordsError,
    },
}

impl ClientError {
    /// Can the same call succeed a moment later, perhaps with fresh metadata?
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Refused { code, .. } => code.is_retriable(),
            Self::Connect { .. } | Self::Timeout { .. } | Self::Closed { .. } | Self::NoLeader { .. } => true,
            _ => false,
        }
    }

    /// Kafka's error code, if a broker gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// `Err` of what was refused, unless the code says that all is well.
    pub(crate) fn check(
        code: ErrorCode,
        message: Option<&str>,
        what: impl FnOnce() -> String,
    ) -> Result<(), Self> {
        code.ok().map_err(|code| Self::Refused { what: what(), code, message: message.map(str::to_owned) })
    }
}

fn said(message: &Option<String>) -> String {
    message.as_ref().map_or_else(String::new, |message| format!(", {message}"))
}

fn offer(versions: &Option<Versions>) -> String {
    versions.map_or_else(|| "no version".into(), |versions| format!("versions {versions}"))
}
