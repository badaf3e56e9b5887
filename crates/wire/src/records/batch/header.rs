//! The 61 bytes in front of every batch: all that the broker reads of most batches, and all that it ever changes.
//!
//! Base offset, length and leader epoch lie outside the checksum, so the log assigns offsets in place without
//! hashing the batch again. Everything from the attributes on is covered by a CRC-32C.

use bytes::{Buf, BufMut};

use crate::records::{Codec, RecordsError, TimestampType};

/// Bytes of a batch header.
pub const HEADER_SIZE: usize = 61;
/// Bytes in front of what `batch_length` counts: base offset and the length itself.
pub const LENGTH_PREFIX: usize = 12;
/// The producer id of a batch without one.
pub const NO_PRODUCER_ID: i64 = -1;
/// The producer epoch of a batch without a producer id.
pub const NO_PRODUCER_EPOCH: i16 = -1;
/// The base sequence of a batch without a producer id.
pub const NO_SEQUENCE: i32 = -1;
/// The timestamp of records that have none.
pub const NO_TIMESTAMP: i64 = -1;

const MAGIC: i8 = 2;
const LEAST_LENGTH: i32 = 49;
const CRC_AT: usize = 17;
const ATTRIBUTES_AT: usize = 21;
const MAX_TIMESTAMP_AT: usize = 35;

/// The attributes of a batch: bits, of which the unknown ones are kept as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes(pub i16);

impl Attributes {
    const CODEC: i16 = 0b111;
    const LOG_APPEND_TIME: i16 = 1 << 3;
    const TRANSACTIONAL: i16 = 1 << 4;
    const CONTROL: i16 = 1 << 5;
    const DELETE_HORIZON: i16 = 1 << 6;

    /// The attributes of a batch with this codec, and nothing else.
    pub const fn of(codec: Codec) -> Self {
        Self(0).with_codec(codec)
    }

    /// The same with another codec.
    #[must_use]
    pub const fn with_codec(self, codec: Codec) -> Self {
        Self((self.0 & !Self::CODEC) | codec.id() as i16)
    }

    /// The compression codec.
    ///
    /// # Errors
    /// [`RecordsError::UnknownCodec`] for the ids 5 to 7.
    pub fn codec(self) -> Result<Codec, RecordsError> {
        let [_, low] = (self.0 & Self::CODEC).to_be_bytes();
        Codec::from_id(low)
    }

