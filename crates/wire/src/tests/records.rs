//! The records of Kafka's own topics, with the frames and prefixes around them.

use bytes::Bytes;

use crate::consumer_protocol::{self, ConsumerProtocolSubscription};
use crate::coordinator_records::{
    ConsumerGroupMetadataKey, CoordinatorKey, GroupMetadataKey, OffsetCommitKey, OffsetCommitValue,
};
use crate::error::DecodeError;
use crate::metadata::{FeatureLevelRecord, MetadataRecord, NoOpRecord, TopicRecord};
use crate::{Uuid, decode_prefixed, encode_prefixed};

#[test]
fn a_metadata_record_has_frame_type_and_version() {
    let topic = TopicRecord { name: "t".into(), topic_id: Uuid::METADATA_TOPIC };
    let cases: [(MetadataRecord, &'static [u8]); 3] = [
        (NoOpRecord {}.into(), b"\x01\x14\x00\x00"),
        (
            FeatureLevelRecord { name: "metadata.version".into(), feature_level: 29 }.into(),
            b"\x01\x0c\x00\x11metadata.version\x00\x1d\x00",
        ),
        (topic.into(), b"\x01\x02\x00\x02t\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00"),
    ];
    for (record, bytes) in cases {
        assert_eq!(record.encode(0).unwrap(), bytes, "{record:?}");
        assert_eq!(MetadataRecord::decode(Bytes::from_static(bytes)), Ok(record));
    }
}

#[test]
fn unknown_metadata_records_are_named() {
    let decode = |bytes: &'static [u8]| MetadataRecord::decode(Bytes::from_static(bytes));
    let unknown = |family, id| Err(DecodeError::UnknownRecord { family, id });
    assert_eq!(decode(b"\x01\xe7\x07\x00\x00"), unknown("metadata", 999));
    assert_eq!(decode(b"\x02\x14\x00\x00"), unknown("metadata frame version", 2));
    assert_eq!(decode(b"\x01\x14\x00\x00\x00"), Err(DecodeError::Trailing { left: 1 }));
}

#[test]
fn a_coordinator_key_starts_with_its_type() {
    let offset = OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 };
    let cases: [(CoordinatorKey, &'static [u8]); 4] = [
        (CoordinatorKey::Offset(offset.clone()), b"\0\x01\0\x01g\0\x01t\0\0\0\x03"),
        (CoordinatorKey::Group(GroupMetadataKey { group: "g".into() }), b"\0\x02\0\x01g"),
        (CoordinatorKey::ConsumerGroup(ConsumerGroupMetadataKey { group_id: "g".into() }), b"\0\x03\0\x01g"),
        (CoordinatorKey::Unknown(11), b"\0\x0b"),
    ];
    for (key, bytes) in cases {
        assert_eq!(key.encode().unwrap(), bytes);
        assert_eq!(CoordinatorKey::decode(Bytes::from_static(bytes)), Ok(key));
    }
    let old = CoordinatorKey::decode(Bytes::from_static(b"\0\0\0\x01g\0\x01t\0\0\0\x03"));
    assert_eq!(old, Ok(CoordinatorKey::Offset(offset)));
}

#[test]
fn a_value_starts_with_its_version() {
    let value = OffsetCommitValue { offset: 5, commit_timestamp: 7, ..Default::default() };
    let bytes = encode_prefixed(&value, 3).unwrap();
    assert_eq!(&bytes[..], b"\0\x03\0\0\0\0\0\0\0\x05\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\x07");
    assert_eq!(decode_prefixed(bytes), Ok((3, value)));
}

#[test]
fn a_subscription_of_a_newer_version_is_read_as_far_as_it_is_known() {
    let subscription = ConsumerProtocolSubscription { topics: vec!["t".into()], ..Default::default() };
    let mut bytes = encode_prefixed(&subscription, 3).unwrap().to_vec();
    bytes[1] = 9;
    bytes.extend(b"something new");
    assert_eq!(consumer_protocol::decode(bytes.into()), Ok((9, subscription)));
}

#[test]
fn an_id_is_22_characters() {
    let id = Uuid::from_bytes(*b"0123456789abcdef");
    assert_eq!(id.to_string(), "MDEyMzQ1Njc4OWFiY2RlZg");
    assert_eq!("MDEyMzQ1Njc4OWFiY2RlZg".parse(), Ok(id));
    assert!("not an id".parse::<Uuid>().is_err());
    assert!("MDEyMzQ1Njc4OWFiY2Rl".parse::<Uuid>().is_err());
}
