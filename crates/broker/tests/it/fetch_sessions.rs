//! Fetch sessions over a socket: whole request, incremental ones, and what ends them.

use millstream_wire::messages::fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, ForgottenTopic,
};
use millstream_wire::messages::offset_for_leader_epoch::OffsetForLeaderEpochRequest;
use millstream_wire::{ErrorCode, Uuid};

use crate::client::{Client, batch, broker, values};

/// A request inside of a session; a topic is named by name and id, of which the version takes its own.
fn request(session_id: i32, session_epoch: i32, topics: &[(&str, Uuid, i64)]) -> FetchRequest {
    let topic = |(topic, topic_id, fetch_offset): &(&str, Uuid, i64)| FetchTopic {
        topic: (*topic).into(),
        topic_id: *topic_id,
        partitions: vec![FetchPartition {
            fetch_offset: *fetch_offset,
            partition_max_bytes: 1 << 20,
            ..Default::default()
        }],
    };
    FetchRequest {
        session_id,
        session_epoch,
        topics: topics.iter().map(topic).collect(),
        ..Default::default()
    }
}

/// Error and number of records of each topic in the answer.
fn told(response: &FetchResponse) -> Vec<(ErrorCode, usize)> {
    let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
    partitions.map(|data| (data.error_code, values(data).len())).collect()
}

#[tokio::test]
async fn an_incremental_fetch_tells_the_news() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let one = client.make_topic("one").await.topics[0].topic_id;
    let two = client.make_topic("two").await.topics[0].topic_id;
    for (records, version) in [7, 12, 13, 18].into_iter().enumerate() {
        let all = [("one", one, 0), ("two", two, 0)];
        let whole = client.call(&request(0, 0, &all), version).await;
        assert_eq!(whole.responses.len(), 2, "version {version}");
        let id = whole.session_id;
        let next = client.call(&request(id, 1, &[]), version).await;
        assert_eq!((next.error_code, next.session_id), (ErrorCode::NONE, id));
        let expected = if records == 0 { vec![] } else { vec![(ErrorCode::NONE, records)] };
        assert_eq!(told(&next), expected);
        client.produce("one", batch(&["x"]), 12).await;
        let mut forgets = request(id, 2, &[("one", one, 0)]);
        forgets.forgotten_topics_data =
            vec![ForgottenTopic { topic: "two".into(), topic_id: two, partitions: vec![0] }];
        let next = client.call(&forgets, version).await;
        assert_eq!(next.responses.len(), 1, "version {version}");
        assert!(!values(&next.responses[0].partitions[0]).is_empty());
        let stale = client.call(&request(id, 2, &[]), version).await;
        assert_eq!(stale.error_code, ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        let closed = client.call(&request(id, -1, &[]), version).await;
        assert_eq!((closed.error_code, closed.session_id), (ErrorCode::NONE, 0));
        let gone = client.call(&request(id, 3, &[]), version).await;
        assert_eq!(gone.error_code, ErrorCode::FETCH_SESSION_ID_NOT_FOUND);
    }
    assert_eq!(broker.activity().fetch_sessions().sessions, 0);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_topic_that_comes_later_is_told_when_it_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let whole = client.call(&request(0, 0, &[("later", Uuid::ZERO, 0)]), 12).await;
    assert_eq!(told(&whole), [(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 0)]);
    let next = client.call(&request(whole.session_id, 1, &[]), 12).await;
    assert_eq!(told(&next), [(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 0)]);
    client.make_topic("later").await;
    let next = client.call(&request(whole.session_id, 2, &[]), 12).await;
    assert_eq!(told(&next), [(ErrorCode::NONE, 0)]);
    let next = client.call(&request(whole.session_id, 3, &[]), 12).await;
    assert_eq!(told(&next), []);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_missing_topic_does_not_end_the_wait_for_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("there").await;
    let mut both = request(0, 0, &[("missing", Uuid::ZERO, 0), ("there", Uuid::ZERO, 0)]);
    (both.min_bytes, both.max_wait_ms) = (1, 60_000);
    client.send(&both, 12).await;
    let other = &mut Client::connect(&broker).await;
    other.call(&OffsetForLeaderEpochRequest::default(), 4).await;
    other.produce("there", batch(&["x"]), 12).await;
    let answer = client.receive::<FetchRequest>(12).await;
    assert_eq!(told(&answer), [(ErrorCode::NONE, 1), (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, 0)]);
    let mut alone = request(0, -1, &[("missing", Uuid::ZERO, 0)]);
    (alone.min_bytes, alone.max_wait_ms) = (1, 60_000);
    assert_eq!(client.call(&alone, 12).await.responses.len(), 1, "nothing to wait for");
    let mut nothing = request(0, -1, &[]);
    (nothing.min_bytes, nothing.max_wait_ms) = (1, 60_000);
    assert_eq!(client.call(&nothing, 12).await.responses, []);
    broker.shutdown().await;
}

#[tokio::test]
async fn a_reader_that_believes_in_another_epoch_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    let topic = client.make_topic("t").await.topics[0].clone();
    let leads = topic.partitions[0].leader_epoch;
    for (claimed, expected) in
        [(leads + 1, ErrorCode::UNKNOWN_LEADER_EPOCH), (leads, ErrorCode::NONE), (-1, ErrorCode::NONE)]
    {
        let mut request = request(0, -1, &[("t", topic.topic_id, 0)]);
        request.topics[0].partitions[0].current_leader_epoch = claimed;
        let answer = client.call(&request, 16).await;
        assert_eq!(answer.responses[0].partitions[0].error_code, expected, "epoch {claimed}");
    }
    broker.shutdown().await;
}