    /// Who set the timestamps.
    pub const fn timestamp_type(self) -> TimestampType {
        if self.0 & Self::LOG_APPEND_TIME == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Whether the batch belongs to a transaction.
    pub const fn is_transactional(self) -> bool {
        self.0 & Self::TRANSACTIONAL != 0
    }

    /// Whether its records are markers for brokers and clients, not data.
    pub const fn is_control(self) -> bool {
        self.0 & Self::CONTROL != 0
    }

    /// Whether the base timestamp is really the time from which tombstones may go (KIP-534).
    pub const fn has_delete_horizon(self) -> bool {
        self.0 & Self::DELETE_HORIZON != 0
    }

    /// The same, with or without a delete horizon in the place of the base timestamp.
    #[must_use]
    pub(super) const fn with_delete_horizon(self, set: bool) -> Self {
        Self(if set { self.0 | Self::DELETE_HORIZON } else { self.0 & !Self::DELETE_HORIZON })
    }

    /// The same with the timestamp type changed.
    #[must_use]
    pub const fn with_timestamp_type(self, timestamp_type: TimestampType) -> Self {
        match timestamp_type {
            TimestampType::CreateTime => Self(self.0 & !Self::LOG_APPEND_TIME),
            TimestampType::LogAppendTime => Self(self.0 | Self::LOG_APPEND_TIME),
        }
    }

    /// The same, marked as part of a transaction.
    #[must_use]
    pub const fn transactional(self) -> Self {
        Self(self.0 | Self::TRANSACTIONAL)
    }

    /// The same, marked as a control batch.
    #[must_use]
    pub const fn control(self) -> Self {
        Self(self.0 | Self::CONTROL)
    }
}

/// The header of a batch, read. A copy: changing it changes no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// Offset of the first record as produced; compaction may have removed that record.
    pub base_offset: i64,
    /// Bytes that follow this field; at least 49.
    pub batch_length: i32,
    /// Epoch of the leader that appended the batch, -1 before that.
    pub partition_leader_epoch: i32,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, timestamp type and kind.
    pub attributes: Attributes,
    /// Offset of the last record as produced, less the base offset; never negative.
    pub last_offset_delta: i32,
    /// Timestamp of the first record in ms, which the others are relative to.
    pub base_timestamp: i64,
    /// The largest timestamp of the batch in ms, or the append time.
    pub max_timestamp: i64,
    /// Producer id, [`NO_PRODUCER_ID`] without idempotence.
    pub producer_id: i64,
    /// Producer epoch, [`NO_PRODUCER_EPOCH`] without idempotence.
    pub producer_epoch: i16,
    /// Sequence number of the first record, [`NO_SEQUENCE`] without idempotence.
    pub base_sequence: i32,
    /// How many records the batch says it holds; never negative.
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads the header in front of `bytes`, which need not hold the whole batch. The checksum is not looked at.
    ///
    /// # Errors
    /// [`RecordsError::Truncated`] below 61 bytes unless the batch says that it is no longer, [`RecordsError::BadMagic`] for anything but 2 (which needs 17
    /// bytes to be seen), [`RecordsError::BadLength`] for a length below the header's own,
    /// [`RecordsError::BadField`] for a negative count or offset range.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordsError> {
        if let Some(magic) = magic(bytes)
            && magic != MAGIC
        {
            return Err(RecordsError::BadMagic(magic));
        }
        let Some(head) = bytes.first_chunk::<HEADER_SIZE>() else {
            return Err(Self::too_short(bytes));
        };
        let header = Self::read(head);
        header.check()?;
        Ok(header)
    }

    /// What is wrong with bytes that hold no header: they end too early, or all of the batch is there and it is shorter.
    fn too_short(bytes: &[u8]) -> RecordsError {
        let whole = bytes.split_first_chunk::<LENGTH_PREFIX>().and_then(|([.., a, b, c, d], rest)| {
            let length = i32::from_be_bytes([*a, *b, *c, *d]);
            (rest.len() >= usize::try_from(length).unwrap_or(0)).then_some(length)
        });
        match whole {
            Some(length) => {
                RecordsError::BadLength { length: i64::from(length), least: i64::from(LEAST_LENGTH) }
            }
            None => RecordsError::Truncated { needed: HEADER_SIZE, available: bytes.len() },
        }
    }

    fn read(head: &[u8; HEADER_SIZE]) -> Self {
        let mut b: &[u8] = head;
        let base_offset = b.get_i64();
        let batch_length = b.get_i32();
        let partition_leader_epoch = b.get_i32();
        b.advance(1);
        Self {
            base_offset,
            batch_length,
            partition_leader_epoch,
            crc: b.get_u32(),
            attributes: Attributes(b.get_i16()),
            last_offset_delta: b.get_i32(),
            base_timestamp: b.get_i64(),
            max_timestamp: b.get_i64(),
            producer_id: b.get_i64(),
            producer_epoch: b.get_i16(),
            base_sequence: b.get_i32(),
            record_count: b.get_i32(),
        }
    }

    fn check(&self) -> Result<(), RecordsError> {
        if self.batch_length < LEAST_LENGTH {
            return Err(RecordsError::BadLength {
                length: i64::from(self.batch_length),
                least: i64::from(LEAST_LENGTH),
            });
        }
        if self.last_offset_delta < 0 {
            return Err(RecordsError::BadField {
                field: "last offset delta",
                value: i64::from(self.last_offset_delta),
            });
        }
        if self.record_count < 0 {
            return Err(RecordsError::BadField {
                field: "record count",
                value: i64::from(self.record_count),
            });
        }
        if self.base_offset.checked_add(i64::from(self.last_offset_delta)).is_none() {
            return Err(RecordsError::BadField { field: "base offset", value: self.base_offset });
        }
        Ok(())
    }

    /// Appends the 61 bytes as they are, checksum included.
    pub fn write(&self, out: &mut impl BufMut) {
        out.put_i64(self.base_offset);
        out.put_i32(self.batch_length);
        out.put_i32(self.partition_leader_epoch);
        out.put_i8(MAGIC);
        out.put_u32(self.crc);
        out.put_i16(self.attributes.0);
        out.put_i32(self.last_offset_delta);
        out.put_i64(self.base_timestamp);
        out.put_i64(self.max_timestamp);
        out.put_i64(self.producer_id);
        out.put_i16(self.producer_epoch);
        out.put_i32(self.base_sequence);
        out.put_i32(self.record_count);
    }

    /// The format version; only 2 is ever read.
    pub const fn magic(&self) -> i8 {
        MAGIC
    }

    /// Bytes of the whole batch, header included.
    pub fn size_in_bytes(&self) -> usize {
        LENGTH_PREFIX + usize::try_from(self.batch_length).unwrap_or(0)
    }

    /// Offset of the last record as produced.
    pub const fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(self.last_offset_delta as i64)
    }

    /// The offset that follows this batch.
    pub const fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// Whether an idempotent producer sent it.
    pub const fn has_producer_id(&self) -> bool {
        self.producer_id > NO_PRODUCER_ID
    }

    /// Sequence number of the last record, [`NO_SEQUENCE`] without idempotence; after 2^31-1 comes 0.
    pub const fn last_sequence(&self) -> i32 {
        if self.base_sequence == NO_SEQUENCE {
            NO_SEQUENCE
        } else {
            sequence_after(self.base_sequence, self.last_offset_delta)
        }
    }

    /// From when compaction may remove the batch's tombstones, in ms (KIP-534).
    pub const fn delete_horizon(&self) -> Option<i64> {
        if self.attributes.has_delete_horizon() { Some(self.base_timestamp) } else { None }
    }

    /// Compares the checksum with the bytes. `batch` starts at this header and holds at least the whole batch.
    ///
    /// # Errors
    /// [`RecordsError::Truncated`] when it does not, [`RecordsError::BadCrc`] when the bytes changed.
    pub fn verify_crc(&self, batch: &[u8]) -> Result<(), RecordsError> {
        let covered = batch
            .get(ATTRIBUTES_AT..self.size_in_bytes())
            .ok_or(RecordsError::Truncated { needed: self.size_in_bytes(), available: batch.len() })?;
        let computed = crc32c::crc32c(covered);
        if computed == self.crc { Ok(()) } else { Err(RecordsError::BadCrc { stored: self.crc, computed }) }
    }
}

