//! Making a batch: what our own producers, the group coordinator and conversions write.

use bytes::{BufMut, BytesMut};

use super::{
    Attributes, BatchHeader, HEADER_SIZE, Header, LENGTH_PREFIX, NO_PRODUCER_EPOCH, NO_PRODUCER_ID,
    NO_SEQUENCE, NO_TIMESTAMP,
};
use crate::records::{Codec, RecordsError, TimestampType, compression, varint};

/// Collects records and writes them as one batch of magic 2.
#[derive(Debug, Clone)]
pub struct BatchBuilder {
    codec: Codec,
    header: BatchHeader,
    records: Vec<u8>,
    next_offset_delta: i32,
}

impl BatchBuilder {
    /// An empty batch at offset 0, without leader epoch and producer.
    pub fn new(codec: Codec) -> Self {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            crc: 0,
            attributes: Attributes::of(codec),
            last_offset_delta: 0,
            base_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            record_count: 0,
        };
        Self { codec, header, records: Vec::new(), next_offset_delta: 0 }
    }

    /// Starts at this offset, in the epoch of this leader.
    #[must_use]
    pub const fn at(mut self, base_offset: i64, leader_epoch: i32) -> Self {
        self.header.base_offset = base_offset;
        self.header.partition_leader_epoch = leader_epoch;
        self
    }

    /// Sent by this idempotent producer.
    #[must_use]
    pub const fn producer(mut self, producer_id: i64, producer_epoch: i16, base_sequence: i32) -> Self {
        self.header.producer_id = producer_id;
        self.header.producer_epoch = producer_epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Stamped by the broker with this time (ms), whatever timestamps the records have.
    #[must_use]
    pub const fn log_append_time(mut self, now: i64) -> Self {
        self.header.attributes = self.header.attributes.with_timestamp_type(TimestampType::LogAppendTime);
        self.header.max_timestamp = now;
        self
    }

    /// Part of a transaction.
    #[must_use]
    pub const fn transactional(mut self) -> Self {
        self.header.attributes = self.header.attributes.transactional();
        self
    }

    /// A control batch: markers, not data.
    #[must_use]
    pub const fn control(mut self) -> Self {
        self.header.attributes = self.header.attributes.control();
        self
    }

    /// Like the batch of this header in everything but its records, which are still to come.
    pub(super) fn like(header: &BatchHeader, delete_horizon: Option<i64>) -> Result<Self, RecordsError> {
        let codec = header.attributes.codec()?;
        let mut header = *header;
        header.attributes = header.attributes.with_delete_horizon(delete_horizon.is_some());
        header.base_timestamp = delete_horizon.unwrap_or(NO_TIMESTAMP);
        header.record_count = 0;
        if header.attributes.timestamp_type() == TimestampType::CreateTime {
            header.max_timestamp = NO_TIMESTAMP;
        }
        Ok(Self { codec, header, records: Vec::new(), next_offset_delta: 0 })
    }

    /// The last offset stays where it is, whatever records there are.
    pub(super) const fn spanning(mut self, last_offset_delta: i32) -> Self {
        self.header.last_offset_delta = last_offset_delta;
        self
    }

    /// Records so far.
    pub const fn record_count(&self) -> i32 {
        self.header.record_count
    }

    /// Bytes of the batch so far, not compressed.
    pub fn size_in_bytes(&self) -> usize {
        HEADER_SIZE + self.records.len()
    }

    /// Makes room for records of so many bytes, and no more: their memory does not grow beyond it.
    pub(crate) fn make_room(&mut self, bytes: usize) {
        self.records.reserve_exact(bytes);
    }

    /// Adds a record at the next offset; timestamp in ms.
    ///
    /// # Errors
    /// [`RecordsError::BadLength`] when the batch would have 2 GiB or more.
    pub fn append(
        &mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> Result<(), RecordsError> {
        self.append_at(self.next_offset_delta, timestamp, key, value, headers)
    }

    /// Adds a record at this distance from the base offset, as compaction leaves gaps.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_at(
        &mut self,
        offset_delta: i32,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> Result<(), RecordsError> {
        if self.header.record_count == 0 && !self.header.attributes.has_delete_horizon() {
            self.header.base_timestamp = timestamp;
        }
        let timestamp_delta = timestamp.wrapping_sub(self.header.base_timestamp);
        let body = body_size(offset_delta, timestamp_delta, key, value, headers);
        let size = self.records.len().saturating_add(body);
        if size > MOST_BYTES {
            return Err(too_long(size));
        }
        put_length(&mut self.records, body);
        self.records.put_u8(0);
        varint::write(&mut self.records, timestamp_delta);
        varint::write(&mut self.records, i64::from(offset_delta));
        put_bytes(&mut self.records, key);
        put_bytes(&mut self.records, value);
        put_length(&mut self.records, headers.len());
        for header in headers {
            put_bytes(&mut self.records, Some(&header.key));
            put_bytes(&mut self.records, header.value.as_deref());
        }
        self.header.record_count += 1;
        self.header.last_offset_delta = offset_delta;
        self.next_offset_delta = offset_delta.saturating_add(1);
        if self.header.attributes.timestamp_type() == TimestampType::CreateTime {
            self.header.max_timestamp = self.header.max_timestamp.max(timestamp);
        }
        Ok(())
    }

    /// The batch, compressed and with its checksum. A builder without records gives no bytes.
    ///
    /// # Errors
    /// [`RecordsError::BadLength`] when the compressed batch has 2 GiB or more.
    pub fn finish(mut self) -> Result<BytesMut, RecordsError> {
        if self.header.record_count == 0 {
            return Ok(BytesMut::new());
        }
        if self.codec != Codec::None {
            self.records = compression::compress(self.codec, self.header.magic(), &self.records)?;
        }
        replace_payload(&self.header, self.codec, &self.records)
    }
}

/// A batch with this header, but the codec, the length and the checksum of this payload.
pub(crate) fn replace_payload(
    header: &BatchHeader,
    codec: Codec,
    payload: &[u8],
) -> Result<BytesMut, RecordsError> {
    let size = HEADER_SIZE + payload.len();
    let mut header = *header;
    header.attributes = header.attributes.with_codec(codec);
    header.batch_length = i32::try_from(size - LENGTH_PREFIX).map_err(|_| too_long(size))?;
    let mut batch = BytesMut::with_capacity(size);
    header.write(&mut batch);
    batch.put_slice(payload);
    super::header::write_crc(&mut batch)?;
    Ok(batch)
}

/// Keeps every length that is written within 31 bits, with room for the header.
const MOST_BYTES: usize = (1 << 31) - 1 - 1024;

fn too_long(size: usize) -> RecordsError {
    RecordsError::BadLength { length: i64::try_from(size).unwrap_or(i64::MAX), least: 0 }
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    varint::write(out, i64::try_from(length).unwrap_or(i64::MAX));
}

fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            put_length(out, bytes.len());
            out.put_slice(bytes);
        }
        None => varint::write(out, -1),
    }
}

fn body_size(
    offset_delta: i32,
    timestamp_delta: i64,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: &[Header],
) -> usize {
    let headers_size: usize = headers
        .iter()
        .map(|header| bytes_size(Some(&header.key)).saturating_add(bytes_size(header.value.as_deref())))
        .fold(length_size(headers.len()), usize::saturating_add);
    (1 + varint::size(timestamp_delta) + varint::size(i64::from(offset_delta)))
        .saturating_add(bytes_size(key))
        .saturating_add(bytes_size(value))
        .saturating_add(headers_size)
}

fn bytes_size(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| length_size(bytes.len()).saturating_add(bytes.len()))
}

fn length_size(length: usize) -> usize {
    varint::size(i64::try_from(length).unwrap_or(i64::MAX))
}
