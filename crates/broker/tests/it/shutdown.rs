//! A shutdown answers what waits, and does not wait for clients.

use millstream_broker::Broker;
use millstream_wire::messages::fetch::FetchRequest;
use millstream_wire::messages::produce::ProduceRequest;
use tokio::io::AsyncWriteExt;

use crate::client::{Client, batch, broker, fetch_request, produce_request};

/// Until the broker has read that many requests of its oldest connection.
async fn has_read(broker: &Broker, requests: u64) {
    while broker.activity().connections()[0].requests < requests {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_long_poll_is_answered_and_an_idle_client_closed() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let idle = &mut Client::connect(&broker).await;
    idle.produce("t", batch(&["a"]), 9).await;
    client.send(&fetch_request("t", 1, 3_600_000), 12).await;
    has_read(&broker, 3).await;
    let activity = broker.activity();
    broker.shutdown().await;
    assert!(activity.connections().is_empty());
    client.receive::<FetchRequest>(12).await;
    assert!(client.is_closed().await);
    assert!(idle.is_closed().await);
}

/// One that would be read for ever if the broker looked for frames first: there always is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_never_pauses_gets_its_last_answer() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let mut client = Client::connect(&broker).await;
    client.make_topic("t").await;
    let frame = Client::frame(&produce_request("t", batch(&["a"])), 9);
    let (read, mut write) = client.stream.into_split();
    let flood = tokio::spawn(async move { while write.write_all(&frame).await.is_ok() {} });
    let answers = tokio::spawn(Client::receive_all::<ProduceRequest>(read, 9));
    has_read(&broker, 100).await;
    let (activity, topics) = (broker.activity(), broker.topics());
    broker.shutdown().await;
    assert!(activity.connections().is_empty());
    flood.await.unwrap();
    let acknowledged = answers.await.unwrap();
    let written = topics.get("t").unwrap().partitions[0].high_watermark;
    assert!(
        acknowledged.iter().all(|response| response.responses[0].partition_responses[0].error_code.is_none())
    );
    assert!(i64::try_from(acknowledged.len()).unwrap() <= written);
}

#[tokio::test]
async fn a_client_that_takes_no_answer_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let broker = broker(dir.path()).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let large = "x".repeat(1 << 19);
    for _ in 0..2 {
        client.produce("t", batch(&[&large]), 9).await;
    }
    // More than the sockets hold.
    let frame = Client::frame(&fetch_request("t", 0, 0), 12);
    client.stream.write_all(&frame.repeat(100)).await.unwrap();
    has_read(&broker, 4).await;
    let activity = broker.activity();
    broker.shutdown().await;
    assert!(activity.connections().is_empty());
}