/// The sequence number `increment` records after `sequence`; after 2^31-1 comes 0. Neither is negative.
pub const fn sequence_after(sequence: i32, increment: i32) -> i32 {
    match sequence.checked_add(increment) {
        Some(next) => next,
        None => increment - (i32::MAX - sequence) - 1,
    }
}

/// The format version of the entry in front of `bytes`, of whatever format: it is at the same place in all three.
pub(crate) fn magic(bytes: &[u8]) -> Option<i8> {
    bytes.get(16).map(|byte| i8::from_be_bytes([*byte]))
}

/// Gives the batch in front of `batch` its place in the log, in place. Both fields lie outside the checksum.
///
/// # Errors
/// [`RecordsError::Truncated`] when `batch` is shorter than a header.
pub fn assign_offset(batch: &mut [u8], base_offset: i64, leader_epoch: i32) -> Result<(), RecordsError> {
    let head = head_mut(batch)?;
    head[0..8].copy_from_slice(&base_offset.to_be_bytes());
    head[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
    Ok(())
}

/// Stamps the batch in front of `batch` with the time of its append, in ms, and hashes it again.
///
/// # Errors
/// As [`BatchHeader::parse`], and [`RecordsError::Truncated`] when `batch` does not hold the whole batch.
pub fn set_log_append_time(batch: &mut [u8], now: i64) -> Result<(), RecordsError> {
    set_max_timestamp(batch, TimestampType::LogAppendTime, now)
}

/// Changes timestamp type and largest timestamp (ms) of the batch in front of `batch`, and hashes it again.
///
/// # Errors
/// As [`set_log_append_time`].
pub fn set_max_timestamp(
    batch: &mut [u8],
    timestamp_type: TimestampType,
    max_timestamp: i64,
) -> Result<(), RecordsError> {
    let header = BatchHeader::parse(batch)?;
    let available = batch.len();
    let batch = batch
        .get_mut(..header.size_in_bytes())
        .ok_or(RecordsError::Truncated { needed: header.size_in_bytes(), available })?;
    let attributes = header.attributes.with_timestamp_type(timestamp_type);
    let head = head_mut(batch)?;
    head[ATTRIBUTES_AT..ATTRIBUTES_AT + 2].copy_from_slice(&attributes.0.to_be_bytes());
    head[MAX_TIMESTAMP_AT..MAX_TIMESTAMP_AT + 8].copy_from_slice(&max_timestamp.to_be_bytes());
    write_crc(batch)
}

/// Hashes `batch`, which is one whole batch, and stores the checksum in it.
pub(super) fn write_crc(batch: &mut [u8]) -> Result<(), RecordsError> {
    let crc = crc32c::crc32c(batch.get(ATTRIBUTES_AT..).unwrap_or_default());
    head_mut(batch)?[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_be_bytes());
    Ok(())
}

fn head_mut(batch: &mut [u8]) -> Result<&mut [u8; HEADER_SIZE], RecordsError> {
    let available = batch.len();
    batch.first_chunk_mut().ok_or(RecordsError::Truncated { needed: HEADER_SIZE, available })
}
