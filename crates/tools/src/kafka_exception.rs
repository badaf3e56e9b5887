//! Errors as Kafka's commands print them where they print an exception: its class and its message.

use millstream_wire::ErrorCode;

/// The class of Kafka's client for this error, and what it says when the broker says nothing.
const EXCEPTIONS: &[(ErrorCode, &str, &str)] = &[
    (
        ErrorCode::OFFSET_OUT_OF_RANGE,
        "OffsetOutOfRangeException",
        "The requested offset is not within the range of offsets maintained by the server.",
    ),
    (
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        "UnknownTopicOrPartitionException",
        "This server does not host this topic-partition.",
    ),
    (
        ErrorCode::POLICY_VIOLATION,
        "PolicyViolationException",
        "Request parameters do not satisfy the configured policy.",
    ),
    (
        ErrorCode::INVALID_REPLICA_ASSIGNMENT,
        "InvalidReplicaAssignmentException",
        "Replica assignment is invalid.",
    ),
    (
        ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE,
        "PreferredLeaderNotAvailableException",
        "The preferred leader was not available.",
    ),
    (
        ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE,
        "EligibleLeadersNotAvailableException",
        "Eligible topic partition leaders are not available.",
    ),
];

/// The error as an exception's text; one that no command meets is told by its name in the protocol.
pub(crate) fn exception(code: ErrorCode, message: Option<&str>) -> String {
    let found = EXCEPTIONS.iter().find(|(known, ..)| *known == code);
    match (found, message) {
        (Some((_, class, usual)), message) => {
            format!("org.apache.kafka.common.errors.{class}: {}", message.unwrap_or(usual))
        }
        (None, Some(message)) => format!("{code}: {message}"),
        (None, None) => code.to_string(),
    }
}
