//! The records of `__transaction_state`, in the versions that Kafka 4.3 writes.

use std::collections::BTreeSet;

use bytes::Bytes;
use millstream_wire::transaction_records::{PartitionsSchema, TransactionLogKey, TransactionLogValue};
use millstream_wire::{DecodeError, EncodeError, Message, Reader, encode_prefixed};

use crate::{Record, RecordError};

use super::metadata::{Metadata, NO_EPOCH, Partitions};
use super::{Producer, TransactionState};

/// An id's record, or the tombstone of one that is forgotten. `level` is that of `transaction.version`: from 1 on the
/// value has tagged fields.
pub(super) fn write(id: &str, metadata: Option<&Metadata>, level: i16) -> Result<Record, EncodeError> {
    let key = TransactionLogKey { transactional_id: id.into() }.to_record()?;
    let version = i16::from(level >= 1);
    let value = metadata.map(|metadata| encode_prefixed(&value(metadata), version)).transpose()?;
    Ok(Record { key, value })
}

fn value(metadata: &Metadata) -> TransactionLogValue {
    TransactionLogValue {
        producer_id: metadata.producer.id,
        previous_producer_id: metadata.previous_id,
        next_producer_id: metadata.next_id,
        producer_epoch: metadata.producer.epoch,
        next_producer_epoch: NO_EPOCH,
        transaction_timeout_ms: metadata.timeout_ms,
        transaction_status: metadata.state.id(),
        transaction_partitions: (metadata.state != TransactionState::Empty).then(|| partitions(metadata)),
        transaction_last_update_timestamp_ms: metadata.updated_ms,
        transaction_start_timestamp_ms: metadata.started_ms,
        client_transaction_version: metadata.client_version,
    }
}

fn partitions(metadata: &Metadata) -> Vec<PartitionsSchema> {
    let schema = |(topic, set): (&str, &BTreeSet<i32>)| PartitionsSchema {
        topic: topic.into(),
        partition_ids: set.iter().copied().collect(),
    };
    metadata.partitions.by_topic().map(schema).collect()
}

/// Reads a record: an id, and what it says of it. `None` for a key of another kind.
pub(super) fn read(
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<Option<(String, Option<Metadata>)>, RecordError> {
    let key = TransactionLogKey::from_record(Bytes::copy_from_slice(key))
        .map_err(|error| damaged("key", &error))?;
    let Some(key) = key else { return Ok(None) };
    let metadata = value.map(read_value).transpose()?;
    Ok(Some((key.transactional_id.to_string(), metadata)))
}

fn read_value(bytes: &[u8]) -> Result<Metadata, RecordError> {
    const WHAT: &str = "transaction";
    let mut reader = Reader::new(Bytes::copy_from_slice(bytes));
    let version = reader.i16().map_err(|error| damaged(WHAT, &error))?;
    if !TransactionLogValue::VERSIONS.contains(version) {
        return Err(RecordError::UnknownVersion { what: WHAT, version });
    }
    let value = TransactionLogValue::decode(&mut reader, version).map_err(|error| damaged(WHAT, &error))?;
    let status = value.transaction_status;
    let unknown = || RecordError::Damaged { what: WHAT, detail: format!("there is no state {status}") };
    let state = TransactionState::from_id(status).ok_or_else(unknown)?;
    let mut partitions = Partitions::new();
    for topic in value.transaction_partitions.into_iter().flatten() {
        partitions.add(&topic.topic, topic.partition_ids);
    }
    Ok(Metadata {
        producer: Producer { id: value.producer_id, epoch: value.producer_epoch },
        previous_id: value.previous_producer_id,
        next_id: value.next_producer_id,
        last_epoch: NO_EPOCH,
        timeout_ms: value.transaction_timeout_ms,
        state,
        partitions,
        started_ms: value.transaction_start_timestamp_ms,
        updated_ms: value.transaction_last_update_timestamp_ms,
        client_version: value.client_transaction_version,
    })
}

fn damaged(what: &'static str, error: &DecodeError) -> RecordError {
    RecordError::Damaged { what, detail: error.to_string() }
}
