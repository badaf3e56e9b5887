//! The limits on what comes from outside: what happens when one is hit, and that it is counted.

use std::time::Duration;

use millstream_broker::{Broker, BrokerConfig, Limit};
use millstream_wire::ErrorCode;
use millstream_wire::messages::api_versions::ApiVersionsRequest;
use millstream_wire::messages::incremental_alter_configs::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use millstream_wire::messages::produce::ProduceRequest;
use tokio::io::AsyncWriteExt;

use crate::client::{Client, batch, config, fetch_request, produce_request};

async fn with(change: impl FnOnce(&mut BrokerConfig)) -> (tempfile::TempDir, Broker) {
    let dir = tempfile::tempdir().unwrap();
    let mut config = config(dir.path());
    change(&mut config);
    let broker = Broker::start(config).await.unwrap();
    (dir, broker)
}

fn hits(broker: &Broker, limit: Limit) -> u64 {
    broker.activity().limit_hits().into_iter().find(|(known, _)| *known == limit).unwrap().1
}

/// Until a limit was hit; the connection's end is seen before it is counted.
async fn hit(broker: &Broker, limit: Limit) {
    while hits(broker, limit) == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_frame_that_is_too_long() {
    let (_dir, broker) = with(|config| config.socket_request_max_bytes = 1024).await;
    let bad = &mut Client::connect(&broker).await;
    bad.stream.write_all(&1025_i32.to_be_bytes()).await.unwrap();
    assert!(bad.is_closed().await);
    hit(&broker, Limit::FrameSize).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn more_connections_than_one_address_may_have() {
    let (_dir, broker) = with(|config| config.max_connections_per_ip = 1).await;
    let first = &mut Client::connect(&broker).await;
    first.call(&ApiVersionsRequest::default(), 0).await;
    assert!(Client::connect(&broker).await.is_closed().await);
    assert_eq!(hits(&broker, Limit::ConnectionsPerAddress), 1);
    if let Some(other) = broker.addresses().get(1) {
        Client::connect_to(*other).await.call(&ApiVersionsRequest::default(), 0).await;
    }
    broker.shutdown().await;
}

#[tokio::test]
async fn limits_of_connections_are_changed_while_the_broker_runs() {
    let (_dir, broker) = with(|_| {}).await;
    let first = &mut Client::connect(&broker).await;
    for (name, limit) in
        [("max.connections", Limit::Connections), ("max.connections.per.ip", Limit::ConnectionsPerAddress)]
    {
        set(first, name, Some("0")).await;
        assert!(Client::connect(&broker).await.is_closed().await, "{name}");
        assert_eq!(hits(&broker, limit), 1, "{name}");
        set(first, name, None).await;
        Client::connect(&broker).await.call(&ApiVersionsRequest::default(), 0).await;
    }
    broker.shutdown().await;
}

/// Sets a config of all brokers, or takes it away.
async fn set(client: &mut Client, name: &str, value: Option<&str>) {
    let config = AlterableConfig {
        name: name.into(),
        config_operation: i8::from(value.is_none()),
        value: value.map(Into::into),
    };
    let resource = AlterConfigsResource { resource_type: 4, resource_name: "".into(), configs: vec![config] };
    let request = IncrementalAlterConfigsRequest { resources: vec![resource], validate_only: false };
    let response = client.call(&request, 1).await;
    assert_eq!(response.responses[0].error_code, ErrorCode::NONE, "{name}");
}

#[tokio::test]
async fn a_client_that_says_nothing_or_stops_in_the_middle() {
    let (_dir, broker) = with(|config| {
        config.connections_max_idle = Duration::from_millis(20);
        config.socket_stall_timeout = Duration::from_millis(5);
    })
    .await;
    assert!(Client::connect(&broker).await.is_closed().await);
    hit(&broker, Limit::Idle).await;
    let slow = &mut Client::connect(&broker).await;
    slow.stream.write_all(&[0, 0]).await.unwrap();
    assert!(slow.is_closed().await);
    hit(&broker, Limit::HalfSent).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn a_client_that_does_not_read() {
    let (_dir, broker) = with(|config| config.socket_stall_timeout = Duration::from_millis(50)).await;
    let client = &mut Client::connect(&broker).await;
    client.make_topic("t").await;
    let large = "x".repeat(900_000);
    for _ in 0..8 {
        client.produce("t", batch(&[&large]), 9).await;
    }
    let unread = &mut Client::connect(&broker).await;
    for _ in 0..16 {
        let mut request = fetch_request("t", 0, 0);
        request.topics[0].partitions[0].partition_max_bytes = 16 << 20;
        unread.send(&request, 12).await;
    }
    hit(&broker, Limit::Unread).await;
    client.call(&ApiVersionsRequest::default(), 0).await;
    broker.shutdown().await;
}

#[tokio::test]
async fn requests_wait_for_the_memory_of_others() {
    let (_dir, broker) = with(|config| config.queued_max_request_bytes = 2 << 20).await;
    let (one, two) = (&mut Client::connect(&broker).await, &mut Client::connect(&broker).await);
    one.make_topic("t").await;
    let frame = Client::frame(&produce_request("t", batch(&[&"x".repeat(900_000)])), 9);
    let (begin, end) = frame.split_at(800_000);
    one.stream.write_all(begin).await.unwrap();
    // What the first has sent is taken in before the second comes.
    Client::connect(&broker).await.call(&ApiVersionsRequest::default(), 0).await;
    two.stream.write_all(begin).await.unwrap();
    hit(&broker, Limit::Memory).await;
    one.stream.write_all(end).await.unwrap();
    one.receive::<ProduceRequest>(9).await;
    two.stream.write_all(end).await.unwrap();
    two.receive::<ProduceRequest>(9).await;
    assert_eq!(one.fetch("t", 0, 12).await.high_watermark, 2);
    broker.shutdown().await;
}
