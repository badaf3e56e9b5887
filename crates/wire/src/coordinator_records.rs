//! The records of `__consumer_offsets`.
//!
//! A key starts with an int16 that says what it is the key of (and, for offsets, 0 or 1 alike); a value starts with its
//! version ([`crate::decode_prefixed`]). A key without a value is a tombstone.

use bytes::Bytes;

use crate::error::{DecodeError, EncodeError};
use crate::message::Message;
use crate::reader::Reader;
use crate::writer::Writer;

include!(concat!(env!("OUT_DIR"), "/coordinator_records.rs"));

/// Kafka's keys by their type's number; every one of them has version 0 only.
macro_rules! keys {
    ($($(#[$doc:meta])* $number:literal $variant:ident($key:ident);)*) => {
        /// What a record of `__consumer_offsets` is about.
        #[derive(Debug, Clone, PartialEq)]
        pub enum CoordinatorKey {
            $($(#[$doc])* $variant($key),)*
            /// Something else, such as a share group: its type's number.
            Unknown(i16),
        }

        impl CoordinatorKey {
            /// Reads a record's key.
            ///
            /// # Errors
            /// The bytes end too early, or hold what no key holds.
            pub fn decode(bytes: Bytes) -> Result<Self, DecodeError> {
                let mut reader = Reader::new(bytes);
                match reader.i16()? {
                    0 => OffsetCommitKey::decode(&mut reader, 0).map(Self::Offset),
                    $($number => $key::decode(&mut reader, 0).map(Self::$variant),)*
                    other => Ok(Self::Unknown(other)),
                }
            }

            /// Writes a record's key. [`Self::Unknown`] has no more than its type.
            ///
            /// # Errors
            /// A text is longer than the format's 32,767 bytes.
            pub fn encode(&self) -> Result<Bytes, EncodeError> {
                let mut writer = Writer::new();
                match self {
                    $(Self::$variant(key) => {
                        writer.i16($number);
                        key.encode(&mut writer, 0)?;
                    })*
                    Self::Unknown(id) => writer.i16(*id),
                }
                Ok(writer.into_bytes())
            }
        }
    };
}

keys! {
    /// A committed offset; the value is an [`OffsetCommitValue`].
    1 Offset(OffsetCommitKey);
    /// A classic group; the value is a [`GroupMetadataValue`].
    2 Group(GroupMetadataKey);
    /// A consumer group (KIP-848); the value is a [`ConsumerGroupMetadataValue`].
    3 ConsumerGroup(ConsumerGroupMetadataKey);
    /// What Kafka 4.0 wrote of a consumer group's topics; only tombstones are written now.
    4 ConsumerGroupPartitions(ConsumerGroupPartitionMetadataKey);
    /// A member of a consumer group; the value is a [`ConsumerGroupMemberMetadataValue`].
    5 ConsumerGroupMember(ConsumerGroupMemberMetadataKey);
    /// A consumer group's target assignment; the value is a [`ConsumerGroupTargetAssignmentMetadataValue`].
    6 ConsumerGroupTarget(ConsumerGroupTargetAssignmentMetadataKey);
    /// A member's part of it; the value is a [`ConsumerGroupTargetAssignmentMemberValue`].
    7 ConsumerGroupTargetMember(ConsumerGroupTargetAssignmentMemberKey);
    /// What a member has now; the value is a [`ConsumerGroupCurrentMemberAssignmentValue`].
    8 ConsumerGroupCurrentMember(ConsumerGroupCurrentMemberAssignmentKey);
    /// The topics that a regular expression stands for; the value is a [`ConsumerGroupRegularExpressionValue`].
    16 ConsumerGroupRegex(ConsumerGroupRegularExpressionKey);
}
