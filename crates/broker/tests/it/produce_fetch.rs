//! Records in and out: formats, long poll, limits, offsets by time.

use bytes::Bytes;
use millstream_wire::messages::fetch::FetchRequest;
use millstream_wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};
use millstream_wire::messages::produce::ProduceRequest;
use millstream_wire::records::Codec;
use millstream_wire::{ErrorCode, Uuid};

use crate::client::{
    Client, batch, broker, compressed, config, data, fetch_request, produce_request, values,
};

#[tokio::test]
async fn what_is_produced_is_fetched() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for (n, codec) in Codec::ALL.into_iter().enumerate() {
        let produced = client.produce("t", compressed(codec, &["a", "b"]), 12).await;
        assert_eq!((produced.error_code, produced.base_offset), (ErrorCode::NONE, 2 * n as i64), "{codec}");
    }
    let fetched = client.fetch("t", 3, 12).await;
    let offsets: Vec<i64> = values(&fetched).iter().map(|(offset, _)| *offset).collect();
    assert_eq!(offsets, [2, 3, 4, 5, 6, 7, 8, 9], "whole batches from the one that holds the offset");
    assert_eq!((fetched.high_watermark, fetched.last_stable_offset, fetched.log_start_offset), (10, 10, 0));
    broker.shutdown().await;
}

#[tokio::test]
async fn old_formats_go_in_and_out() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    client.produce("t", batch(&["new"]), 12).await;
    for (version, magic) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
        let set = client.fetch("t", 0, version).await.records.unwrap().into_bytes();
        assert_eq!(set[16], magic, "fetch {version}");
        let produced = client.produce("t", set, version.min(2)).await;
        assert_eq!(produced.error_code, ErrorCode::NONE, "produce of magic {magic}");
    }
    let fetched = values(&client.fetch("t", 0, 12).await);
    assert!(fetched.iter().all(|(_, value)| value == "new"), "{fetched:?}");
    broker.shutdown().await;
}

#[tokio::test]
async fn a_long_poll_wakes_up_when_records_come() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let producer = &mut Client::connect(&broker).await;
    producer.make_topic("t").await;
    let consumer = &mut Client::connect_to(*broker.addresses().last().unwrap()).await;
    for n in 0..20 {
        consumer.send(&fetch_request("t", n, 60_000), 12).await;
        producer.produce("t", batch(&["x"]), 12).await;
        let mut response = consumer.receive::<FetchRequest>(12).await;
        assert_eq!(values(&data(&mut response)), [(n, "x".to_owned())]);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for n in 0..50 {
        client.send(&produce_request("t", batch(&[&n.to_string()])), 12).await;
    }
    client.send(&fetch_request("t", 0, 0), 12).await;
    for n in 0..50 {
        let response = client.receive::<ProduceRequest>(12).await;
        assert_eq!(response.responses[0].partition_responses[0].base_offset, n);
    }
    let fetched = data(&mut client.receive::<FetchRequest>(12).await);
    assert_eq!(values(&fetched).len(), 50, "a fetch begins after the produces before it are done");
    broker.shutdown().await;
}

#[tokio::test]
async fn each_partition_has_its_own_error() {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    config.set("message.max.bytes", "1000").unwrap();
    let broker = millstream_broker::Broker::start(config).await.unwrap();
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let large = "x".repeat(2000);
    let mut corrupt = batch(&["x"]).to_vec();
    *corrupt.last_mut().unwrap() ^= 1;
    let table: [(&str, Bytes, ErrorCode); 6] = [
        ("t", batch(&["ok"]), ErrorCode::NONE),
        ("missing", batch(&["x"]), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("t", batch(&[&large]), ErrorCode::MESSAGE_TOO_LARGE),
        ("t", corrupt.into(), ErrorCode::CORRUPT_MESSAGE),
        ("t", Bytes::from_static(b"not a batch"), ErrorCode::INVALID_RECORD),
        ("t", batch(&["ok"]), ErrorCode::NONE),
    ];
    for (n, (topic, records, expected)) in table.into_iter().enumerate() {
        assert_eq!(client.produce(topic, records, 12).await.error_code, expected, "row {n}");
    }
    let mut request = produce_request("t", batch(&["x"]));
    request.acks = 2;
    let response = client.call(&request, 9).await;
    assert_eq!(response.responses[0].partition_responses[0].error_code, ErrorCode::INVALID_REQUIRED_ACKS);
    broker.shutdown().await;
}

#[tokio::test]
async fn acks_0_is_not_answered_and_an_error_closes() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let mut request = produce_request("t", batch(&["x"]));
    request.acks = 0;
    client.send(&request, 9).await;
    // The answer to this is the next thing on the wire; the record may not be on disk yet.
    client.produce("t", batch(&["y"]), 9).await;
    assert_eq!(values(&client.fetch("t", 0, 12).await).len(), 2);
    request.topic_data[0].name = "missing".into();
    client.send(&request, 9).await;
    assert!(client.is_closed().await);
    broker.shutdown().await;
}

