//! Records that go from a segment's file to the socket without being copied.

use std::fs::OpenOptions;

use bytes::Bytes;
use millstream_broker::Broker;
use millstream_wire::messages::delete_topics::DeleteTopicsRequest;
use millstream_wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use millstream_wire::records::{BatchBuilder, Batches, Codec};
use tokio::io::AsyncReadExt;

use crate::client::{Client, batch, broker, data, fetch_request, values};

/// More than a socket's buffers hold.
const MUCH: i32 = 16 << 20;

/// A batch of about 100 KB.
fn large(seed: u8) -> Bytes {
    let mut batch = BatchBuilder::new(Codec::None);
    for n in 0..100u8 {
        let mut value = vec![seed; 1000];
        value[0] = n;
        batch.append(1_700_000_000_000, None, Some(&value), &[]).unwrap();
    }
    batch.finish().unwrap().freeze()
}

/// A topic with this many large batches.
async fn filled(broker: &Broker, topic: &str, batches: u8) -> Client {
    let mut client = Client::connect(broker).await;
    client.make_topic(topic).await;
    for seed in 0..batches {
        client.produce(topic, large(seed), 12).await;
    }
    client
}

fn fetch(topic: &str, fetch_offset: i64, bytes: i32) -> FetchRequest {
    let mut request = fetch_request(topic, fetch_offset, 0);
    request.max_bytes = bytes;
    request.topics[0].partitions[0].partition_max_bytes = bytes;
    request
}

/// The batches in the log, copied.
async fn copied(broker: &Broker, topic: &str, offset: i64, bytes: i32) -> Bytes {
    let bytes = usize::try_from(bytes).unwrap();
    broker.topics().read(topic, 0, offset, bytes).await.unwrap().batches
}

#[tokio::test]
async fn what_is_sent_is_what_is_copied() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut filled(&broker, "t", 12).await;
    for offset in [0, 150, 1_100] {
        for bytes in [1, 40_000, 250_000, MUCH] {
            let mut response = client.call(&fetch("t", offset, bytes), 12).await;
            let sent = data(&mut response).records.unwrap().into_bytes();
            let copied = copied(&broker, "t", offset, bytes).await;
            // A copy may be shorter: it reads about as many bytes as it may give, in front of what is asked for too.
            let what = format!("from {offset}, {bytes} bytes: {} sent, {} copied", sent.len(), copied.len());
            assert!(!copied.is_empty() && sent.starts_with(&copied), "{what}");
            assert!(sent.len() == copied.len() || sent.len() <= usize::try_from(bytes).unwrap(), "{what}");
            assert!(Batches::verified(sent).all(|batch| batch.is_ok()), "{what}");
        }
    }
    let traffic = broker.activity().traffic();
    assert!(
        traffic[0].records_out > 0 && traffic[0].bytes_out > traffic[0].records_out * 1000,
        "{traffic:?}"
    );
    broker.shutdown().await;
}

#[tokio::test]
async fn files_and_copies_keep_their_places_in_one_answer() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut filled(&broker, "large", 3).await;
    filled(&broker, "larger", 5).await;
    client.make_topic("small").await;
    client.produce("small", batch(&["a", "b"]), 12).await;
    let topics = ["larger", "small", "nowhere", "large"].map(|topic| {
        let position = FetchPartition { partition_max_bytes: MUCH, ..Default::default() };
        FetchTopic { topic: topic.into(), partitions: vec![position], ..Default::default() }
    });
    let request = FetchRequest { topics: topics.into(), max_bytes: MUCH, ..Default::default() };
    let response = client.call(&request, 12).await;
    let lengths = response.responses.iter().map(|topic| {
        let records = topic.partitions[0].records.clone().unwrap_or_default().into_bytes();
        (
            topic.topic.as_str(),
            Batches::verified(records).map(|batch| batch.unwrap().header.record_count).sum(),
        )
    });
    let lengths: Vec<(&str, i32)> = lengths.collect();
    let expected = [("larger", 500), ("small", 2), ("large", 300), ("nowhere", 0)];
    assert_eq!(lengths, expected, "what is not there comes last");
    broker.shutdown().await;
}

#[tokio::test]
async fn a_topic_that_is_deleted_while_it_is_sent_is_sent_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut slow = filled(&broker, "t", 120).await;
    let expected = copied(&broker, "t", 0, MUCH).await;
    slow.send(&fetch("t", 0, MUCH), 12).await;
    let mut first = [0; 4096];
    slow.stream.read_exact(&mut first).await.unwrap();
    let other = &mut Client::connect(&broker).await;
    let request = DeleteTopicsRequest { topic_names: vec!["t".into()], ..Default::default() };
    other.call(&request, 1).await;
    other.make_topic("t").await;
    other.produce("t", batch(&["new"]), 12).await;
    let length = usize::try_from(i32::from_be_bytes([first[0], first[1], first[2], first[3]])).unwrap();
    let mut frame = first[4..].to_vec();
    frame.resize(length, 0);
    slow.stream.read_exact(&mut frame[first.len() - 4..]).await.unwrap();
    let (_, mut response) =
        millstream_wire::frame::decode_response::<FetchRequest>(Bytes::from(frame), 12).unwrap();
    assert!(data(&mut response).records.unwrap().into_bytes() == expected, "other bytes");
    assert_eq!(values(&other.fetch("t", 0, 12).await), [(0, "new".to_owned())]);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_file_that_was_cut_closes_the_connection_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut reader = filled(&broker, "t", 120).await;
    reader.send(&fetch("t", 0, MUCH), 12).await;
    let mut first = [0; 4096];
    reader.stream.read_exact(&mut first).await.unwrap();
    let segment = dir.path().join("kafka/t-0/00000000000000000000.log");
    OpenOptions::new().write(true).open(segment).unwrap().set_len(1 << 20).unwrap();
    let mut rest = Vec::new();
    // An end or a reset, but no bytes that are not of the log.
    let _ = reader.stream.read_to_end(&mut rest).await;
    assert!(rest.len() < usize::try_from(MUCH).unwrap() * 3 / 4, "{}", rest.len());
    let other = &mut Client::connect(&broker).await;
    other.make_topic("other").await;
    other.produce("other", batch(&["a"]), 12).await;
    assert_eq!(values(&other.fetch("other", 0, 12).await), [(0, "a".to_owned())]);
    broker.shutdown().await;
}
