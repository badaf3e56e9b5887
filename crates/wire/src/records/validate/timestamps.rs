//! Whether a record's timestamp is allowed (KIP-32, KIP-937).

use super::{ProduceError, ProduceRules};
use crate::records::TimestampType;
use crate::records::batch::NO_TIMESTAMP;

/// Checks one record whose entry was sent with timestamp type `sent`. Where the broker sets the time, any timestamp
/// will do; none at all will do everywhere. The error names no record: its caller knows which it was.
pub(super) fn check(
    rules: &ProduceRules,
    now: i64,
    sent: TimestampType,
    timestamp: i64,
) -> Result<(), ProduceError> {
    if rules.timestamp_type == TimestampType::CreateTime && timestamp != NO_TIMESTAMP {
        let earliest = now.saturating_sub(rules.timestamp_before_max_ms);
        let latest = now.saturating_add(rules.timestamp_after_max_ms);
        if timestamp < earliest || timestamp > latest {
            return Err(ProduceError::TimestampOutOfRange {
                records: Vec::new(),
                timestamp,
                earliest,
                latest,
            });
        }
    } else if sent == TimestampType::LogAppendTime {
        return Err(ProduceError::TimestampTypeOfBroker { records: Vec::new() });
    }
    Ok(())
}