#[tokio::test]
async fn fetch_errors() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    for (topic, offset, expected) in [
        ("t", 0, ErrorCode::NONE),
        ("t", 1, ErrorCode::OFFSET_OUT_OF_RANGE),
        ("t", -1, ErrorCode::OFFSET_OUT_OF_RANGE),
        ("missing", 0, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
    ] {
        assert_eq!(client.fetch(topic, offset, 12).await.error_code, expected, "{topic} {offset}");
    }
    let mut by_id = fetch_request("", 0, 0);
    by_id.topics[0].topic_id = Uuid::from_bytes([7; 16]);
    let mut response = client.call(&by_id, 13).await;
    assert_eq!(data(&mut response).error_code, ErrorCode::UNKNOWN_TOPIC_ID);
    let mut session = fetch_request("t", 0, 0);
    (session.session_id, session.session_epoch) = (5, 3);
    let response = client.call(&session, 12).await;
    assert_eq!(response.error_code, ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    let mut replica = fetch_request("t", 0, 0);
    replica.replica_id = 2;
    let mut response = client.call(&replica, 12).await;
    assert_eq!(data(&mut response).error_code, ErrorCode::NOT_LEADER_OR_FOLLOWER);
    let mut epoch = fetch_request("t", 0, 0);
    epoch.topics[0].partitions[0].current_leader_epoch = 1_000;
    let mut response = client.call(&epoch, 12).await;
    assert_eq!(data(&mut response).error_code, ErrorCode::UNKNOWN_LEADER_EPOCH);
    broker.shutdown().await;
}

#[tokio::test]
async fn offsets_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    client.produce("t", batch(&["a", "b"]), 12).await;
    let ask = |timestamp| {
        let partition = ListOffsetsPartition { partition_index: 0, timestamp, ..Default::default() };
        let topic = ListOffsetsTopic { name: "t".into(), partitions: vec![partition] };
        ListOffsetsRequest { replica_id: -1, topics: vec![topic], ..Default::default() }
    };
    for (version, timestamp, expected) in [
        (1, -1, (ErrorCode::NONE, 2)),
        (1, -2, (ErrorCode::NONE, 0)),
        (1, 0, (ErrorCode::NONE, 0)),
        (1, 1_700_000_000_000, (ErrorCode::NONE, 0)),
        (1, 1_700_000_000_001, (ErrorCode::NONE, -1)),
        (6, -3, (ErrorCode::UNSUPPORTED_VERSION, -1)),
        (7, -3, (ErrorCode::NONE, 0)),
        (8, -4, (ErrorCode::NONE, 0)),
        (9, -5, (ErrorCode::NONE, -1)),
        (11, -6, (ErrorCode::NONE, -1)),
    ] {
        let response = client.call(&ask(timestamp), version).await;
        let partition = &response.topics[0].partitions[0];
        assert_eq!((partition.error_code, partition.offset), expected, "version {version} time {timestamp}");
    }
    for (timestamp, most, expected) in
        [(-1, 1, vec![2]), (-1, 5, vec![2, 0]), (-2, 5, vec![0]), (-1, 0, vec![])]
    {
        let mut request = ask(timestamp);
        request.topics[0].partitions[0].max_num_offsets = most;
        let response = client.call(&request, 0).await;
        assert_eq!(response.topics[0].partitions[0].old_style_offsets, expected);
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn a_client_that_goes_takes_its_long_poll_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut client = Client::connect(&broker).await;
    client.make_topic("t").await;
    client.send(&fetch_request("t", 0, i32::MAX), 12).await;
    while broker.activity().connections()[0].requests < 2 {
        tokio::task::yield_now().await;
    }
    drop(client);
    while !broker.activity().connections().is_empty() {
        tokio::task::yield_now().await;
    }
    broker.shutdown().await;
}
