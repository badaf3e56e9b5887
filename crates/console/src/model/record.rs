//! Records of a topic, as the tail shows them.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Where a tail stands: for each partition the next offset it has not looked at.
pub type Cursor = BTreeMap<i32, i64>;

/// What came to a topic since a cursor.
#[derive(Debug, Clone, Default)]
pub struct Tail {
    /// The newest of them, newest first, at most as many as were asked for.
    pub records: Vec<Record>,
    /// How many came since the cursor, skipped ones included; equals `records.len()` without a cursor.
    pub arrived: u64,
    /// Where to go on.
    pub next: Cursor,
}

/// One record, with its bytes as the producer sent them.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The partition.
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
    /// The record's timestamp in milliseconds since 1970 UTC; `None` for message format 0, which has none.
    pub timestamp_ms: Option<i64>,
    /// The key.
    pub key: Option<Bytes>,
    /// The value; `None` is a tombstone.
    pub value: Option<Bytes>,
    /// The headers, in order. A key may come more than once.
    pub headers: Vec<(String, Option<Bytes>)>,
}
