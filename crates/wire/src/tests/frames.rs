//! Frames against bytes that were taken from real clients or made by hand.

use bytes::Bytes;
use expect_test::expect;

use crate::frame::{decode_request_header, decode_response, encode_request, encode_response};
use crate::message::Message;
use crate::messages::api_versions::{ApiVersion, ApiVersionsRequest, ApiVersionsResponse};
use crate::messages::fetch::{FetchRequest, FetchResponse, FetchableTopicResponse, PartitionData};
use crate::messages::metadata::MetadataRequest;
use crate::reader::Reader;
use crate::{ApiKey, Chunk, EncodeError, ErrorCode, Place, RecordSet};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_request_frame_is_length_header_and_body() {
    let request =
        ApiVersionsRequest { client_software_name: "ms".into(), client_software_version: "1".into() };
    let frame = |version| hex(&encode_request(&request, version, 7, Some("me")).unwrap().into_bytes());
    // length, key 18, version 0, correlation id, client id
    expect!["0000000c001200000000000700026d65"].assert_eq(&frame(0));
    // header version 2 has tags, its client id is not compact
    expect!["00000013001200030000000700026d6500036d73023100"].assert_eq(&frame(3));
}

#[test]
fn the_answer_to_api_versions_has_the_oldest_header() {
    let response = ApiVersionsResponse {
        api_keys: vec![ApiVersion { api_key: 18, min_version: 0, max_version: 4 }],
        ..Default::default()
    };
    let frame = encode_response::<ApiVersionsRequest>(&response, 3, 7).unwrap().into_bytes();
    expect!["0000001300000007000002001200000004000000000000"].assert_eq(&hex(&frame));
    let (id, decoded) = decode_response::<ApiVersionsRequest>(frame.slice(4..), 3).unwrap();
    assert_eq!((id, decoded), (7, response));
}

#[test]
fn headers_are_read_for_known_and_unknown_apis() {
    let mut known = Reader::new(&b"\x00\x03\x00\x09\x00\x00\x00\x05\x00\x01c\x00rest"[..]);
    let header = decode_request_header(&mut known).unwrap();
    assert_eq!((header.correlation_id, header.client_id.as_deref()), (5, Some("c")));
    assert_eq!(known.into_rest(), "rest");
    let mut unknown = Reader::new(&b"\x03\xe7\x00\x09\x00\x00\x00\x05\xff\xff\x00"[..]);
    let header = decode_request_header(&mut unknown).unwrap();
    assert_eq!((header.request_api_key, header.client_id), (999, None));
    assert_eq!(ApiKey::from_code(999), None);
}

#[test]
fn records_are_attached_and_not_copied() {
    let records = Bytes::from(vec![42; 100_000]);
    let response = FetchResponse {
        responses: vec![FetchableTopicResponse {
            topic: "t".into(),
            partitions: vec![PartitionData { records: Some(records.clone().into()), ..Default::default() }],
            ..Default::default()
        }],
        ..Default::default()
    };
    let frame = encode_response::<FetchRequest>(&response, 12, 1).unwrap();
    let length = frame.len();
    let chunks = frame.into_chunks().into_iter().map(|chunk| match chunk {
        Chunk::Bytes(bytes) => bytes,
        Chunk::Place(place) => panic!("{place:?}"),
    });
    let chunks: Vec<Bytes> = chunks.collect();
    assert_eq!(chunks.iter().map(Bytes::len).sum::<usize>(), length);
    assert_eq!(chunks[0][..4], u32::try_from(length - 4).unwrap().to_be_bytes());
    assert_eq!(chunks[1].as_ptr(), records.as_ptr());
    let all: Vec<u8> = chunks.iter().flatten().copied().collect();
    let frame = Bytes::from(all).slice(4..);
    let (_, decoded) = decode_response::<FetchRequest>(frame.clone(), 12).unwrap();
    let decoded = decoded.responses[0].partitions[0].records.clone().unwrap().into_bytes();
    assert!(frame.as_ptr_range().contains(&decoded.as_ptr()), "a slice of the frame");
}

#[test]
fn records_that_are_elsewhere_get_a_place_of_their_length() {
    let place = Place { number: 7, length: 5 };
    let encoded = |records: RecordSet| {
        let partition = PartitionData { records: Some(records), ..Default::default() };
        let topic = FetchableTopicResponse { partitions: vec![partition], ..Default::default() };
        let response = FetchResponse { responses: vec![topic], ..Default::default() };
        encode_response::<FetchRequest>(&response, 12, 1).unwrap()
    };
    let filled = |writer: crate::Writer| {
        let bytes = writer.into_chunks().into_iter().flat_map(|chunk| match chunk {
            Chunk::Bytes(bytes) => bytes,
            Chunk::Place(found) => {
                assert_eq!(found, place);
                Bytes::from_static(b"12345")
            }
        });
        bytes.collect::<Vec<u8>>()
    };
    let here = encoded(Bytes::from_static(b"12345").into());
    let elsewhere = encoded(RecordSet::Elsewhere(place));
    assert_eq!(here.len(), elsewhere.len());
    assert_eq!(filled(here), filled(elsewhere));
}

#[test]
fn what_a_version_cannot_say_is_an_error() {
    let request = MetadataRequest { topics: None, ..Default::default() };
    let error = encode_request(&request, 0, 1, None).unwrap_err();
    assert_eq!(error, EncodeError::Null { field: "MetadataRequest.topics", version: 0 });
    let request = MetadataRequest { allow_auto_topic_creation: false, ..Default::default() };
    let error = encode_request(&request, 3, 1, None).unwrap_err();
    assert_eq!(error, EncodeError::Field { field: "MetadataRequest.allow_auto_topic_creation", version: 3 });
    let error = request.encode(&mut Default::default(), 14).unwrap_err();
    assert_eq!(error, EncodeError::Version { message: "MetadataRequest", version: 14 });
}

#[test]
fn error_codes_have_names_and_a_retry_flag() {
    assert_eq!(ErrorCode::MEMBER_ID_REQUIRED.code(), 79);
    assert_eq!(ErrorCode::from_code(3).to_string(), "UNKNOWN_TOPIC_OR_PARTITION (3)");
    assert!(ErrorCode::NOT_LEADER_OR_FOLLOWER.is_retriable());
    assert!(!ErrorCode::UNKNOWN_SERVER_ERROR.is_retriable());
    assert_eq!(ErrorCode::from_code(9999).to_string(), "UNKNOWN (9999)");
    assert_eq!(ErrorCode::from_code(9999).code(), 9999);
}
