//! What nobody should send: closed, or answered with the protocol's error; the others are served on.

use millstream_wire::ErrorCode;
use millstream_wire::frame::{decode_response, encode_request};
use millstream_wire::messages::api_versions::ApiVersionsRequest;
use millstream_wire::messages::metadata::MetadataRequest;
use millstream_wire::records::Codec;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::{Client, batch, broker, compressed, config, produce_request};

#[tokio::test]
async fn hostile_frames_close_their_connection_only() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let good = &mut Client::connect(&broker).await;
    let mut array =
        encode_request(&MetadataRequest { topics: Some(vec![]), ..Default::default() }, 1, 1, None)
            .unwrap()
            .into_bytes()
            .to_vec();
    let at = array.len() - 4;
    array[at..].copy_from_slice(&i32::MAX.to_be_bytes());
    let unknown_key = [0, 0, 0, 10, 0x70, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff];
    let unknown_version = [0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0xff, 0xff];
    let cases: [(&str, &[u8]); 7] = [
        ("a length of 2 GiB", &i32::MAX.to_be_bytes()),
        ("a negative length", &(-1_i32).to_be_bytes()),
        ("a frame without a header", &[0, 0, 0, 0]),
        ("an unknown API key", &unknown_key),
        ("an unknown version", &unknown_version),
        ("an array of 2^31-1", &array),
        ("an HTTP request", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ];
    for (name, bytes) in cases {
        let bad = &mut Client::connect(&broker).await;
        bad.stream.write_all(bytes).await.unwrap();
        assert!(bad.is_closed().await, "{name}");
        good.call(&ApiVersionsRequest::default(), 0).await;
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_truncated_frame_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let bad = &mut Client::connect(&broker).await;
    bad.stream.write_all(&[0, 0, 1, 0, 0, 3]).await.unwrap();
    bad.stream.shutdown().await.unwrap();
    assert!(bad.is_closed().await);
    Client::connect(&broker).await.call(&ApiVersionsRequest::default(), 3).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn a_slow_frame_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.socket_stall_timeout = std::time::Duration::from_millis(50);
    let broker = millstream_broker::Broker::start(config).await.unwrap();
    for begun in [&[0_u8, 0][..], &[0, 0, 1, 0, 0, 3]] {
        let slow = &mut Client::connect(&broker).await;
        slow.stream.write_all(begun).await.unwrap();
        assert!(slow.is_closed().await, "{begun:?}");
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn api_versions_of_the_future_is_answered_in_version_0() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    // Key 18, version 127, correlation id 7, no client id, no tags.
    client.stream.write_all(&[0, 0, 0, 11, 0, 18, 0, 127, 0, 0, 0, 7, 0xff, 0xff, 0]).await.unwrap();
    let length = client.stream.read_i32().await.unwrap();
    let mut frame = vec![0; usize::try_from(length).unwrap()];
    client.stream.read_exact(&mut frame).await.unwrap();
    let (correlation_id, response) = decode_response::<ApiVersionsRequest>(frame.into(), 0).unwrap();
    assert_eq!((correlation_id, response.error_code), (7, ErrorCode::UNSUPPORTED_VERSION));
    let range = &response.api_keys[0];
    assert_eq!((range.api_key, range.min_version, range.max_version), (18, 0, 4));
    // The connection is still good.
    client.call(&ApiVersionsRequest::default(), 0).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_are_closed() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.max_connections = 1;
    let broker = millstream_broker::Broker::start(config).await.unwrap();
    let first = &mut Client::connect(&broker).await;
    first.call(&ApiVersionsRequest::default(), 0).await;
    assert!(Client::connect(&broker).await.is_closed().await);
    first.call(&ApiVersionsRequest::default(), 0).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn idle_connections_are_closed() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.connections_max_idle = std::time::Duration::from_millis(20);
    let broker = millstream_broker::Broker::start(config).await.unwrap();
    assert!(Client::connect(&broker).await.is_closed().await);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_frame_in_many_pieces_and_frames_in_one() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let large = "x".repeat(300_000);
    let request = produce_request("t", batch(&[&large]));
    let frame = encode_request(&request, 9, 1, None).unwrap().into_bytes();
    for piece in frame.chunks(70_001) {
        client.stream.write_all(piece).await.unwrap();
        client.stream.flush().await.unwrap();
    }
    client.receive::<millstream_wire::messages::produce::ProduceRequest>(9).await;
    let two = [frame.clone(), frame].concat();
    client.stream.write_all(&two).await.unwrap();
    for _ in 0..2 {
        client.receive::<millstream_wire::messages::produce::ProduceRequest>(9).await;
    }
    assert_eq!(client.fetch("t", 0, 12).await.high_watermark, 3);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_batch_that_expands_beyond_its_budget_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.socket_request_max_bytes = 1 << 20;
    let broker = millstream_broker::Broker::start(config).await.unwrap();
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let zeros = "0".repeat(2 << 20);
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let bomb = compressed(codec, &[&zeros]);
        assert_eq!(client.produce("t", bomb, 9).await.error_code, ErrorCode::MESSAGE_TOO_LARGE, "{codec}");
    }
    assert_eq!(client.produce("t", batch(&["x"]), 9).await.base_offset, 0);
    broker.shutdown().await;
}
